//! The end of the pipe for small files: finished contents get their names and their links here, many in a row by one thread.
//!
//! One thread does it as long as the disk is quick: more would only wait for each other at the same two folders. On a
//! file system of another machine a file takes long and others can be made meanwhile: there more threads join.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hf_transport::Result;
use hf_transport::progress::{FileOutcome, ProgressEvent};
use hf_types::CommitHash;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinHandle;

use crate::call::place::{CacheStore, FileSpec, write_small};
use crate::fetch::context::Context;
use crate::store::lock::joined;

/// Contents on their way to a thread. Their bytes are bounded by the budget of the call, this bounds their number.
const QUEUE: usize = 256;
/// Contents that a thread takes at a time.
const ROUND: usize = 16;
/// Threads at most.
const THREADS: usize = 8;
/// A file that takes longer than this waits for something else than this machine.
const SLOW: Duration = Duration::from_millis(1);

/// A verified content, and the files of the commit that have it.
pub(super) struct Finished<G> {
    pub(super) files: Vec<FileSpec>,
    pub(super) content: Vec<u8>,
    pub(super) budget: OwnedSemaphorePermit,
    /// Given back when the content is in its place.
    pub(super) guards: G,
}

/// The sending side.
pub(super) struct Shelf<G> {
    queue: mpsc::Sender<Finished<G>>,
    back: Arc<Back<G>>,
}

struct Back<G> {
    cx: Context,
    store: Arc<CacheStore>,
    commit: CommitHash,
    queue: Mutex<mpsc::Receiver<Finished<G>>>,
    threads: Mutex<Vec<JoinHandle<Result<()>>>>,
}

impl<G: Send + 'static> Shelf<G> {
    pub(super) fn new(cx: &Context, store: &Arc<CacheStore>, commit: CommitHash) -> Self {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let back = Arc::new(Back {
            cx: cx.clone(),
            store: store.clone(),
            commit,
            queue: Mutex::new(receiver),
            threads: Mutex::default(),
        });
        back.add_thread();
        Self { queue, back }
    }

    /// Hands over a content. `false`: a thread has failed, and [`finish`](Self::finish) says why.
    pub(super) async fn put(&self, finished: Finished<G>) -> bool {
        self.queue.send(finished).await.is_ok()
    }

    /// Waits until all is in its place.
    pub(super) async fn finish(self) -> Result<()> {
        drop(self.queue);
        let mut outcome = Ok(());
        loop {
            let thread = lock(&self.back.threads).pop();
            let Some(thread) = thread else { return outcome };
            let ended = joined(thread.await);
            outcome = outcome.and(ended);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<G: Send + 'static> Back<G> {
    fn add_thread(self: &Arc<Self>) {
        let mut threads = lock(&self.threads);
        if threads.len() < THREADS {
            let back = self.clone();
            threads.push(Handle::current().spawn_blocking(move || back.run()));
        }
    }

    fn run(self: Arc<Self>) -> Result<()> {
        let mut round = Vec::with_capacity(ROUND);
        loop {
            if lock(&self.queue).blocking_recv_many(&mut round, ROUND) == 0 {
                return Ok(());
            }
            let (began, count) = (Instant::now(), round.len());
            for finished in round.drain(..) {
                if let Err(e) = self.put(finished) {
                    lock(&self.queue).close();
                    return Err(e);
                }
            }
            if count == ROUND && began.elapsed() > SLOW * u32::try_from(ROUND).unwrap_or(1) {
                self.add_thread();
            }
        }
    }

    fn put(&self, finished: Finished<G>) -> Result<()> {
        let Finished {
            files,
            content,
            budget,
            guards,
        } = finished;
        let mut outcome = match files.first() {
            Some(first) => write_small(&self.store.folder.blob(&first.etag), &content),
            None => Ok(()),
        };
        drop((content, budget));
        for (i, file) in files.iter().enumerate() {
            outcome = outcome.and_then(|()| self.store.link_prepared(&self.commit, file));
            let name = file.path.as_str();
            let outcome = match (&outcome, i) {
                (Ok(()), 0) => FileOutcome::Done,
                (Ok(()), _) => {
                    self.cx.tell_present(name, file.size);
                    continue;
                }
                (Err(_), _) => FileOutcome::Failed,
            };
            self.cx.tell(ProgressEvent::FileEnd {
                file: name,
                outcome,
            });
        }
        drop(guards);
        outcome
    }
}
