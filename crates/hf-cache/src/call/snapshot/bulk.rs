//! Downloads many small files under one lock and writes them in batches.
//!
//! For a small file, the overhead dominates: a lock file would cost as much as the file, and a hop to another
//! thread even more. So one process at a time downloads the small files of a commit, under one lock; another
//! process with the same snapshot waits and then finds them. The lock of a single blob, which Python and
//! downloads of that one file take, is respected but not taken.
//!
//! ```text
//! unscanned ──scan, 256 at a time──► ready ──fetched by a worker──► written by a thread
//!                   │  └─ there already: linked
//!                   └─ locked by somebody: deferred to the end
//! ```

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hf_transport::{Error, ErrorKind, Result};
use hf_types::CommitHash;

use super::files::Files;
use super::small_writer::{SmallFileWriter, VerifiedFile};
use crate::call::destination::{Destination, FilePaths};
use crate::call::ensure::job;
use crate::call::session::Session;
use crate::fetch::resolve_cache::ResolveCache;
use crate::fetch::small;
use crate::fetch::source::Source;
use crate::store::lock::{FileLock, LocalLock, Mode, blocking};
use crate::store::spec::FileSpec;

/// How many files are examined together, on a thread that may block.
const SCAN: usize = 256;
/// When fewer files than this are ready, the next ones are examined.
const REFILL_BELOW: usize = 64;

/// A blob to download.
struct SmallFetch {
    /// The files with this content.
    files: Vec<FileSpec>,
    paths: FilePaths,
    in_process: LocalLock,
    bulk: Arc<FileLock>,
}

struct Unscanned {
    /// Sorted by content, so that files with equal content are adjacent.
    files: VecDeque<FileSpec>,
    lock_path: PathBuf,
    lock: Option<Arc<FileLock>>,
    /// Nothing was there when the lock was taken, so that nothing needs to be looked for.
    fresh: bool,
}

pub(super) struct Bulk<D> {
    session: Session,
    destination: D,
    commit: CommitHash,
    /// Whoever holds this lock examines the next files.
    unscanned: tokio::sync::Mutex<Unscanned>,
    ready: Mutex<VecDeque<SmallFetch>>,
    deferred: Arc<Files>,
    resolve_cache: Arc<ResolveCache>,
    writer: SmallFileWriter<D>,
}

/// The result of examining a batch of files.
#[derive(Default)]
struct Scan {
    fetches: Vec<SmallFetch>,
    present: Vec<FileSpec>,
    deferred: Vec<FileSpec>,
}

fn content(spec: &FileSpec) -> (&str, Option<u64>) {
    (spec.etag.as_str(), spec.size)
}

impl<D: Destination> Bulk<D> {
    pub(super) fn new(
        session: &Session,
        destination: &D,
        commit: CommitHash,
        lock_path: PathBuf,
        mut files: Vec<FileSpec>,
        deferred: Arc<Files>,
    ) -> Result<Self> {
        files.sort_by(|a, b| content(a).cmp(&content(b)));
        Ok(Self {
            session: session.clone(),
            destination: destination.clone(),
            commit,
            unscanned: tokio::sync::Mutex::new(Unscanned {
                files: files.into(),
                lock_path,
                lock: None,
                fresh: false,
            }),
            ready: Mutex::default(),
            deferred,
            resolve_cache: Arc::new(ResolveCache::new(
                session.cx.client.endpoint(),
                session.repo_type,
                &session.repo_id,
                commit,
            )),
            writer: SmallFileWriter::new(session, destination, commit)?,
        })
    }

