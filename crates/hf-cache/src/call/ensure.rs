//! Ensures that a file exists at its destination. Every file takes this one path: in single downloads,
//! snapshots and local folders.
//!
//! ```text
//! lock ── exists? ──yes───────────────────────────────────────► publish (link, or write metadata)
//!            │no                                                    ▲
//!            └─ small? ─yes─ download into memory, verify, write ───┤
//!                 │no                                               │
//!                 └─ download into a partial file, verify, rename ──┘
//! ```
//!
//! # Locks
//!
//! All locks are advisory: they save work, and correctness never depends on them. Content is written to a
//! file with a random name that only its writer knows, verified, and renamed into place in one step. Where
//! locks cannot be created or do not work (read-only folders, some network file systems), two processes may
//! download the same bytes, and the last rename wins with identical content. Deletion is the only exception:
//! where [usage](#locks) cannot be locked, a revision may be deleted while it is being downloaded, in which
//! case the download fails.
//!
//! Locks are always taken in this order, and no lock is waited for while one further down is held:
//!
//! | # | lock | held by | for as long as |
//! |---|---|---|---|
//! | 1 | `.locks/<repo>/.usage.lock`, shared | a download into the cache (deletions take it exclusively) | anything is written to the repository's folder |
//! | 2 | `.locks/<repo>/.small-<digit>.lock` | a snapshot with many small files | they are downloaded ([`bulk`](super::snapshot)); other processes wait for it only when they have nothing else to do |
//! | 3 | in memory, by the path of the content | a task of this process | it downloads this content |
//! | 4 | `.locks/<repo>/<etag>.lock`, or next to the metadata file in a local folder | a process (Python takes the same lock) | it downloads this content |
//! | 5 | the partial file itself | its writer | it writes; a process that gets the lock of an abandoned partial file adopts it |
//!
//! A snapshot never waits for lock 3 or 4 while it holds lock 2: content that another process has locked is
//! deferred until lock 2 is released. Lock 5 is only ever tried.
//!
//! Locks 1 to 4 move to the thread that writes the content, so that a cancelled call releases them only when
//! nothing is being written any more. The kernel releases locks 1, 2, 4 and 5 when a process dies.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hf_transport::Result;
use hf_types::CommitHash;

use super::destination::{Destination, FilePaths};
use super::session::Session;
use crate::fetch::fetch_file::fetch;
use crate::fetch::job::{FetchJob, Guards, Outcome};
use crate::fetch::open_response::OpenResponse;
use crate::fetch::progress::FileProgress;
use crate::fetch::small::{self, SMALL};
use crate::fetch::source::Source;
use crate::store::disk::{io_error, rename_closed, temp_path};
use crate::store::hash::Expected;
use crate::store::lock::{Attempt, FileLock, LocalLock, Mode, blocking};
use crate::store::spec::FileSpec;
use crate::store::write::write_small;

/// Selects what to do about a file that another task or process is downloading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenLocked {
    Wait,
    Skip,
}

/// The metadata that the Hub returned for a file.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The URL of the content, if the Hub redirected to storage.
    pub(crate) storage: Option<String>,
    /// The response with the content, if the Hub sent it. It is dropped, which closes its connection, if the
    /// call has to wait for a lock, because the content may then no longer be needed.
    pub(crate) response: Option<OpenResponse>,
}

/// Ensures that a file of `commit` exists, downloading its content if necessary. Returns its path, or `None`
/// if another task or process is downloading it and `when_locked` says not to wait.
pub(crate) async fn ensure<D: Destination>(
    session: &Session,
    destination: &D,
    commit: CommitHash,
    spec: FileSpec,
    mut found: Found,
    when_locked: WhenLocked,
) -> Result<Option<PathBuf>> {
    let paths = destination.paths(&commit, &spec)?;
    let in_process = match (LocalLock::try_acquire(&paths.content), when_locked) {
        (Some(lock), _) => lock,
        (None, WhenLocked::Skip) => return Ok(None),
        (None, WhenLocked::Wait) => {
            found.response = None;
            LocalLock::acquire(&paths.content).await
        }
    };
    let (attempt, there) = {
        let (lock, force) = (paths.lock.clone(), session.force);
        let (destination, commit, spec) = (destination.clone(), commit, spec.clone());
        blocking(move || {
            destination.create_folders(&commit, &spec)?;
            let attempt = FileLock::try_acquire(&lock, Mode::Exclusive);
            let there = !force && destination.find(&commit, &spec)?;
            Ok((attempt, there))
        })
        .await?
    };
    if there {
        session.report_present(&spec);
        return Ok(Some(paths.file));
    }
    let lock = match (attempt, when_locked) {
        (Attempt::Held(lock), _) => lock,
        (Attempt::Busy(_), WhenLocked::Skip) => return Ok(None),
        (Attempt::Busy(_), WhenLocked::Wait) => {
            found.response = None;
            let lock = FileLock::acquire(paths.lock.clone(), Mode::Exclusive).await?;
            let (destination, wanted, force) = (destination.clone(), spec.clone(), session.force);
            let find = move || Ok(!force && destination.find(&commit, &wanted)?);
            if blocking(find).await? {
                session.report_present(&spec);
                return Ok(Some(paths.file));
            }
            lock
        }
    };
    let guards: Guards = Box::new((in_process, lock, destination.usage()));
    fetch_locked(session, destination, commit, spec, paths, found, guards)
        .await
        .map(Some)
}

