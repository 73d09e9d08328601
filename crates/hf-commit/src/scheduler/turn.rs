//! One push.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hf_transport::{Client, Result};
use hf_types::CommitInfo;
use tokio::sync::OwnedMutexGuard;

use super::state::Uploaded;
use crate::blocking;
use crate::commit::CreateCommit;
use crate::operation::{CommitOperation, CommitOperationAdd};
use crate::options::CommitOptions;
use crate::source::Stamp;
use crate::target::{Context, RepoTarget};
use crate::transfer::BoxFuture;
use crate::walk::Walk;

/// What a scheduler does at each turn.
///
/// The usual push is [`PushTurn::push_changed`]. Another one can pack files together, convert them, or delete them
/// afterwards:
///
/// ```
/// use hf_commit::{BoxFuture, CommitOperationAdd, Push, PushTurn, UploadFile};
/// use hf_transport::Result;
/// use hf_types::CommitInfo;
///
/// /// All lines of all files, in one file of the repository.
/// struct Joined;
///
/// impl Push for Joined {
///     fn push<'a>(&'a self, turn: &'a PushTurn) -> BoxFuture<'a, Result<Option<CommitInfo>>> {
///         Box::pin(async move {
///             let mut lines = String::new();
///             {
///                 let _guard = turn.lock().await;
///                 for entry in std::fs::read_dir(turn.folder()).into_iter().flatten().flatten() {
///                     lines += &std::fs::read_to_string(entry.path()).unwrap_or_default();
///                 }
///             }
///             let file = CommitOperationAdd::from_bytes("joined.jsonl", lines)?;
///             let upload = UploadFile::new(turn.target().clone(), file);
///             upload.run(turn.client()).await.map(Some)
///         })
///     }
/// }
/// ```
pub trait Push: Send + Sync + 'static {
    /// Pushes; `None` if there was nothing to push. An error is reported, and the next turn tries again.
    fn push<'a>(&'a self, turn: &'a PushTurn) -> BoxFuture<'a, Result<Option<CommitInfo>>>;
}

/// The usual push.
#[derive(Debug)]
pub(super) struct PushChanged;

impl Push for PushChanged {
    fn push<'a>(&'a self, turn: &'a PushTurn) -> BoxFuture<'a, Result<Option<CommitInfo>>> {
        Box::pin(turn.push_changed())
    }
}

/// What a [`Push`] works with.
pub struct PushTurn {
    pub(super) cx: Context,
    pub(super) walk: Arc<Walk>,
    pub(super) prefix: String,
    pub(super) lock: Arc<tokio::sync::Mutex<()>>,
    pub(super) uploaded: Arc<Mutex<Uploaded>>,
}

impl PushTurn {
    /// The client.
    pub fn client(&self) -> &Client {
        &self.cx.client
    }

    /// Where to push.
    pub fn target(&self) -> &RepoTarget {
        &self.cx.target
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.walk.root()
    }

    /// The path in the repository that is pushed to: empty, or with a `/` at its end.
    pub fn path_in_repo(&self) -> &str {
        &self.prefix
    }

    /// The lock of the scheduler, to be held while the folder is looked at.
    pub async fn lock(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.lock).lock_owned().await
    }

    /// Pushes every file that is new or has changed since it was pushed, up to its present length.
    pub async fn push_changed(&self) -> Result<Option<CommitInfo>> {
        let (operations, files) = self.changed().await?;
        if operations.is_empty() {
            tracing::debug!(folder = %self.folder().display(), "nothing has changed");
            return Ok(None);
        }
        let options = CommitOptions {
            message: Some("Scheduled Commit".to_owned()),
            token: self.cx.token.clone(),
            requests: self.cx.requests.clone(),
            ..CommitOptions::default()
        };
        let info = CreateCommit::with_options(self.cx.target.clone(), operations, options)
            .run(&self.cx.client)
            .await?;
        let uploaded = Arc::clone(&self.uploaded);
        let noted = blocking(move || {
            let mut uploaded = uploaded.lock().unwrap_or_else(PoisonError::into_inner);
            uploaded.add(files)
        });
        if let Err(error) = noted.await {
            // The push is done; only a restart would look at its files again.
            tracing::warn!(%error, "after a restart all files will be hashed again");
        }
        Ok(Some(info))
    }

    async fn changed(&self) -> Result<(Vec<CommitOperation>, Vec<(String, Stamp)>)> {
        let guard = self.lock().await;
        let (walk, prefix) = (Arc::clone(&self.walk), self.prefix.clone());
        let uploaded = Arc::clone(&self.uploaded);
        blocking(move || {
            let uploaded = uploaded.lock().unwrap_or_else(PoisonError::into_inner);
            let (mut operations, mut files) = (Vec::new(), Vec::new());
            walk.run(&mut |found| {
                if !uploaded.has(&found.relative, found.stamp) {
                    let path = format!("{prefix}{}", found.relative);
                    let op =
                        CommitOperationAdd::from_stamped_prefix(&path, found.path, found.stamp)?;
                    operations.push(op.into());
                    files.push((found.relative, found.stamp));
                }
                Ok(true)
            })?;
            drop(guard);
            Ok((operations, files))
        })
        .await
    }
}

impl std::fmt::Debug for PushTurn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushTurn")
            .field("folder", &self.folder())
            .field("target", self.target())
            .finish_non_exhaustive()
    }
}
