//! The large files of commits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::ready;
use futures_util::stream::{self, StreamExt as _};
use hf_cas::client::{Access, TokenRoute};
use hf_cas::upload::{Upload, UploadSource};
use hf_transport::progress::FileOutcome;
use hf_transport::{BoxFuture, Error, Result};
use tokio::sync::mpsc;

use super::open_store;
use crate::blocking::blocking;
use crate::content::KnownHashes;
use crate::context::Context;
use crate::file::{LargeFile, LargeFileReader};
use crate::index::HashIndex;
use crate::transfer::{StoredSender, UploadJob, UploadTransfer, ended_early};

/// Files whose hashes are looked up at the same time.
const LOOKUPS: usize = 4;

/// The upload to Xet storage: in chunks, of which only those are sent that the storage does not have.
///
/// A file is read once. Nothing else is needed of the Hub than a token (`GET /api/.../xet-write-token/{revision}`); where
/// it has none (404), or where [`disable_xet`](hf_transport::Config::disable_xet) says so, all files are left to
/// [`LfsTransfer`](crate::LfsTransfer). What is learned of the storage is kept in
/// [`xet_cache`](hf_transport::Config::xet_cache).
#[derive(Debug, Clone, Copy, Default)]
pub struct XetUploadTransfer;

impl UploadTransfer for XetUploadTransfer {
    fn name(&self) -> &'static str {
        "xet"
    }

    fn upload(&self, job: UploadJob) -> BoxFuture<'_, Result<()>> {
        Box::pin(run(job))
    }
}

async fn run(job: UploadJob) -> Result<()> {
    let UploadJob {
        cx,
        create_pr,
        options,
        mut files,
        declined,
        stored,
    } = job;
    // A file that is there already is reason enough not to ask for a token.
    let Some(first) = next_changed(&cx, &mut files, options.index.as_ref(), &stored).await? else {
        return Ok(());
    };
    let Some(upload) = prepare(&cx, create_pr).await? else {
        let mut next = Some(first);
        while let Some(file) = next {
            declined.send(file).await.map_err(|_| ended_early())?;
            next = files.recv().await;
        }
        return Ok(());
    };
    drop(declined);

    let in_flight: Mutex<HashMap<u64, LargeFile>> = Mutex::default();
    let locked = || in_flight.lock().unwrap_or_else(PoisonError::into_inner);
    let (lookup_index, index) = (options.index.clone(), options.index);
    let rest = stream::poll_fn(move |task| files.poll_recv(task));
    let sources = stream::once(ready(first))
        .chain(rest)
        .map(|file| recalled(lookup_index.clone(), file))
        .buffered(LOOKUPS)
        .filter_map(|recalled| {
            let source = recalled.and_then(|(file, unchanged)| {
                if unchanged {
                    done_unchanged(&cx, &stored, file).map(|()| None)
                } else {
                    cx.progress.file_begin(file.path_in_repo(), file.size());
                    let source = source_of(&file);
                    locked().insert(file.slot as u64, file);
                    Ok(Some(source))
                }
            });
            // An error is that of the source, which ends the upload.
            ready(source.unwrap_or_else(|error| Some(failed(error))))
        });
    upload
        .run(sources, |uploaded| {
            let file = locked().remove(&uploaded.id);
            let (Some(file), Some(sha256)) = (file, uploaded.sha256) else {
                return Err(ended_early());
            };
            if let (Some(index), Some(identity)) = (&index, &file.identity) {
                let hashes = KnownHashes {
                    sha256: Some(sha256),
                    git_sha1: None,
                };
                index.remember([(identity, hashes)]);
            }
            cx.progress.file_end(file.path_in_repo(), FileOutcome::Done);
            stored.done(file, sha256)
        })
        .await
        .inspect_err(|_| {
            for file in locked().values() {
                cx.progress
                    .file_end(file.path_in_repo(), FileOutcome::Failed);
            }
        })
}

/// Returns the upload to the storage of the repository, if it has one.
async fn prepare(cx: &Context, create_pr: bool) -> Result<Option<Upload>> {
    if cx.client.config().disable_xet {
        return Ok(None);
    }
    let target = &cx.target;
    let route = TokenRoute::repo(
        target.repo_type,
        &target.repo_id,
        &target.revision,
        Access::Write,
    );
    let route = route.create_pr(create_pr).options(cx.requests.clone());
    match open_store(&cx.client, route, &cx.progress).await {
        Ok(upload) => Ok(Some(upload)),
        Err(error) if error.is_not_found() => {
            tracing::debug!(%error, "the Hub has no Xet storage for the repository; using Git LFS");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Waits for a file that the repository does not have.
async fn next_changed(
    cx: &Context,
    files: &mut mpsc::Receiver<LargeFile>,
    index: Option<&Arc<HashIndex>>,
    stored: &StoredSender,
) -> Result<Option<LargeFile>> {
    while let Some(file) = files.recv().await {
        let (file, unchanged) = recalled(index.cloned(), file).await?;
        if !unchanged {
            return Ok(Some(file));
        }
        done_unchanged(cx, stored, file)?;
    }
    Ok(None)
}

/// Looks up the hash of a file. Returns whether the repository has the file already.
async fn recalled(index: Option<Arc<HashIndex>>, mut file: LargeFile) -> Result<(LargeFile, bool)> {
    if file.sha256().is_none()
        && let Some(index) = index
        && file.identity.is_some()
    {
        file = blocking(move || {
            let known = file
                .identity
                .as_ref()
                .and_then(|identity| index.recall(identity).sha256);
            if let Some(known) = known {
                file.set_sha256(known);
            }
            Ok(file)
        })
        .await?;
    }
    let unchanged = file
        .sha256()
        .is_some_and(|sha256| file.is_unchanged(sha256));
    Ok((file, unchanged))
}

fn done_unchanged(cx: &Context, stored: &StoredSender, file: LargeFile) -> Result<()> {
    let Some(sha256) = file.sha256() else {
        return Err(ended_early());
    };
    cx.progress
        .file_end(file.path_in_repo(), FileOutcome::Present);
    stored.done(file, sha256)
}

fn source_of(file: &LargeFile) -> UploadSource {
    let content = file.content.clone();
    UploadSource::new(file.path_in_repo(), file.size(), move || {
        Ok(Box::new(LargeFileReader::open(&content, 0)?))
    })
    .with_id(file.slot as u64)
}

fn failed(error: Error) -> UploadSource {
    UploadSource::new("", 1, move || Err(error.clone()))
}
