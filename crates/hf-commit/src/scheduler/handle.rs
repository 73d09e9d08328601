//! The commands that a scheduler takes, and the handle of a push that was asked for.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::ThreadId;

use hf_transport::{Error, ErrorKind, Result};
use hf_types::CommitInfo;
use tokio::sync::oneshot;

use super::wait::block_on;

/// Where the outcome of a push goes.
pub(super) type Reply = oneshot::Sender<Result<Option<CommitInfo>>>;

/// What the thread of a scheduler is asked to do.
pub(super) enum Command {
    Trigger(Reply),
    Stop { push: bool, reply: Reply },
}

/// What the thread of a scheduler reports.
#[derive(Default)]
pub(super) struct Status {
    pub(super) last_error: Option<Arc<Error>>,
    pub(super) last_commit: Option<CommitInfo>,
    /// Why entries of the folder were left out of the last push.
    pub(super) skipped: Vec<Arc<Error>>,
    /// The thread has ended as it was asked to.
    pub(super) stopped: bool,
}

/// The status, as the thread and the handles of a scheduler share it.
#[derive(Clone, Default)]
pub(super) struct SharedStatus(Arc<Mutex<Status>>);

impl SharedStatus {
    pub(super) fn get(&self) -> MutexGuard<'_, Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A push that was asked for. Await it, [`wait`](Self::wait) for it, or drop it: the push is made all the same.
///
/// # Errors
/// Why the push failed; and at once where it is awaited inside a push or `on_push` of the same scheduler, which it
/// would wait for.
#[derive(Debug)]
pub struct PushHandle {
    pub(super) outcome: oneshot::Receiver<Result<Option<CommitInfo>>>,
    /// The thread of the scheduler.
    pub(super) worker: ThreadId,
}

impl PushHandle {
    /// Blocks until the push is done: the commit, or `None` if nothing had changed.
    ///
    /// # Errors
    /// As awaiting it.
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

/// An error where the caller runs on the scheduler's own thread: it would wait for itself.
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

/// The thread has ended although nobody asked it to.
pub(super) fn died() -> Error {
    Error::new(
        ErrorKind::Upload,
        "the thread of the scheduler has ended unexpectedly; files changed since its last push are not on the Hub",
    )
    .with_hint("start another scheduler of the same folder: it pushes what is left")
}
