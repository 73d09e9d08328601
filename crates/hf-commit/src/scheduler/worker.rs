//! The loop of a scheduler, on its own thread.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use hf_transport::{Error, ErrorKind, Result};
use hf_types::CommitInfo;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::builder::OnPush;
use super::repo::squash;
use super::turn::{Push, PushTurn};

type Reply = oneshot::Sender<Result<Option<CommitInfo>>>;

pub(super) enum Command {
    Trigger(Reply),
    Stop { push: bool, reply: Reply },
}

/// How the last push went.
#[derive(Default)]
pub(super) struct Status {
    pub(super) last_error: Option<Arc<Error>>,
    pub(super) last_commit: Option<CommitInfo>,
}

pub(super) struct Worker {
    pub(super) turn: PushTurn,
    pub(super) push: Arc<dyn Push>,
    pub(super) every: Duration,
    pub(super) squash_history: bool,
    pub(super) status: Arc<Mutex<Status>>,
    pub(super) on_push: Option<OnPush>,
}

/// Who waits for a push, and what they wait for.
#[derive(Default)]
struct Waiting {
    replies: Vec<Reply>,
    /// The scheduler ends after it.
    stop: Option<Reply>,
}

impl Worker {
    pub(super) async fn run(self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut next = Instant::now();
        let mut waiting = Waiting::default();
        loop {
            if waiting.replies.is_empty() && waiting.stop.is_none() {
                tokio::select! {
                    command = commands.recv() => {
                        if Self::note(command, &mut waiting) {
                            return;
                        }
                    }
                    () = tokio::time::sleep_until(next) => {}
                }
            }
            let replies = std::mem::take(&mut waiting);
            let outcome = {
                let pushing = self.push_once();
                tokio::pin!(pushing);
                loop {
                    tokio::select! {
                        outcome = &mut pushing => break outcome,
                        // What is asked for meanwhile needs a push of its own: files may have changed since.
                        command = commands.recv(), if waiting.stop.is_none() => {
                            if Self::note(command, &mut waiting) {
                                return;
                            }
                        }
                    }
                }
            };
            next = Instant::now() + self.every;
            let last = replies.stop.is_some();
            self.report(outcome, replies.replies.into_iter().chain(replies.stop));
            if last {
                return;
            }
        }
    }

    /// Keeps a command for the next push; whether to end at once.
    fn note(command: Option<Command>, waiting: &mut Waiting) -> bool {
        match command {
            Some(Command::Trigger(reply)) => waiting.replies.push(reply),
            Some(Command::Stop { push: true, reply }) => waiting.stop = Some(reply),
            Some(Command::Stop { push: false, reply }) => {
                let _ = reply.send(Ok(None));
                return true;
            }
            None => return true,
        }
        false
    }

    async fn push_once(&self) -> Result<Option<CommitInfo>> {
        // A panic in a push of the user's own is a push that failed, not the end of all others.
        let pushed = AssertUnwindSafe(async { self.push.push(&self.turn).await })
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(Error::new(ErrorKind::Upload, "the push has panicked")))?;
        if self.squash_history && pushed.is_some() {
            squash(&self.turn.cx).await?;
        }
        Ok(pushed)
    }

    /// Tells everybody how a push went; those who wait get the outcome, nobody waits in vain.
    fn report(&self, outcome: Result<Option<CommitInfo>>, replies: impl Iterator<Item = Reply>) {
        if let Some(on_push) = &self.on_push {
            on_push(&outcome);
        }
        let mut status = self.status();
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
                    let _ = reply.send(Err(again(&error)));
                }
                status.last_error = Some(error);
            }
        }
    }

    fn status(&self) -> std::sync::MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same error for another one who waits.
fn again(error: &Arc<Error>) -> Error {
    let copy = Error::new(error.kind(), error.message().to_owned());
    let copy = match error.status() {
        Some(status) => copy.with_status(status),
        None => copy,
    };
    let copy = match error.hint() {
        Some(hint) => copy.with_hint(hint.to_owned()),
        None => copy,
    };
    copy.with_source(Arc::clone(error))
}
