//! Pushes a folder in the background at regular intervals.

mod builder;
mod handle;
mod lines;
mod repo;
mod state;
mod turn;
mod wait;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, ThreadId};

use hf_transport::{Client, Error, Result};
use hf_types::CommitInfo;
use tokio::sync::{OwnedMutexGuard, mpsc, oneshot};

pub use builder::CommitSchedulerBuilder;
pub use handle::PushHandle;
use handle::{Command, SharedStatus, died, refuse_on};
pub use turn::{Push, PushTurn};
use wait::block_on;

use crate::target::RepoTarget;

/// Pushes a folder to the Hub at regular intervals (`CommitScheduler`).
///
/// The scheduler is made for files that are appended to: of each file, it pushes the bytes that exist when
/// the folder is scanned, so writers need not stop. Unchanged files are not read again, not even after a
/// restart. A failed push is reported ([`last_error`](Self::last_error), the log,
/// [`CommitSchedulerBuilder::on_push`]), and its files are part of the next one. Entries that cannot be
/// uploaded (names that are not UTF-8, unreadable files, links that lead out of the folder) are skipped,
/// logged once, and listed by [`skipped`](Self::skipped).
///
/// Files that consist of lines (`*.jsonl`, `*.csv`, `*.log`, ...) are pushed up to their last complete line;
/// see [`CommitSchedulerBuilder::whole_lines`].
///
/// The scheduler runs on its own thread, inside or outside of a tokio runtime.
///
/// # Stopping
/// [`stop`](Self::stop), [`blocking_stop`](Self::blocking_stop) and dropping the scheduler push once more.
/// Dropping blocks until that is done, even inside a runtime, and can only log a failed push: prefer
/// `stop().await`. A `static` is never dropped; let `main` hold a [`stop_guard`](Self::stop_guard). Nothing
/// runs on `std::process::exit` or on a signal, whose handler is up to the program and may call `stop`. The
/// next scheduler of the folder pushes whatever was not pushed.
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use std::time::Duration;
/// use hf_commit::{CommitScheduler, RepoTarget};
/// let scheduler = CommitScheduler::builder(client, RepoTarget::dataset("user/logs")?, "logs")
///     .every(Duration::from_secs(600))
///     .path_in_repo("train")
///     .start()
///     .await?;
/// {
///     let _while_files_are_replaced = scheduler.lock().await;
///     std::fs::rename("logs/new.json", "logs/config.json").expect("renamed");
/// }
/// let pushed = scheduler.trigger().await?;
/// scheduler.stop().await?;
/// # Ok(()) }
/// ```
pub struct CommitScheduler {
    commands: mpsc::UnboundedSender<Command>,
    status: SharedStatus,
    lock: Arc<tokio::sync::Mutex<()>>,
    folder: PathBuf,
    target: RepoTarget,
    /// `None` once the scheduler was stopped.
    thread: Mutex<Option<JoinHandle<()>>>,
    worker: ThreadId,
}

impl CommitScheduler {
    /// Returns a builder for a scheduler of `folder`. The folder and the repository are created if they do
    /// not exist.
    pub fn builder(
        client: Client,
        target: RepoTarget,
        folder: impl Into<PathBuf>,
    ) -> CommitSchedulerBuilder {
        CommitSchedulerBuilder::new(client, target, folder.into())
    }

    /// Returns the absolute path of the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the repository and revision that are pushed to.
    pub fn target(&self) -> &RepoTarget {
        &self.target
    }

