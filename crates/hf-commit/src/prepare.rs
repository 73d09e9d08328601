//! Prepares a list of files for a commit: sends the preupload requests and uploads the large files.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use hf_transport::Result;
use hf_types::CommitHash;
use tokio::sync::mpsc;

use crate::content::Content;
use crate::context::Context;
use crate::file::{ClassifiedFile, CommitFile, FoundFile, IgnoredFile, LargeFile};
use crate::limits::{PREUPLOAD_BATCH, PREUPLOAD_CONCURRENCY, TRANSFER_QUEUE};
use crate::operation::CommitOperationAdd;
use crate::preupload::{PreuploadOptions, PreuploadedBatch, preupload};
use crate::transfer::{StoredSender, TransferOptions, ended_early, never_stored, run_transfers};

/// A file that is ready for its commit, or is excluded from it.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "few files are excluded: an allocation for each other would cost more"
)]
pub(crate) enum PreparedFile {
    Ignored(IgnoredFile),
    Ready(CommitFile),
}

/// The result of [`prepare`].
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// In the order of the additions.
    pub(crate) files: Vec<PreparedFile>,
    /// The head of the branch before the commit, if the Hub reported it.
    pub(crate) head: Option<CommitHash>,
}

/// Sends the preupload requests and uploads the large files, both at the same time.
pub(crate) async fn prepare(
    cx: &Context,
    adds: Vec<CommitOperationAdd>,
    create_pr: bool,
    git_ignore: Option<String>,
    options: &TransferOptions,
) -> Result<Prepared> {
    let paths: Vec<String> = adds
        .iter()
        .map(|add| add.path_in_repo().to_owned())
        .collect();
    let preupload_options = PreuploadOptions::new(create_pr, git_ignore, options.index.clone());
    let (to_transfer, files) = mpsc::channel(TRANSFER_QUEUE);
    let (stored, mut stored_files) = StoredSender::channel();
    let classified = preupload_all(cx, adds, &preupload_options, to_transfer);
    let transfers = run_transfers(cx, create_pr, files, stored, options);
    tokio::pin!(classified, transfers);
    // Polled first, because a failed transfer reports the cause; the preupload stage would only notice that
    // its receiver is gone.
    let (mut slots, head) = tokio::select! {
        biased;
        failed = &mut transfers => {
            failed?;
            classified.await?
        }
        slots = &mut classified => {
            let slots = slots?;
            transfers.await?;
            slots
        }
    };
    while let Ok((slot, file)) = stored_files.try_recv() {
        if let Some(place) = slots.get_mut(slot) {
            *place = Some(PreparedFile::Ready(CommitFile::Stored(file)));
        }
    }
    let files = slots
        .into_iter()
        .zip(&paths)
        .map(|(slot, path)| slot.ok_or_else(|| never_stored(path)))
        .collect::<Result<_>>()?;
    Ok(Prepared { files, head })
}

/// Sends the preupload requests. Large files are passed to the transfers, and their slots stay empty.
async fn preupload_all(
    cx: &Context,
    adds: Vec<CommitOperationAdd>,
    options: &PreuploadOptions,
    to_transfer: mpsc::Sender<LargeFile>,
) -> Result<(Vec<Option<PreparedFile>>, Option<CommitHash>)> {
    let mut slots = Vec::with_capacity(adds.len());
    let mut first_head = None;
    let found = adds
        .into_iter()
        .enumerate()
        .map(|(slot, add)| FoundFile::new(slot, add));
    let mut batches = stream::iter(found)
        .chunks(PREUPLOAD_BATCH)
        .map(|batch| preupload(cx, batch, options))
        .buffered(PREUPLOAD_CONCURRENCY);
    while let Some(PreuploadedBatch { files, head }) = batches.try_next().await? {
        first_head = first_head.or(head);
        for file in files {
            let large = match file {
                ClassifiedFile::Ignored(file) => {
                    slots.push(Some(PreparedFile::Ignored(file)));
                    continue;
                }
                ClassifiedFile::Regular(file) => {
                    slots.push(Some(PreparedFile::Ready(CommitFile::Regular(file))));
                    continue;
                }
                ClassifiedFile::Large(file) => file,
            };
            slots.push(None);
            if to_transfer.send(large).await.is_err() {
                return Err(ended_early());
            }
        }
    }
    Ok((slots, first_head))
}

/// Returns the content of the `.gitignore` among the files, if there is one. The Hub applies it to the
/// others.
pub(crate) async fn git_ignore_of<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a Content)>,
) -> Result<Option<String>> {
    match files.into_iter().find(|(path, _)| *path == ".gitignore") {
        Some((path, content)) => content.read_text(path).await.map(Some),
        None => Ok(None),
    }
}
