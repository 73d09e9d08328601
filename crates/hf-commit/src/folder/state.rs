//! The state that an interrupted folder upload leaves for the next run.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hf_transport::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::blocking::blocking;
use crate::context::Context;
use crate::hash::sha256;

/// Writes a file so that after a crash it has either the old or the new content, never a part.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    file.persist(path)?;
    Ok(())
}

/// Returns the key for the state of an upload: the same folder to the same destination.
pub(crate) fn state_key(cx: &Context, folder: &Path, path_in_repo: &str) -> String {
    let target = &cx.target;
    key_of(&format!(
        "{}\0{}\0{}\0{}\0{path_in_repo}\0{}",
        cx.client.endpoint(),
        target.repo_type,
        target.repo_id,
        target.revision,
        folder.display()
    ))
}

/// Returns the key for the state of a pull request. A different title or description means a different pull
/// request.
pub(super) fn pull_request_key(upload: &str, title: &str, description: &str) -> String {
    key_of(&format!("{upload}\0{title}\0{description}"))
}

fn key_of(what: &str) -> String {
    sha256(what.as_bytes()).as_str()[..32].to_owned()
}

/// The pull request that an upload has opened, kept on disk until the upload is complete.
///
/// The file belongs to one run at a time. A concurrent second run of the same upload, in this process or
/// another, keeps no state and opens its own pull request: it must not write to the one that the first run is
/// filling.
#[derive(Debug, Clone, Default)]
pub(super) struct PullRequestState {
    /// `None` if no state is kept.
    file: Option<Arc<StateFile>>,
}

#[derive(Debug)]
struct StateFile {
    path: PathBuf,
    lock_path: PathBuf,
    /// Held by the open file. The system releases it when the process ends, however it ends.
    _lock: Option<File>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    pull_request: u64,
}

impl PullRequestState {
    /// Opens the state `key` in `folder`.
    pub(super) async fn open(folder: PathBuf, key: String) -> Result<Self> {
        blocking(move || {
            let lock_path = folder.join(format!("{key}.pr.lock"));
            let lock = match try_lock(&lock_path) {
                Ok(lock) => Some(lock),
                Err(TryLockError::WouldBlock) => {
                    tracing::info!(
                        "another upload of this folder is running; this one opens its own pull request"
                    );
                    return Ok(Self::default());
                }
                // Where locks are not supported, avoiding concurrent uploads is left to the user.
                Err(TryLockError::Error(error)) => {
                    tracing::debug!(path = %lock_path.display(), %error, "could not lock the state of the upload");
                    None
                }
            };
            let file = StateFile {
                path: folder.join(format!("{key}.pr.json")),
                lock_path,
                _lock: lock,
            };
            Ok(Self {
                file: Some(Arc::new(file)),
            })
        })
        .await
    }

    /// Returns the pull request that an interrupted run has opened.
    pub(super) async fn load(&self) -> Result<Option<u64>> {
        let Some(file) = self.file.clone() else {
            return Ok(None);
        };
        blocking(move || {
            let record = std::fs::read(&file.path)
                .ok()
                .and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
            Ok(record.map(|record| record.pull_request))
        })
        .await
    }

    pub(super) async fn store(&self, num: u64) -> Result<()> {
        let Some(file) = self.file.clone() else {
            return Ok(());
        };
        blocking(move || {
            let record = serde_json::json!({"pull_request": num}).to_string();
            write_atomically(&file.path, record.as_bytes()).map_err(|e| {
                Error::io(
                    format!("cannot record the pull request in {}", file.path.display()),
                    e,
                )
            })
        })
        .await
    }

    /// Removes the state, because the upload is complete.
    pub(super) async fn clear(&self) {
        let Some(file) = self.file.clone() else {
            return;
        };
        // The lock is held until the last clone is dropped. A run that starts in between finds it taken and
        // keeps no state.
        let cleared = blocking(move || {
            for path in [&file.path, &file.lock_path] {
                if let Err(error) = std::fs::remove_file(path)
                    && error.kind() != io::ErrorKind::NotFound
                {
                    tracing::warn!(path = %path.display(), %error, "could not remove the state of the upload");
                }
            }
            Ok(())
        });
        if let Err(error) = cleared.await {
            tracing::warn!(%error, "the state of the upload is left behind");
        }
    }
}

fn try_lock(path: &Path) -> Result<File, TryLockError> {
    let open = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
    };
    let file = open().map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn open(dir: &tempfile::TempDir, title: &str) -> PullRequestState {
        let key = pull_request_key("upload", title, "");
        PullRequestState::open(dir.path().to_owned(), key)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn an_unfinished_pull_request_is_known_to_the_next_run_of_the_same_title() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(&dir, "Weekly").await;
        assert_eq!(first.load().await.unwrap(), None);
        first.store(7).await.unwrap();
        drop(first);
        assert_eq!(open(&dir, "Another").await.load().await.unwrap(), None);
        let second = open(&dir, "Weekly").await;
        assert_eq!(second.load().await.unwrap(), Some(7));
        second.clear().await;
        drop(second);
        assert_eq!(open(&dir, "Weekly").await.load().await.unwrap(), None);
    }

    #[tokio::test]
    async fn the_state_belongs_to_one_run_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(&dir, "Weekly").await;
        first.store(7).await.unwrap();
        let second = open(&dir, "Weekly").await;
        assert_eq!(second.load().await.unwrap(), None);
        second.store(8).await.unwrap();
        second.clear().await;
        assert_eq!(
            first.load().await.unwrap(),
            Some(7),
            "the second keeps nothing"
        );
    }
}