    /// Locks the folder. While the guard is held, the folder is not scanned, so that related changes appear
    /// together.
    pub async fn lock(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.lock).lock_owned().await
    }

    /// Locks the folder from code that is not async; see [`lock`](Self::lock).
    pub fn blocking_lock(&self) -> OwnedMutexGuard<()> {
        block_on(self.lock())
    }

    /// Requests a push, which starts after any push in progress. The handle returns its result and may be
    /// dropped.
    pub fn trigger(&self) -> PushHandle {
        let (reply, outcome) = oneshot::channel();
        // If the thread has ended, the reply is dropped, and the handle returns an error.
        let _ = self.commands.send(Command::Trigger(reply));
        PushHandle {
            outcome,
            worker: self.worker,
        }
    }

    /// Returns the error of the last push, or `None` if it succeeded.
    pub fn last_error(&self) -> Option<Arc<Error>> {
        self.status.get().last_error.clone()
    }

    /// Returns the last commit.
    pub fn last_commit(&self) -> Option<CommitInfo> {
        self.status.get().last_commit.clone()
    }

    /// Returns why entries of the folder were skipped in the last push: names that are not UTF-8, unreadable
    /// files, links that lead out of the folder. Empty if none were skipped.
    pub fn skipped(&self) -> Vec<Arc<Error>> {
        self.status.get().skipped.clone()
    }

    /// Pushes the remaining changes and stops the scheduler, without waiting for the next interval.
    ///
    /// Returns the commit of the last push, or `None` if there were no changes or the scheduler had been
    /// stopped before.
    ///
    /// # Errors
    /// Returns the error of the last push; its files are left to the next scheduler of this folder. Also
    /// returns an error if the thread of the scheduler has died, or if called inside a push or `on_push`,
    /// which would deadlock.
    pub async fn stop(&self) -> Result<Option<CommitInfo>> {
        self.end(true).await
    }

    /// Stops the scheduler from code that is not async; see [`stop`](Self::stop).
    ///
    /// # Errors
    /// The same as [`stop`](Self::stop).
    pub fn blocking_stop(&self) -> Result<Option<CommitInfo>> {
        block_on(self.end(true))
    }

    /// Returns a guard that stops the scheduler when it is dropped, including on a panic. Use it for a
    /// scheduler in a `static`.
    ///
    /// ```no_run
    /// use std::sync::OnceLock;
    /// use hf_commit::{CommitScheduler, RepoTarget};
    ///
    /// static LOGS: OnceLock<CommitScheduler> = OnceLock::new();
    ///
    /// fn main() -> hf_transport::Result<()> {
    ///     let client = hf_transport::Client::new()?;
    ///     let target = RepoTarget::dataset("user/logs")?;
    ///     let logs = CommitScheduler::builder(client, target, "logs").blocking_start()?;
    ///     let _last_push = LOGS.get_or_init(|| logs).stop_guard();
    ///     // ...
    ///     Ok(())
    /// }
    /// ```
    pub fn stop_guard(&self) -> StopGuard<'_> {
        StopGuard(self)
    }

    /// Stops the scheduler without another push, and cancels a push in progress. Nothing is lost: the next
    /// scheduler of this folder pushes the remaining changes.
    pub async fn abort(&self) {
        // There is no result.
        let _ = self.end(false).await;
    }

    async fn end(&self, push: bool) -> Result<Option<CommitInfo>> {
        refuse_on(self.worker, "stop the scheduler")?;
        match self.send_stop(push).await {
            Ok(outcome) => {
                self.thread().take();
                outcome
            }
            // Another caller has stopped it.
            Err(_) if self.status.get().stopped => Ok(None),
            Err(_) => Err(died()),
        }
    }

    fn send_stop(&self, push: bool) -> oneshot::Receiver<Result<Option<CommitInfo>>> {
        let (reply, outcome) = oneshot::channel();
        let _ = self.commands.send(Command::Stop { push, reply });
        outcome
    }

    fn thread(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CommitScheduler {
    fn drop(&mut self) {
        let Some(thread) = self.thread().take() else {
            return;
        };
        // The thread logs a failure.
        drop(self.send_stop(true));
        // Dropped by its own callback: the thread ends after the last push and cannot wait for itself.
        if std::thread::current().id() != self.worker && thread.join().is_err() {
            tracing::error!("the thread of the scheduler has panicked");
        }
    }
}

/// Stops a scheduler when dropped; see [`CommitScheduler::stop_guard`].
#[must_use = "the scheduler is stopped when the guard is dropped"]
#[derive(Debug)]
pub struct StopGuard<'a>(&'a CommitScheduler);

impl Drop for StopGuard<'_> {
    fn drop(&mut self) {
        // The thread logs a failure.
        let _ = self.0.blocking_stop();
    }
}

impl std::fmt::Debug for CommitScheduler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommitScheduler")
            .field("folder", &self.folder)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}
