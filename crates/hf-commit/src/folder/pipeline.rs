//! The stages of an upload, connected by bounded channels: walk, preupload, transfer, batch, commit.

use std::pin::pin;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use hf_transport::Result;
use hf_transport::progress::FileOutcome;
use tokio::sync::mpsc;

use super::addition;
use super::batch_size::BatchSizer;
use super::batcher::{Batcher, Queued, QueuedBatch};
use super::commits::{Committer, Done};
use super::state::PullRequestState;
use crate::blocking::spawn_thread;
use crate::context::Context;
use crate::file::{ClassifiedFile, CommitFile, FoundFile, LargeFile};
use crate::limits::{PREUPLOAD_BATCH, PREUPLOAD_CONCURRENCY, TRANSFER_QUEUE};
use crate::operation::{CommitOperationAdd, CommitOperationDelete};
use crate::options::CommitOptions;
use crate::outcome::CommitOutcome;
use crate::preupload::{PreuploadOptions, PreuploadedBatch, preupload};
use crate::transfer::{StoredSender, ended_early, run_transfers};
use crate::walk::Walk;

/// Files that were found and await their preupload request.
const FOUND_QUEUE: usize = 2 * PREUPLOAD_BATCH;
/// Batches of files that wait to be assembled into a commit.
const BATCH_QUEUE: usize = 4;
/// Batches that wait for the previous commit. A longer queue would only use memory.
const COMMIT_QUEUE: usize = 1;

/// The source of the files of an upload.
pub(super) enum Files {
    /// Files found by a walk that runs during the upload. `prefix` is prepended to their paths.
    Walk { walk: Arc<Walk>, prefix: String },
    /// A known list of files.
    List(Vec<CommitOperationAdd>),
}

impl Files {
    /// Sends the files from a separate thread, which waits while the later stages are busy.
    fn start(self, found: mpsc::Sender<Result<CommitOperationAdd>>) -> Result<()> {
        spawn_thread("hf-upload-walk", move || match self {
            Self::Walk { walk, prefix } => {
                let walked =
                    walk.run(&mut |file| Ok(found.blocking_send(addition(&prefix, file)).is_ok()));
                if let Err(error) = walked {
                    // If there is no receiver, the upload has failed for another reason.
                    let _ = found.blocking_send(Err(error));
                }
            }
            Self::List(files) => {
                for file in files {
                    if found.blocking_send(Ok(file)).is_err() {
                        break;
                    }
                }
            }
        })
    }
}

pub(super) struct Pipeline {
    pub(super) cx: Context,
    pub(super) files: Files,
    pub(super) deletions: Vec<CommitOperationDelete>,
    pub(super) git_ignore: Option<String>,
    pub(super) message: String,
    pub(super) pr_state: PullRequestState,
    /// The pull request to continue with; the target is its revision.
    pub(super) pull_request: Option<u64>,
    pub(super) files_per_commit: Option<usize>,
    pub(super) options: CommitOptions,
}

impl Pipeline {
    pub(super) async fn run(self) -> Result<CommitOutcome> {
        let cx = &self.cx;
        let (create_pr, index) = (self.options.create_pr, self.options.hash_index.clone());
        let (found_tx, found) = mpsc::channel(FOUND_QUEUE);
        self.files.start(found_tx)?;
        let (to_transfer, large_files) = mpsc::channel(TRANSFER_QUEUE);
        let (stored_tx, stored) = StoredSender::channel();
        let (queued_tx, queued_rx) = mpsc::channel(BATCH_QUEUE);
        let (batches_tx, batches) = mpsc::channel(COMMIT_QUEUE);
        let preupload_options = PreuploadOptions::new(create_pr, self.git_ignore, index.clone());
        let transfer_options = self.options.transfer_options()?;
        let sizer = BatchSizer::new(self.files_per_commit);
        let batcher = Batcher::new(cx, index, batches_tx, sizer.limit());
        let mut committer = Committer {
            cx: cx.clone(),
            options: &self.options,
            message: &self.message,
            deletions: self.deletions,
            pr_state: self.pr_state,
            sizer,
            done: Done::default(),
        };
        if let Some(num) = self.pull_request {
            committer.switch_to(num);
        }
        // Polled first, because a failed transfer reports the cause; the stages around it only notice that it
        // is gone.
        let ((), (), (), outcome) = futures_util::try_join!(
            run_transfers(cx, create_pr, large_files, stored_tx, &transfer_options),
            preupload_all(cx, found, &preupload_options, to_transfer, queued_tx),
            batcher.run(queued_rx, stored),
            committer.run(batches),
        )?;
        Ok(outcome)
    }
}

/// Sends preupload requests in the order in which the files were found, and passes the files on.
async fn preupload_all(
    cx: &Context,
    found: mpsc::Receiver<Result<CommitOperationAdd>>,
    options: &PreuploadOptions,
    to_transfer: mpsc::Sender<LargeFile>,
    queued_tx: mpsc::Sender<QueuedBatch>,
) -> Result<()> {
    let batches = stream::unfold((found, 0), |(mut found, mut slot)| async move {
        let mut batch = Vec::with_capacity(PREUPLOAD_BATCH);
        while batch.len() < PREUPLOAD_BATCH {
            match found.recv().await {
                Some(Ok(add)) => {
                    batch.push(FoundFile::new(slot, add));
                    slot += 1;
                }
                Some(Err(error)) => return Some((Err(error), (found, slot))),
                None => break,
            }
        }
        (!batch.is_empty()).then_some((Ok(batch), (found, slot)))
    });
    let mut preuploaded = pin!(
        batches
            .map(|batch| async { preupload(cx, batch?, options).await })
            .buffered(PREUPLOAD_CONCURRENCY)
    );
    // The batches keep their order, and with it the indices.
    let mut slot = 0;
    while let Some(PreuploadedBatch { files, head }) = preuploaded.try_next().await? {
        let mut queued = Vec::with_capacity(files.len());
        let mut large_files = Vec::new();
        for file in files {
            let file = match file {
                ClassifiedFile::Ignored(file) => {
                    cx.progress
                        .file_end(&file.path_in_repo, FileOutcome::Present);
                    None
                }
                ClassifiedFile::Regular(file) => Some(Queued::Ready(CommitFile::Regular(file))),
                ClassifiedFile::Large(file) => {
                    let path_in_repo = file.path_in_repo().into();
                    large_files.push(file);
                    Some(Queued::InTransfer { path_in_repo })
                }
            };
            queued.extend(file.map(|file| (slot, file)));
            slot += 1;
        }
        let queued = QueuedBatch {
            files: queued,
            head,
        };
        queued_tx.send(queued).await.map_err(|_| ended_early())?;
        for file in large_files {
            to_transfer.send(file).await.map_err(|_| ended_early())?;
        }
    }
    Ok(())
}
