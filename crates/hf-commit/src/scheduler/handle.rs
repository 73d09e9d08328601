//! The commands of a scheduler, and the handle of a requested push.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::ThreadId;

use hf_transport::{Error, ErrorKind, Result};
use hf_types::CommitInfo;
use tokio::sync::oneshot;

use super::wait::block_on;

/// The channel for the result of a push.
pub(super) type Reply = oneshot::Sender<Result<Option<CommitInfo>>>;

/// A command to the thread of a scheduler.
pub(super) enum Command {
    Trigger(Reply),
    Stop { push: bool, reply: Reply },
}

/// The status that the thread of a scheduler reports.
#[derive(Default)]
pub(super) struct Status {
    pub(super) last_error: Option<Arc<Error>>,
    pub(super) last_commit: Option<CommitInfo>,
    /// Why entries of the folder were skipped in the last push.
    pub(super) skipped: Vec<Arc<Error>>,
    /// Whether the thread has ended on request.
    pub(super) stopped: bool,
}

/// The status, shared between the thread and the handles of a scheduler.
#[derive(Clone, Default)]
pub(super) struct SharedStatus(Arc<Mutex<Status>>);

impl SharedStatus {
    pub(super) fn get(&self) -> MutexGuard<'_, Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A requested push. Await it, [`wait`](Self::wait) for it, or drop it; the push happens in any case.
///
/// # Errors
/// Returns the error of the push. Also returns an error if awaited inside a push or `on_push` of the same
/// scheduler, which would deadlock.
#[derive(Debug)]
pub struct PushHandle {
    pub(super) outcome: oneshot::Receiver<Result<Option<CommitInfo>>>,
    /// The thread of the scheduler.
    pub(super) worker: ThreadId,
}

impl PushHandle {
    /// Blocks until the push is done. Returns the commit, or `None` if nothing has changed.
    ///
    /// # Errors
    /// The same as awaiting the handle.
    pub fn wait(self) -> Result<Option<CommitInfo>> {
        block_on(self)
    }
}

impl Future for PushHandle {
    type Output = Result<Option<CommitInfo>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        refuse_on(self.worker, "wait for another push")?;
        Pin::new(&mut self.outcome)
            .poll(cx)
            .map(|received| received.unwrap_or_else(|_| Err(stopped())))
    }
}

/// Returns an error if the caller runs on the scheduler's own thread, which would wait for itself.
pub(super) fn refuse_on(worker: ThreadId, what: &str) -> Result<()> {
    if std::thread::current().id() == worker {
        return Err(Error::validation(format!(
            "cannot {what} from inside a push or the on_push callback of the same scheduler"
        ))
        .with_hint("do it on another thread or task, after the callback has returned"));
    }
    Ok(())
}

pub(super) fn stopped() -> Error {
    Error::new(
        ErrorKind::Upload,
        "the scheduler was stopped before this push",
    )
}

/// Returns the error of a thread that has ended unexpectedly.
pub(super) fn died() -> Error {
    Error::new(
        ErrorKind::Upload,
        "the thread of the scheduler has ended unexpectedly; files changed since its last push are not on the Hub",
    )
    .with_hint("start another scheduler of the same folder: it pushes what is left")
}
