//! A single push of a scheduler.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hf_transport::{BoxFuture, Client, Error, Result};
use hf_types::{CommitInfo, PatternSet};
use tokio::sync::OwnedMutexGuard;

use super::handle::SharedStatus;
use super::lines::complete_lines;
use super::state::{Pushed, Uploaded};
use crate::blocking::blocking;
use crate::context::Context;
use crate::folder::upload_files;
use crate::operation::CommitOperationAdd;
use crate::options::CommitOptions;
use crate::source::{Stamp, read_failed};
use crate::target::RepoTarget;
use crate::walk::{Found, Walk};

/// The action that a scheduler performs at each interval.
///
/// The default is [`PushTurn::push_changed`]. Another implementation can pack files together, convert them,
/// or delete them afterwards:
///
/// ```
/// use hf_commit::{CommitOperationAdd, Push, PushTurn, UploadFile};
/// use hf_transport::{BoxFuture, Result};
/// use hf_types::CommitInfo;
///
/// /// Pushes all lines of all files as one file of the repository.
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
///             Ok(upload.run(turn.client()).await?.into_created())
///         })
///     }
/// }
/// ```
pub trait Push: Send + Sync + 'static {
    /// Pushes the folder. Returns `None` if there was nothing to push. An error is reported, and the next
    /// turn tries again.
    fn push<'a>(&'a self, turn: &'a PushTurn) -> BoxFuture<'a, Result<Option<CommitInfo>>>;
}

/// The default push.
#[derive(Debug)]
pub(super) struct PushChanged;

impl Push for PushChanged {
    fn push<'a>(&'a self, turn: &'a PushTurn) -> BoxFuture<'a, Result<Option<CommitInfo>>> {
        Box::pin(turn.push_changed())
    }
}

/// The state that a [`Push`] works with.
pub struct PushTurn {
    pub(super) cx: Context,
    pub(super) walk: Arc<Walk>,
    pub(super) prefix: String,
    pub(super) lock: Arc<tokio::sync::Mutex<()>>,
    /// Files that are pushed up to their last complete line.
    pub(super) whole_lines: Arc<PatternSet>,
    pub(super) uploaded: Arc<Mutex<Uploaded>>,
    pub(super) status: SharedStatus,
    /// Whether the scheduler ends after this push.
    pub(super) is_last: bool,
}

/// The result of scanning the folder.
#[derive(Default)]
struct Changes {
    operations: Vec<CommitOperationAdd>,
    files: Vec<(String, Pushed)>,
    /// Why entries were skipped.
    skipped: Vec<Arc<Error>>,
}

impl PushTurn {
    /// Returns the client.
    pub fn client(&self) -> &Client {
        &self.cx.client
    }

    /// Returns the repository and revision to push to.
    pub fn target(&self) -> &RepoTarget {
        &self.cx.target
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        self.walk.root()
    }

    /// Returns the path in the repository that is pushed to: empty, or with a trailing `/`.
    pub fn path_in_repo(&self) -> &str {
        &self.prefix
    }

    /// Locks the folder. Hold the guard while the folder is read.
    pub async fn lock(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.lock).lock_owned().await
    }

    /// Pushes every file that is new or has changed since it was pushed, up to its current length or its last
    /// complete line. Entries that cannot be uploaded are skipped, logged, and listed by
    /// [`CommitScheduler::skipped`](crate::CommitScheduler::skipped).
    pub async fn push_changed(&self) -> Result<Option<CommitInfo>> {
        let Changes {
            operations,
            files,
            skipped,
        } = self.changed().await?;
        self.report_skipped(skipped);
        if operations.is_empty() {
            tracing::debug!(folder = %self.folder().display(), "nothing has changed");
            return Ok(None);
        }
        let options = CommitOptions {
            requests: self.cx.requests.clone(),
            ..CommitOptions::default()
        };
        // The first push of a large folder may be more than one commit can hold.
        let outcome =
            upload_files(self.cx.clone(), operations, "Scheduled Commit", options).await?;
        let uploaded = Arc::clone(&self.uploaded);
        let noted = blocking(move || {
            let mut uploaded = uploaded.lock().unwrap_or_else(PoisonError::into_inner);
            uploaded.add(files)
        });
        if let Err(error) = noted.await {
            // The push is done; this only means that a restart would read its files again.
            tracing::warn!(%error, "could not record the push; after a restart all files will be hashed again");
        }
        Ok(outcome.into_created())
    }

    async fn changed(&self) -> Result<Changes> {
        let guard = self.lock().await;
        let scan = Scan {
            prefix: self.prefix.clone(),
            whole_lines: (!self.is_last).then(|| Arc::clone(&self.whole_lines)),
            uploaded: Arc::clone(&self.uploaded),
        };
        let walk = Arc::clone(&self.walk);
        blocking(move || {
            let changes = scan.run(&walk);
            drop(guard);
            changes
        })
        .await
    }

    /// Logs entries that are skipped for the first time.
    fn report_skipped(&self, skipped: Vec<Arc<Error>>) {
        let mut status = self.status.get();
        for error in &skipped {
            let known = status.skipped.iter();
            if !known
                .into_iter()
                .any(|old| old.message() == error.message())
            {
                tracing::warn!(%error, "skipped in the scheduled push");
            }
        }
        status.skipped = skipped;
    }
}

/// A scan for files that are new or have changed.
struct Scan {
    prefix: String,
    /// `None` if incomplete lines are pushed as well.
    whole_lines: Option<Arc<PatternSet>>,
    uploaded: Arc<Mutex<Uploaded>>,
}

impl Scan {
    /// Walks the folder. Blocking.
    fn run(&self, walk: &Walk) -> Result<Changes> {
        let uploaded = self.uploaded.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changes = Changes::default();
        let mut skipped = Vec::new();
        walk.run_tolerant(
            &mut |found| {
                if let Err(error) = self.file(&uploaded, found, &mut changes) {
                    changes.skipped.push(Arc::new(error));
                }
                Ok(true)
            },
            &mut |error| {
                skipped.push(Arc::new(error));
                Ok(())
            },
        )?;
        changes.skipped.append(&mut skipped);
        Ok(changes)
    }

    /// Adds the file to the push, unless everything to be pushed of it was pushed before.
    fn file(&self, uploaded: &Uploaded, found: Found, changes: &mut Changes) -> Result<()> {
        let in_lines = self
            .whole_lines
            .as_ref()
            .is_some_and(|patterns| patterns.matches(&found.relative));
        let pushed = uploaded.get(&found.relative);
        if pushed.is_some_and(|pushed| {
            pushed.stamp == found.stamp && (in_lines || pushed.bytes == found.stamp.len)
        }) {
            return Ok(());
        }
        // An unreadable file would fail the push of all others, so each file is opened before it is added.
        let unreadable = |error| read_failed(&found.path, error);
        let mut file = File::open(&found.path).map_err(unreadable)?;
        let bytes = if in_lines {
            complete_lines(&mut file, found.stamp.len).map_err(unreadable)?
        } else {
            found.stamp.len
        };
        if bytes == 0 && found.stamp.len > 0 {
            return Ok(());
        }
        let path_in_repo = format!("{}{}", self.prefix, found.relative);
        let prefix = Stamp {
            len: bytes,
            ..found.stamp
        };
        let operation = CommitOperationAdd::from_stamped_prefix(&path_in_repo, found.path, prefix)?;
        changes.operations.push(operation);
        let stamp = found.stamp;
        changes
            .files
            .push((found.relative, Pushed { stamp, bytes }));
        Ok(())
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
