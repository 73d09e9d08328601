//! The stages of an upload, joined by bounded channels: walk, ask, transfer, assemble, commit.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use hf_transport::progress::FileOutcome;
use hf_transport::{Error, ErrorKind, Result};
use hf_types::{CommitHash, CommitInfo};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::commits::{Batch, Committer};
use super::pacer::{MAX_AGE, Pacer, REGULAR_BYTES_BUDGET};
use super::state::OpenPullRequest;
use super::{addition, delete_operations};
use crate::blocking;
use crate::commit::is_unchanged;
use crate::operation::{CommitOperation, CommitOperationAdd};
use crate::options::CommitOptions;
use crate::preupload::{PREUPLOAD_BATCH, SmallFiles};
use crate::target::Context;
use crate::transfer::run_transfers;
use crate::upload::{PrepareOptions, ask, needs_transfer};
use crate::walk::Walk;

/// Files that were found and not asked about yet.
const FOUND_QUEUE: usize = 2 * PREUPLOAD_BATCH;
/// Questions at a time.
const QUESTIONS: usize = 4;
/// Large files that wait for the transfer.
const TRANSFER_QUEUE: usize = 64;
/// Regular files that wait for their commit to be put together.
const REGULAR_QUEUE: usize = 4 * PREUPLOAD_BATCH;
/// Batches that wait for the commit before them: more would only use memory.
const COMMIT_QUEUE: usize = 1;

pub(super) struct Pipeline {
    pub(super) cx: Context,
    pub(super) walk: Arc<Walk>,
    pub(super) prefix: String,
    pub(super) deletions: Vec<String>,
    pub(super) git_ignore: Option<String>,
    pub(super) message: String,
    pub(super) open_pr: OpenPullRequest,
    pub(super) files_per_commit: Option<usize>,
    pub(super) options: CommitOptions,
}

impl Pipeline {
    pub(super) async fn run(self) -> Result<CommitInfo> {
        let cx = &self.cx;
        let (found_tx, found) = mpsc::channel(FOUND_QUEUE);
        let deletions = self.start_walk(found_tx).await?;
        let (to_transfer, files) = mpsc::channel(TRANSFER_QUEUE);
        let (arrived_tx, arrived) = mpsc::unbounded_channel();
        let (regular_tx, regular) = mpsc::channel(REGULAR_QUEUE);
        let (batches_tx, batches) = mpsc::channel(COMMIT_QUEUE);
        let target_files = Arc::new(AtomicUsize::new(usize::MAX));
        let prepare = PrepareOptions {
            create_pr: self.options.create_pr,
            git_ignore: self.git_ignore,
            transfer: self.options.transfer()?,
            small: SmallFiles::default(),
        };
        let mut transfer = prepare.transfer.clone();
        transfer.arrived = Some(arrived_tx);
        let mut committer = Committer::new(
            cx,
            &self.options,
            &self.message,
            deletions,
            prepare.small.clone(),
            self.open_pr,
            Pacer::new(self.files_per_commit),
            Arc::clone(&target_files),
        );
        committer.resume().await?;

        let asking = asking(cx, found, &prepare, to_transfer, regular_tx);
        let transferring = async {
            let outcome = run_transfers(cx, self.options.create_pr, files, &transfer).await;
            // The assembler ends when nobody can send to it any more.
            drop(transfer);
            outcome
        };
        let assembling = assembling(cx, regular, arrived, batches_tx, &target_files);
        let committing = committer.run(batches);
        let ((), (), (), info) =
            futures_util::try_join!(transferring, asking, assembling, committing)?;
        Ok(info)
    }

