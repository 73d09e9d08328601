//! Threads that write small files.
//!
//! One thread is sufficient as long as the disk is fast: more would only contend for the same two folders.
//! Where each file takes long (a network file system), blobs pile up and more threads are started.
//!
//! These threads are separate from the runtime's, like those that write large files
//! ([`writer`](crate::fetch::writer)).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hf_transport::{Result, Thread, spawn_thread};
use hf_types::CommitHash;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::call::destination::Destination;
use crate::call::ensure::named_by;
use crate::call::session::Session;
use crate::fetch::job::FetchJob;
use crate::store::lock::{FileLock, LocalLock};
use crate::store::spec::FileSpec;
use crate::store::write::write_small;

/// Locks that are held until the content is in place.
pub(super) type LockSet = (LocalLock, Arc<FileLock>, Option<Arc<FileLock>>);

/// The number of blobs queued for the threads. Their total size is bounded by the memory budget of the call.
const QUEUE: usize = 256;
/// The number of blobs that a thread takes at a time.
const ROUND: usize = 16;
/// The maximum number of threads.
const THREADS: usize = 8;

/// A verified blob, and the files of the commit with this content.
pub(super) struct VerifiedFile {
    pub(super) files: Vec<FileSpec>,
    pub(super) content: Vec<u8>,
    pub(super) job: FetchJob,
    pub(super) budget: OwnedSemaphorePermit,
    /// Locks that are released when the blob is in place, even if the caller is gone.
    pub(super) held: LockSet,
}

/// The sending side.
pub(super) struct SmallFileWriter<D> {
    queue: mpsc::Sender<VerifiedFile>,
    shared: Arc<Shared<D>>,
}

struct Shared<D> {
    session: Session,
    destination: D,
    commit: CommitHash,
    queue: Mutex<mpsc::Receiver<VerifiedFile>>,
    threads: Mutex<Vec<Thread<()>>>,
    failed: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<D: Destination> SmallFileWriter<D> {
    pub(super) fn new(session: &Session, destination: &D, commit: CommitHash) -> Result<Self> {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared {
            session: session.clone(),
            destination: destination.clone(),
            commit,
            queue: Mutex::new(receiver),
            threads: Mutex::default(),
            failed: AtomicBool::new(false),
        });
        shared.add_thread()?;
        Ok(Self { queue, shared })
    }

    /// Submits a blob. Returns `false` if a thread has failed; [`finish`](Self::finish) then returns the
    /// error.
    pub(super) async fn submit(&self, file: VerifiedFile) -> bool {
        if self.shared.failed.load(Ordering::Relaxed) {
            return false;
        }
        match self.queue.try_send(file) {
            Ok(()) => true,
            Err(TrySendError::Closed(_)) => false,
            Err(TrySendError::Full(file)) => {
                // If no further thread can be started, the existing ones continue.
                let _ = self.shared.add_thread();
                self.queue.send(file).await.is_ok()
            }
        }
    }

    /// Waits until everything is written.
    pub(super) async fn finish(self) -> Result<()> {
        drop(self.queue);
        let mut outcome = Ok(());
        loop {
            let thread = lock(&self.shared.threads).pop();
            let Some(thread) = thread else {
                return outcome;
            };
            let ended = thread.await;
            outcome = outcome.and(ended);
        }
    }
}

impl<D: Destination> Shared<D> {
    fn add_thread(self: &Arc<Self>) -> Result<()> {
        let mut threads = lock(&self.threads);
        if threads.len() == THREADS {
            return Ok(());
        }
        let shared = self.clone();
        threads.push(spawn_thread("hf-cache-small", move || shared.run())?);
        Ok(())
    }

    fn run(&self) -> Result<()> {
        let mut round = Vec::with_capacity(ROUND);
        loop {
            if lock(&self.queue).blocking_recv_many(&mut round, ROUND) == 0 {
                return Ok(());
            }
            for file in round.drain(..) {
                if let Err(e) = self.write(file) {
                    self.failed.store(true, Ordering::Relaxed);
                    // A caller that waits to submit must not wait for a thread that has ended.
                    lock(&self.queue).close();
                    return Err(e);
                }
            }
        }
    }

    fn write(&self, verified: VerifiedFile) -> Result<()> {
        let VerifiedFile {
            files,
            content,
            job,
            budget,
            held,
        } = verified;
        let mut outcome = Ok(());
        for (i, file) in files.into_iter().enumerate() {
            outcome = outcome.and_then(|()| {
                let (file, place) = named_by(&self.destination, &self.commit, file, job.outcome())?;
                if i == 0 {
                    write_small(&job.stem, &place, &content, job.durability)?;
                }
                self.destination.publish(&self.commit, &file)?;
                if i > 0 {
                    self.session.report_present(&file);
                }
                Ok(())
            });
            if i == 0 {
                job.progress.end(outcome.is_ok());
            }
        }
        drop((content, budget));
        drop(held);
        outcome
    }
}
