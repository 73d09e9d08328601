//! A folder that is pushed in the background, every few minutes.

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

/// Pushes a folder to the Hub every few minutes (`CommitScheduler`).
///
/// Made for files that are appended to: of each, only what was there when the folder was looked at is pushed, so
/// nobody has to stop writing. Files that did not change are not read again, after a restart neither. A push that
/// fails is reported ([`last_error`](Self::last_error), the log, [`CommitSchedulerBuilder::on_push`]) and its files
/// are part of the next one. Entries that cannot be uploaded (names that are not UTF-8, files that cannot be read,
/// links that lead out of the folder) are left out, logged once, and listed by [`skipped`](Self::skipped).
///
/// Files made of lines (`*.jsonl`, `*.csv`, `*.log`, ...) are pushed up to their last complete line; see
/// [`CommitSchedulerBuilder::whole_lines`].
///
/// It runs on a thread of its own, inside or outside a tokio runtime.
///
/// # The end
/// [`stop`](Self::stop), [`blocking_stop`](Self::blocking_stop) and dropping it push once more. Dropping blocks until
/// that is done, inside a runtime too, and can only log a push that fails: prefer `stop().await`. A `static` is never
/// dropped: let `main` hold a [`stop_guard`](Self::stop_guard). Nothing runs at `std::process::exit` or a signal, whose
/// handler is up to the program and may call `stop`. What was not pushed then, the next scheduler of the folder pushes.
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
    /// `None` once it was stopped.
    thread: Mutex<Option<JoinHandle<()>>>,
    worker: ThreadId,
}

impl CommitScheduler {
    /// A scheduler of `folder`, which is made if it does not exist, and so is the repository.
    pub fn builder(
        client: Client,
        target: RepoTarget,
        folder: impl Into<PathBuf>,
    ) -> CommitSchedulerBuilder {
        CommitSchedulerBuilder::new(client, target, folder.into())
    }

    /// The folder, absolute.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The repository.
    pub fn target(&self) -> &RepoTarget {
        &self.target
    }

    /// While the guard is held, the folder is not looked at: for changes that belong together.
    pub async fn lock(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.lock).lock_owned().await
    }

    /// [`lock`](Self::lock) for code that is not async.
    pub fn blocking_lock(&self) -> OwnedMutexGuard<()> {
        block_on(self.lock())
    }

    /// Pushes now, after a push that is under way. The handle tells how it went; nobody has to wait for it.
    pub fn trigger(&self) -> PushHandle {
        let (reply, outcome) = oneshot::channel();
        // If the thread has ended, the reply is dropped and the handle says so.
        let _ = self.commands.send(Command::Trigger(reply));
        PushHandle {
            outcome,
            worker: self.worker,
        }
    }

    /// Why the last push failed; `None` if it did not.
    pub fn last_error(&self) -> Option<Arc<Error>> {
        self.status.get().last_error.clone()
    }

    /// The last commit.
    pub fn last_commit(&self) -> Option<CommitInfo> {
        self.status.get().last_commit.clone()
    }

    /// Why entries of the folder were left out of the last push: names that are not UTF-8, files that cannot be read,
    /// links that lead out of the folder. Empty if nothing was.
    pub fn skipped(&self) -> Vec<Arc<Error>> {
        self.status.get().skipped.clone()
    }

    /// Pushes what is left, and ends. It does not wait for the next turn.
    ///
    /// Returns the outcome of the last push; `None` if nothing was left, or the scheduler had been stopped before.
    ///
    /// # Errors
    /// Why the last push failed; its files are left to the next scheduler of this folder. Also where the thread of the
    /// scheduler has died, and where it is called from inside a push or `on_push`, which it would wait for.
    pub async fn stop(&self) -> Result<Option<CommitInfo>> {
        self.end(true).await
    }

    /// [`stop`](Self::stop) for code that is not async.
    ///
    /// # Errors
    /// As [`stop`](Self::stop).
    pub fn blocking_stop(&self) -> Result<Option<CommitInfo>> {
        block_on(self.end(true))
    }

    /// Stops the scheduler when the guard is dropped, on a panic as well: for one in a `static`.
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

    /// Ends without another push; one that is under way is broken off. Nothing is lost: the next scheduler of this
    /// folder pushes what is left.
    pub async fn abort(&self) {
        // It has no outcome.
        let _ = self.end(false).await;
    }

    async fn end(&self, push: bool) -> Result<Option<CommitInfo>> {
        refuse_on(self.worker, "stop the scheduler")?;
        match self.send_stop(push).await {
            Ok(outcome) => {
                self.thread().take();
                outcome
            }
            // Somebody else has stopped it.
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
        // A failure is logged by the thread.
        drop(self.send_stop(true));
        // Dropped by its own callback: the thread ends after the last push, and cannot wait for itself.
        if std::thread::current().id() != self.worker && thread.join().is_err() {
            tracing::error!("the thread of the scheduler has panicked");
        }
    }
}

/// Stops a scheduler at its end; see [`CommitScheduler::stop_guard`].
#[must_use = "the scheduler is stopped when the guard is dropped"]
#[derive(Debug)]
pub struct StopGuard<'a>(&'a CommitScheduler);

impl Drop for StopGuard<'_> {
    fn drop(&mut self) {
        // A failure is logged by the thread.
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
