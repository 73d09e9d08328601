//! The stages of an upload, joined by bounded channels: walk, ask, transfer, assemble, commit.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use hf_transport::progress::FileOutcome;
use hf_transport::{Error, ErrorKind, Result};
use hf_types::{CommitHash, CommitInfo};
use tokio::sync::mpsc;

use super::addition;
use super::assemble::Assembler;
use super::commits::Committer;
use super::pacer::Pacer;
use super::state::OpenPullRequest;
use crate::operation::{CommitOperation, CommitOperationAdd};
use crate::options::CommitOptions;
use crate::preupload::{PREUPLOAD_BATCH, ask};
use crate::target::Context;
use crate::transfer::run_transfers;
use crate::upload::{PrepareOptions, needs_transfer};
use crate::walk::Walk;

/// Files that were found and not asked about yet.
const FOUND_QUEUE: usize = 2 * PREUPLOAD_BATCH;
/// Questions at a time.
const QUESTIONS: usize = 4;
/// Large files that wait for the transfer.
const TRANSFER_QUEUE: usize = 64;
/// Files that wait for their commit to be put together.
const ASKED_QUEUE: usize = 4 * PREUPLOAD_BATCH;
/// Batches that wait for the commit before them: more would only use memory.
const COMMIT_QUEUE: usize = 1;

pub(super) struct Pipeline {
    pub(super) cx: Context,
    pub(super) walk: Arc<Walk>,
    pub(super) prefix: String,
    pub(super) deletions: Vec<CommitOperation>,
    pub(super) git_ignore: Option<String>,
    pub(super) message: String,
    pub(super) open_pr: OpenPullRequest,
    /// The one to go on with: the target is its revision.
    pub(super) pull_request: Option<u64>,
    pub(super) files_per_commit: Option<usize>,
    pub(super) options: CommitOptions,
}

impl Pipeline {
    pub(super) async fn run(self) -> Result<CommitInfo> {
        let cx = &self.cx;
        let (found_tx, found) = mpsc::channel(FOUND_QUEUE);
        self.start_walk(found_tx);
        let (to_transfer, files) = mpsc::channel(TRANSFER_QUEUE);
        let (arrived_tx, arrived) = mpsc::unbounded_channel();
        let (asked_tx, asked) = mpsc::channel(ASKED_QUEUE);
        let (batches_tx, batches) = mpsc::channel(COMMIT_QUEUE);
        let target_files = Arc::new(AtomicUsize::new(usize::MAX));
        let prepare = PrepareOptions::new(
            self.options.create_pr,
            self.git_ignore,
            self.options.transfer()?,
        );
        let mut transfer = prepare.transfer.clone();
        transfer.arrived = Some(arrived_tx);
        let mut committer = Committer::new(
            cx,
            &self.options,
            &self.message,
            self.deletions,
            prepare.small.clone(),
            self.open_pr,
            Pacer::new(self.files_per_commit),
            Arc::clone(&target_files),
        );
        if let Some(num) = self.pull_request {
            committer.switch_to(num);
        }

        let asking = asking(cx, found, &prepare, to_transfer, asked_tx);
        let transferring = async {
            let outcome = run_transfers(cx, self.options.create_pr, files, &transfer).await;
            // The assembler ends when nobody can send to it any more.
            drop(transfer);
            outcome
        };
        let assembler = Assembler::new(
            cx,
            self.options.hash_index.clone(),
            batches_tx,
            &target_files,
        );
        let assembling = assembler.run(asked, arrived);
        let committing = committer.run(batches);
        let ((), (), (), info) =
            futures_util::try_join!(transferring, asking, assembling, committing)?;
        Ok(info)
    }

    fn start_walk(&self, found: mpsc::Sender<Result<CommitOperationAdd>>) {
        let (walk, prefix) = (Arc::clone(&self.walk), self.prefix.clone());
        tokio::task::spawn_blocking(move || {
            let walked =
                walk.run(&mut |file| Ok(found.blocking_send(addition(&prefix, file)).is_ok()));
            if let Err(error) = walked {
                // If nobody listens, the upload has failed for another reason.
                let _ = found.blocking_send(Err(error));
            }
        });
    }
}

/// Asks how files are wanted, in the order in which they were found, and passes them on.
async fn asking(
    cx: &Context,
    found: mpsc::Receiver<Result<CommitOperationAdd>>,
    prepare: &PrepareOptions,
    to_transfer: mpsc::Sender<CommitOperationAdd>,
    asked: mpsc::Sender<CommitOperationAdd>,
) -> Result<()> {
    let found = stream::unfold(found, |mut found| async move {
        let mut batch = Vec::with_capacity(PREUPLOAD_BATCH);
        while batch.len() < PREUPLOAD_BATCH {
            match found.recv().await {
                Some(Ok(op)) => batch.push(op),
                Some(Err(error)) => return Some((Err(error), found)),
                None => break,
            }
        }
        (!batch.is_empty()).then_some((Ok(batch), found))
    });
    let mut answers = std::pin::pin!(
        found
            .map(|batch| async { ask(cx, batch?, prepare).await })
            .buffered(QUESTIONS)
    );
    while let Some((batch, _head)) = answers.try_next().await? {
        for op in batch {
            if op.should_ignore() {
                cx.progress
                    .file_end(op.path_in_repo(), FileOutcome::Present);
                prepare.small.release(&op);
                continue;
            }
            let large = needs_transfer(&op).then(|| op.clone());
            if asked.send(op).await.is_err() {
                return Err(Error::new(
                    ErrorKind::Upload,
                    "the commits have ended early",
                ));
            }
            if let Some(large) = large
                && to_transfer.send(large).await.is_err()
            {
                return Err(Error::new(
                    ErrorKind::Upload,
                    "the transfer has ended early",
                ));
            }
        }
    }
    Ok(())
}

/// The head that the Hub told last.
pub(super) type Head = Option<CommitHash>;