    /// Starts to walk. Where files will be deleted as well, all names are needed first, to leave those out.
    async fn start_walk(
        &self,
        found: mpsc::Sender<Result<CommitOperationAdd>>,
    ) -> Result<Vec<CommitOperation>> {
        let (walk, prefix) = (Arc::clone(&self.walk), self.prefix.clone());
        if self.deletions.is_empty() {
            tokio::task::spawn_blocking(move || {
                let walked =
                    walk.run(&mut |file| Ok(found.blocking_send(addition(&prefix, file)).is_ok()));
                if let Err(error) = walked {
                    // If nobody listens, the upload has failed for another reason.
                    let _ = found.blocking_send(Err(error));
                }
            });
            return Ok(Vec::new());
        }
        let ops = blocking(move || {
            let mut ops = Vec::new();
            walk.run(&mut |file| {
                ops.push(addition(&prefix, file)?);
                Ok(true)
            })?;
            Ok(ops)
        })
        .await?;
        let added: HashSet<String> = ops.iter().map(|op| op.path_in_repo().to_owned()).collect();
        tokio::spawn(async move {
            for op in ops {
                if found.send(Ok(op)).await.is_err() {
                    return;
                }
            }
        });
        delete_operations(&self.deletions, &added)
    }
}

/// Asks how files are wanted, in the order in which they were found, and passes them on.
async fn asking(
    cx: &Context,
    found: mpsc::Receiver<Result<CommitOperationAdd>>,
    prepare: &PrepareOptions,
    to_transfer: mpsc::Sender<CommitOperationAdd>,
    regular: mpsc::Sender<CommitOperationAdd>,
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
            } else if needs_transfer(&op) {
                if to_transfer.send(op).await.is_err() {
                    return Err(Error::new(
                        ErrorKind::Upload,
                        "the transfer has ended early",
                    ));
                }
            } else if regular.send(op).await.is_err() {
                return Err(Error::new(
                    ErrorKind::Upload,
                    "the commits have ended early",
                ));
            }
        }
    }
    Ok(())
}

/// Gathers what is ready into commits.
async fn assembling(
    cx: &Context,
    mut regular: mpsc::Receiver<CommitOperationAdd>,
    mut arrived: mpsc::UnboundedReceiver<CommitOperationAdd>,
    batches: mpsc::Sender<Batch>,
    target_files: &AtomicUsize,
) -> Result<()> {
    let mut batch = Batch::default();
    let mut regular_bytes = 0;
    let mut since = Instant::now();
    let (mut more_regular, mut more_arrived) = (true, true);
    while more_regular || more_arrived {
        let mut ready = Vec::new();
        let mut large = Vec::new();
        tokio::select! {
            received = regular.recv_many(&mut ready, PREUPLOAD_BATCH), if more_regular => {
                more_regular = received > 0;
            }
            received = arrived.recv_many(&mut large, PREUPLOAD_BATCH), if more_arrived => {
                more_arrived = received > 0;
            }
            () = tokio::time::sleep_until(since + MAX_AGE), if !batch.ops.is_empty() => {
                send(&batches, std::mem::take(&mut batch)).await?;
                regular_bytes = 0;
            }
        }
        ready.append(&mut large);
        for op in changed(cx, ready).await? {
            if batch.ops.is_empty() {
                since = Instant::now();
            }
            if !op.is_uploaded() {
                regular_bytes += op.size();
            }
            batch.ops.push(op);
            if batch.ops.len() >= target_files.load(Ordering::Relaxed)
                || regular_bytes >= REGULAR_BYTES_BUDGET
            {
                send(&batches, std::mem::take(&mut batch)).await?;
                regular_bytes = 0;
            }
        }
    }
    batch.last = true;
    send(&batches, batch).await
}

async fn send(batches: &mpsc::Sender<Batch>, batch: Batch) -> Result<()> {
    batches
        .send(batch)
        .await
        .map_err(|_| Error::new(ErrorKind::Upload, "the commits have ended early"))
}

/// Those that are not on the Hub as they are.
async fn changed(cx: &Context, ops: Vec<CommitOperationAdd>) -> Result<Vec<CommitOperationAdd>> {
    if ops.is_empty() {
        return Ok(ops);
    }
    let progress = cx.progress.clone();
    blocking(move || {
        let mut kept = Vec::with_capacity(ops.len());
        for op in ops {
            if is_unchanged(&op)? {
                progress.file_end(op.path_in_repo(), FileOutcome::Present);
            } else {
                kept.push(op);
            }
        }
        Ok(kept)
    })
    .await
}

/// The head that the Hub told last.
pub(super) type Head = Option<CommitHash>;