    fn ready(&self) -> MutexGuard<'_, VecDeque<SmallFetch>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Downloads the next blob and submits it to the writer. Returns `false` if there are no more.
    pub(super) async fn fetch_next(&self) -> Result<bool> {
        match self.next().await? {
            Some(fetch) => self.fetch(fetch).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Waits until all blobs are in place.
    pub(super) async fn finish(self) -> Result<()> {
        self.writer.finish().await
    }

    async fn next(&self) -> Result<Option<SmallFetch>> {
        loop {
            let (fetch, left) = {
                let mut ready = self.ready();
                (ready.pop_front(), ready.len())
            };
            if let Some(fetch) = fetch {
                // A worker that finds few files ready examines the next ones while the others continue.
                if left < REFILL_BELOW
                    && let Ok(mut unscanned) = self.unscanned.try_lock()
                {
                    self.scan_next(&mut unscanned).await?;
                }
                return Ok(Some(fetch));
            }
            let mut unscanned = self.unscanned.lock().await;
            if self.ready().is_empty() && !self.scan_next(&mut unscanned).await? {
                return Ok(None);
            }
        }
    }

    /// Examines files until there is something to download. Returns `false` if there are no more files.
    async fn scan_next(&self, unscanned: &mut Unscanned) -> Result<bool> {
        loop {
            if unscanned.files.is_empty() {
                // Blobs that are still being written hold the lock.
                unscanned.lock = None;
                return Ok(false);
            }
            let lock = if let Some(lock) = &unscanned.lock {
                lock.clone()
            } else {
                let path = unscanned.lock_path.clone();
                let lock = Arc::new(FileLock::acquire(path, Mode::Exclusive).await?);
                let destination = self.destination.clone();
                unscanned.fresh = blocking(move || Ok(destination.is_fresh())).await?;
                unscanned.lock.insert(lock).clone()
            };
            let mut count = SCAN.min(unscanned.files.len());
            // Files with equal content stay together.
            while let (Some(last), Some(next)) =
                (unscanned.files.get(count - 1), unscanned.files.get(count))
                && content(last) == content(next)
            {
                count += 1;
            }
            let files: Vec<_> = unscanned.files.drain(..count).collect();
            let (destination, commit) = (self.destination.clone(), self.commit);
            let look = Look {
                at_locks: !unscanned.fresh,
                for_content: !unscanned.fresh && !self.session.force,
            };
            let scan = blocking(move || scan(&destination, commit, look, &lock, files)).await?;
            for spec in &scan.present {
                self.session.report_present(spec);
            }
            self.deferred.push(scan.deferred);
            if !scan.fetches.is_empty() {
                self.ready().extend(scan.fetches);
                return Ok(true);
            }
        }
    }

    async fn fetch(&self, fetch: SmallFetch) -> Result<()> {
        let SmallFetch {
            files,
            paths,
            in_process,
            bulk,
        } = fetch;
        let Some(first) = files.first() else {
            return Ok(());
        };
        let size = first.size.unwrap_or_default();
        let target = self.session.target(self.commit.as_str(), &first.path);
        let shortcut = Some(first)
            .filter(|_| self.session.verify)
            .and_then(|spec| self.resolve_cache.target(spec));
        let source = Source::with_shortcut(target, shortcut, &self.resolve_cache);
        let job = job(&self.session, first, source, paths.stem, paths.content);
        let content = match small::fetch(&self.session.cx, &job, size, None).await {
            Ok(content) => content,
            Err(e) => {
                job.progress.end(false);
                return Err(e);
            }
        };
        let verified = VerifiedFile {
            budget: self.session.cx.reserve_memory(content.len()).await?,
            files,
            content,
            job,
            held: (in_process, bulk, self.destination.usage()),
        };
        if self.writer.submit(verified).await {
            return Ok(());
        }
        // The writer's own error, which `finish` returns, explains the reason.
        Err(Error::new(
            ErrorKind::Io,
            "a file could not be written to the cache",
        ))
    }
}

/// What is looked at before a file is downloaded.
#[derive(Clone, Copy)]
struct Look {
    at_locks: bool,
    for_content: bool,
}

/// Examines files whose bulk lock is held. Files whose content exists are published.
fn scan<D: Destination>(
    destination: &D,
    commit: CommitHash,
    look: Look,
    bulk: &Arc<FileLock>,
    files: Vec<FileSpec>,
) -> Result<Scan> {
    let mut scan = Scan::default();
    let mut files = files.into_iter().peekable();
    while let Some(first) = files.next() {
        let mut same = vec![first];
        while let Some(next) = files.next_if(|spec| content(spec) == content(&same[0])) {
            same.push(next);
        }
        let paths = destination.paths(&commit, &same[0])?;
        let in_process = LocalLock::try_acquire(&paths.content);
        let busy = look.at_locks && FileLock::is_held(&paths.lock);
        let (Some(in_process), false) = (in_process, busy) else {
            scan.deferred.extend(same);
            continue;
        };
        if look.for_content && destination.find(&commit, &same[0])? {
            for file in &same[1..] {
                destination.publish(&commit, file)?;
            }
            scan.present.extend(same);
        } else {
            scan.fetches.push(SmallFetch {
                files: same,
                paths,
                in_process,
                bulk: bulk.clone(),
            });
        }
    }
    Ok(scan)
}
