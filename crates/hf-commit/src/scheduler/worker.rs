//! The main loop of a scheduler, on its own thread.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use hf_transport::{Error, ErrorKind, Result};
use hf_types::CommitInfo;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::handle::{Command, Reply};
use super::repo::squash;
use super::turn::{Push, PushTurn};

/// Called after each push.
pub(super) type OnPush = Arc<dyn Fn(&Result<Option<CommitInfo>>) + Send + Sync>;

pub(super) struct Worker {
    pub(super) turn: PushTurn,
    pub(super) push: Arc<dyn Push>,
    pub(super) every: Duration,
    pub(super) squash_history: bool,
    pub(super) on_push: Option<OnPush>,
}

/// The callers that wait for the next push.
#[derive(Default)]
struct Waiting {
    replies: Vec<Reply>,
    /// Set if the scheduler ends after it.
    stop: Option<Reply>,
}

impl Worker {
    pub(super) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut next = Instant::now();
        let mut waiting = Waiting::default();
        loop {
            if waiting.replies.is_empty() && waiting.stop.is_none() {
                tokio::select! {
                    command = commands.recv() => {
                        if self.note(command, &mut waiting) {
                            return;
                        }
                    }
                    () = tokio::time::sleep_until(next) => {}
                }
            }
            let replies = std::mem::take(&mut waiting);
            // When a scheduler is being stopped, the folder is no longer written to, so incomplete lines are
            // pushed, too.
            self.turn.is_last = replies.stop.is_some();
            let outcome = {
                let pushing = self.push_once();
                tokio::pin!(pushing);
                loop {
                    tokio::select! {
                        outcome = &mut pushing => break outcome,
                        // A request that arrives during a push needs another push, because files may have
                        // changed since.
                        command = commands.recv(), if waiting.stop.is_none() => {
                            if self.note(command, &mut waiting) {
                                return;
                            }
                        }
                    }
                }
            };
            next = Instant::now() + self.every;
            let last = replies.stop.is_some();
            if last {
                // Before the reply, so that the next caller finds the scheduler stopped, not dead.
                self.turn.status.get().stopped = true;
            }
            self.report(outcome, replies.replies.into_iter().chain(replies.stop));
            if last {
                return;
            }
        }
    }

    /// Keeps a command for the next push. Returns whether to end immediately.
    fn note(&self, command: Option<Command>, waiting: &mut Waiting) -> bool {
        match command {
            Some(Command::Trigger(reply)) => waiting.replies.push(reply),
            Some(Command::Stop { push: true, reply }) => waiting.stop = Some(reply),
            Some(Command::Stop { push: false, reply }) => {
                self.turn.status.get().stopped = true;
                let _ = reply.send(Ok(None));
                return true;
            }
            None => return true,
        }
        false
    }

    async fn push_once(&self) -> Result<Option<CommitInfo>> {
        // A panic in a user's push fails this push and does not end all later ones.
        AssertUnwindSafe(async {
            let pushed = self.push.push(&self.turn).await?;
            if self.squash_history && pushed.is_some() {
                squash(&self.turn.cx).await?;
            }
            Ok(pushed)
        })
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(panicked("the push", panic.as_ref())))
    }

    /// Records and reports the result of a push: to the log, to `on_push`, and to all waiting callers.
    fn report(&self, outcome: Result<Option<CommitInfo>>, replies: impl Iterator<Item = Reply>) {
        let reported = match &self.on_push {
            Some(on_push) => catch_unwind(AssertUnwindSafe(|| on_push(&outcome)))
                .map_err(|panic| panicked("the on_push callback", panic.as_ref())),
            None => Ok(()),
        };
        let mut status = self.turn.status.get();
        match outcome {
            Ok(pushed) => {
                status.last_error = None;
                for reply in replies {
                    let _ = reply.send(Ok(pushed.clone()));
                }
                if pushed.is_some() {
                    status.last_commit = pushed;
                }
            }
            Err(error) => {
                tracing::error!(%error, "a scheduled push failed; its files are part of the next one");
                let error = Arc::new(error);
                for reply in replies {
                    let _ = reply.send(Err(Error::clone(&error)));
                }
                status.last_error = Some(error);
            }
        }
        if let Err(error) = reported {
            tracing::error!(%error, "the result of a push could not be reported");
            status.last_error = Some(Arc::new(error));
        }
    }
}

/// Returns the error of code that panicked, including its message.
fn panicked(what: &str, panic: &(dyn Any + Send)) -> Error {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Error::new(ErrorKind::Upload, format!("{what} panicked: {said}"))
}
