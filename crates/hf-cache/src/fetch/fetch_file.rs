//! Downloads, verifies and publishes a file, using the first transfer that succeeds.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hf_transport::{Error, ErrorKind, Result};

use super::context::Context;
use super::download_file::DownloadFile;
use super::http;
use super::job::{FetchJob, Guards};
use super::open_response::OpenResponse;
use super::transfer::{DownloadJob, DownloadTransfer};
use super::writer::{FileWriter, Target, on_hashed};
use crate::store::partial::Progress;

/// The transfers that accept a file, in the order in which they are tried.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) file: DownloadFile,
    pub(crate) transfers: Vec<Arc<dyn DownloadTransfer>>,
}

/// A failed attempt.
struct Failed {
    error: Error,
    /// The bytes came from several responses or attempts.
    pieced: bool,
    /// The disk failed, so that another transfer would fail too.
    on_disk: bool,
}

/// Downloads the content of `job` to its destination. `opened` is a response that has already started, if
/// there is one.
///
/// `guards` are held until nothing is being written any more, even if the caller is cancelled, and are then
/// returned.
pub(crate) async fn fetch(
    cx: &Context,
    job: &FetchJob,
    accepted: Option<&Accepted>,
    opened: Option<OpenResponse>,
    guards: Guards,
) -> (Result<()>, Option<Guards>) {
    let mut guards = Some(guards);
    let outcome = try_all(cx, job, accepted, opened, &mut guards).await;
    (outcome, guards)
}

async fn try_all(
    cx: &Context,
    job: &FetchJob,
    accepted: Option<&Accepted>,
    opened: Option<OpenResponse>,
    guards: &mut Option<Guards>,
) -> Result<()> {
    if let Some(Accepted { file, transfers }) = accepted {
        for transfer in transfers {
            let way = Some((&**transfer, file));
            let Err(failed) = attempt(cx, job, job.resume, way, None, guards).await else {
                return Ok(());
            };
            if failed.on_disk {
                return Err(failed.error);
            }
            let reason = failed.error.to_string();
            tracing::warn!(
                file = job.file(),
                transfer = transfer.name(),
                error = reason,
                "the transfer failed; continuing with the next one"
            );
            job.progress.retry(1, &reason);
        }
    }
    match attempt(cx, job, job.resume, None, opened, guards).await {
        // Bytes left by an earlier attempt may have been damaged since, and some servers send wrong ranges.
        // Try once more from a single response.
        Err(Failed { error, pieced, .. }) if pieced && error.kind() == ErrorKind::Checksum => {
            tracing::warn!(file = job.file(), %error, "starting over with a single response");
            job.parallel.store(false, Ordering::Relaxed);
            attempt(cx, job, false, None, None, guards).await
        }
        other => other,
    }
    .map_err(|failed| failed.error)
}

/// Runs one transfer, starting from the bytes that exist.
async fn attempt(
    cx: &Context,
    job: &FetchJob,
    resume: bool,
    way: Option<(&dyn DownloadTransfer, &DownloadFile)>,
    opened: Option<OpenResponse>,
    guards: &mut Option<Guards>,
) -> Result<(), Failed> {
    let reporter = cx.reporter.clone();
    let file = job.file().to_owned();
    let target = Target {
        durability: job.durability,
        file: file.clone(),
        stem: job.stem.clone(),
        destination: job.destination.clone(),
        expected: job.expected,
        unverified: job.unverified.clone(),
        size: job.size,
        resume,
        hash_at_end: !job.strict && way.is_some_and(|(transfer, _)| transfer.verifies()),
        on_hashed: on_hashed(move |bytes| reporter.hashed(&file, bytes)),
    };
    // Shared with the writer thread, which may outlive this future.
    let shared = Arc::new(guards.take());
    let (writer, progress) = match FileWriter::open(target, shared.clone()).await {
        Ok(opened) => opened,
        Err(error) => {
            *guards = Arc::into_inner(shared).flatten();
            return Err(Failed {
                error,
                pieced: false,
                on_disk: true,
            });
        }
    };
    let resumed = progress != Progress::Prefix(0);
    let mut on_disk = false;
    let (mut verified, mut has_xet_hash) = (false, false);
    let result = match way {
        Some((transfer, file)) => {
            job.progress.begin(progress.total());
            let download = DownloadJob::new(cx, job, file, &writer, progress);
            let carried_out = download.carry_out(transfer).await;
            on_disk = download.disk_failed();
            verified = download.is_verified();
            has_xet_hash = download.has_xet_hash.load(Ordering::Relaxed);
            if carried_out.is_err() && !resume && !on_disk {
                // No other transfer continues the partial file.
                let _ = download.restart().await;
            }
            carried_out
        }
        None => http::run(cx, job, opened, &writer, progress).await,
    };
    let result = match result {
        Ok(size) => {
            let finished = writer.finish(size, verified).await;
            on_disk |= finished
                .as_ref()
                .is_err_and(|e| e.kind() != ErrorKind::Checksum);
            job.has_xet_hash.store(has_xet_hash, Ordering::Relaxed);
            finished
        }
        // If the thread has failed, its error is the cause.
        Err(e) => match writer.close().await {
            Ok(()) => Err(e),
            Err(cause) => {
                on_disk = true;
                Err(cause)
            }
        },
    };
    *guards = Arc::into_inner(shared).flatten();
    result.map_err(|error| Failed {
        error,
        pieced: resumed || job.by_ranges.load(Ordering::Relaxed),
        on_disk,
    })
}