/// Downloads content whose locks are held as `guards`.
async fn fetch_locked<D: Destination>(
    session: &Session,
    destination: &D,
    commit: CommitHash,
    spec: FileSpec,
    paths: FilePaths,
    found: Found,
    guards: Guards,
) -> Result<PathBuf> {
    let Found { storage, response } = found;
    let accepted = session.accepted(commit, &spec);
    let target = session.target(commit.as_str(), &spec.path);
    let FilePaths {
        file,
        content: destination_path,
        stem,
        ..
    } = paths;
    let source = Source::with_storage(target, storage);
    let job = job(session, &spec, source, stem.clone(), destination_path);
    let destination = destination.clone();
    let outcome = match spec.size {
        Some(size) if size <= SMALL && accepted.is_none() => {
            let durability = job.durability;
            match small::fetch(&session.cx, &job, size, response).await {
                Ok(content) => {
                    let outcome = job.outcome();
                    blocking(move || {
                        let _held = guards;
                        let (spec, place) = named_by(&destination, &commit, spec, outcome)?;
                        write_small(&stem, &place, &content, durability)?;
                        destination.publish(&commit, &spec)
                    })
                    .await
                }
                Err(e) => Err(e),
            }
        }
        _ => {
            let (fetched, guards) =
                fetch(&session.cx, &job, accepted.as_ref(), response, guards).await;
            match fetched {
                Ok(()) => {
                    let (outcome, written) = (job.outcome(), job.destination.clone());
                    let durability = job.durability;
                    let (has_xet_hash, replace) =
                        (job.has_xet_hash.load(Ordering::Relaxed), session.force);
                    blocking(move || {
                        let _held = guards;
                        let (spec, place) = named_by(&destination, &commit, spec, outcome)?;
                        if written != place {
                            rename_closed(&written, &place, durability)
                                .map_err(|e| io_error("rename into place", &place, e))?;
                        }
                        if has_xet_hash {
                            destination.share(&spec, replace)?;
                        }
                        destination.publish(&commit, &spec)
                    })
                    .await
                }
                Err(e) => Err(e),
            }
        }
    };
    job.progress.end(outcome.is_ok());
    outcome.map(|()| file)
}

/// Returns the file as its content names it, and the path of that content.
///
/// The two differ from what was announced for a call that does not verify, if a server announces the hash of
/// another version: the bytes are kept under their own hash, and a later download of the announced version
/// does not find them in its place.
pub(super) fn named_by<D: Destination>(
    destination: &D,
    commit: &CommitHash,
    mut spec: FileSpec,
    outcome: Outcome,
) -> Result<(FileSpec, PathBuf)> {
    let Outcome { etag, place } = outcome;
    if etag != spec.etag {
        tracing::warn!(
            file = %spec.path,
            announced = %spec.etag,
            actual = %etag,
            "the content is not the announced one; it is kept under its own hash"
        );
        spec.etag = etag;
        spec.xet_hash = None;
    }
    let place = match place {
        Some(place) => place,
        None => destination.paths(commit, &spec)?.content,
    };
    Ok((spec, place))
}

/// Creates the job that downloads content from `source`.
pub(super) fn job(
    session: &Session,
    spec: &FileSpec,
    source: Source,
    stem: PathBuf,
    destination: PathBuf,
) -> FetchJob {
    // Content that is not verified gets its final name only when its hash is known.
    let destination = if session.verify {
        destination
    } else {
        temp_path(&destination)
    };
    FetchJob {
        source,
        progress: FileProgress::new(&session.cx.reporter, spec.path.as_str(), spec.size),
        etag: spec.etag.clone(),
        size: spec.size,
        expected: Expected::of(&spec.etag),
        unverified: (!session.verify).then(Arc::default),
        listed: spec.listed,
        strict: session.strict,
        resume: !session.force,
        parallel: AtomicBool::new(true),
        by_ranges: AtomicBool::new(false),
        has_xet_hash: AtomicBool::new(false),
        stem,
        destination,
        durability: session.durability(),
    }
}
