//! Threads for work that blocks: reading and writing files, taking locks, resolving names.
//!
//! The threads belong to the process, not to a runtime. A runtime's own pool can be as small as one thread
//! (`max_blocking_threads(1)`) and is needed for the user's work; it also panics when the system refuses a new thread,
//! where this module returns an error.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::{Error, ErrorKind, Result};

/// The maximum number of threads in the pool. More concurrent operations gain nothing on disks or network
/// file systems.
const MAX_THREADS: usize = 64;
/// How long an idle thread is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Runs `work` on a thread that may block, and returns its result.
///
/// The work runs to completion even if the returned future is dropped. It must not wait for other work
/// submitted to this function, which may be queued behind it; long-running work belongs on [`spawn_thread`].
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let bytes = hf_transport::spawn_blocking(|| std::fs::read("Cargo.toml").map_err(|e| hf_transport::Error::io("could not read it", e))).await?;
/// assert!(!bytes.is_empty());
/// # Ok::<(), hf_transport::Error>(()) }).unwrap();
/// ```
///
/// # Errors
/// Returns the error of `work`, or [`ErrorKind::Io`] if the system refuses to start the first thread.
///
/// # Panics
/// If `work` panics.
pub async fn spawn_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (job, outcome) = job(work);
    POOL.run(job)?;
    outcome.await
}

/// Starts a thread for work that runs for a long time or waits for other work, such as the writer of a file
/// or the walk of a folder.
///
/// The thread continues to run if the returned [`Thread`] is dropped.
///
/// # Errors
/// [`ErrorKind::Io`] if the system refuses the thread.
pub fn spawn_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<Thread<T>> {
    let (job, outcome) = job(work);
    start(name, job).map_err(|e| refused(name, e))?;
    Ok(outcome)
}

/// A handle that resolves to the result of a thread. A panic of the thread is resumed in the task that awaits
/// it.
#[derive(Debug)]
#[must_use = "the outcome of the thread may be an error"]
pub struct Thread<T>(oneshot::Receiver<thread::Result<Result<T>>>);

impl<T> Thread<T> {
    /// Blocks until the thread has finished and returns its result. Use this outside of a runtime.
    ///
    /// # Errors
    /// The error of the thread's work.
    ///
    /// # Panics
    /// Panics if the work panicked, or if called on a thread that runs asynchronous tasks.
    pub fn join(self) -> Result<T> {
        outcome(self.0.blocking_recv())
    }
}

impl<T> Future for Thread<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(outcome(ready!(Pin::new(&mut self.0).poll(cx))))
    }
}

fn outcome<T>(received: Result<thread::Result<Result<T>>, oneshot::error::RecvError>) -> Result<T> {
    match received {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(_) => Err(Error::new(ErrorKind::Io, "a thread ended without a result")),
    }
}

type Job = Box<dyn FnOnce() + Send>;

fn job<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> (Job, Thread<T>) {
    let (sender, receiver) = oneshot::channel();
    let job = move || {
        // The panic is resumed where the result is awaited, so no code can observe the broken state in
        // between.
        let done = catch_unwind(AssertUnwindSafe(work));
        let _ = sender.send(done);
    };
    (Box::new(job), Thread(receiver))
}

fn start(name: &str, job: Job) -> std::io::Result<()> {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn(job).map(drop)
}

fn refused(name: &str, err: std::io::Error) -> Error {
    Error::io(format!("could not start the thread `{name}`"), err).with_hint(
        "raise the limit of processes or threads (`ulimit -u`, the container's pids limit)",
    )
}

struct Pool {
    state: Mutex<State>,
    work: Condvar,
    start: fn(&str, Job) -> std::io::Result<()>,
}

struct State {
    queue: VecDeque<Job>,
    threads: usize,
    /// Threads that wait for work, including those that were notified but have not woken up yet.
    idle: usize,
}

static POOL: Pool = Pool::new(start);

impl Pool {
    const fn new(start: fn(&str, Job) -> std::io::Result<()>) -> Self {
        Self {
            state: Mutex::new(State {
                queue: VecDeque::new(),
                threads: 0,
                idle: 0,
            }),
            work: Condvar::new(),
            start,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&'static self, job: Job) -> Result<()> {
        let mut state = self.lock();
        state.queue.push_back(job);
        if state.queue.len() <= state.idle {
            self.work.notify_one();
            return Ok(());
        }
        if state.threads == MAX_THREADS {
            return Ok(());
        }
        state.threads += 1;
        if let Err(e) = (self.start)("hf-blocking", Box::new(|| self.work())) {
            state.threads -= 1;
            if state.threads == 0 {
                state.queue.pop_back();
                return Err(refused("hf-blocking", e));
            }
            // The existing threads will pick the work up.
            tracing::debug!(error = %e, threads = state.threads, "no further thread for blocking work");
        }
        Ok(())
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            while let Some(job) = state.queue.pop_front() {
                drop(state);
                job();
                state = self.lock();
            }
            state.idle += 1;
            let (woken, _) = self
                .work
                .wait_timeout_while(state, KEEP_ALIVE, |s| s.queue.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if state.queue.is_empty() {
                state.threads -= 1;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier};

    #[tokio::test]
    async fn work_that_blocks_runs_at_the_same_time_and_its_panic_is_passed_on() {
        let barrier = Arc::new(Barrier::new(8));
        let tasks: Vec<_> = (0..8)
            .map(|i| {
                let barrier = barrier.clone();
                tokio::spawn(spawn_blocking(move || {
                    barrier.wait();
                    Ok(i)
                }))
            })
            .collect();
        for (i, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap().unwrap(), i);
        }
        let panic = tokio::spawn(spawn_blocking(|| -> Result<()> { panic!("mine") }));
        assert!(panic.await.unwrap_err().is_panic());
        let failed = spawn_blocking(|| Err::<(), _>(Error::new(ErrorKind::Validation, "no"))).await;
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Validation);
        assert_eq!(spawn_thread("t", || Ok(5)).unwrap().await.unwrap(), 5);
    }

    #[test]
    fn more_work_than_threads_is_done_in_turn() {
        let done = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..4 * MAX_THREADS)
            .map(|_| {
                let done = done.clone();
                let (job, outcome) = job(move || {
                    done.fetch_add(1, Ordering::Relaxed);
                    Ok(())
                });
                POOL.run(job).unwrap();
                outcome
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(done.load(Ordering::Relaxed), 4 * MAX_THREADS);
    }

    #[test]
    fn where_the_system_refuses_threads_the_caller_gets_an_error() {
        static NONE: Pool = Pool::new(|_, _| Err(std::io::ErrorKind::WouldBlock.into()));
        static LEFT: AtomicUsize = AtomicUsize::new(1);
        static ONE: Pool = Pool::new(|name, job| {
            match LEFT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)) {
                Ok(_) => start(name, job),
                Err(_) => Err(std::io::ErrorKind::WouldBlock.into()),
            }
        });
        let (lost, _) = job(|| Ok(()));
        let err = NONE.run(lost).unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Io);
        assert!(err.hint().is_some_and(|h| h.contains("ulimit")), "{err}");
        assert!(NONE.lock().queue.is_empty());

        let barrier = Arc::new(Barrier::new(2));
        let release = barrier.clone();
        let (first, first_outcome) = job(move || {
            release.wait();
            Ok(1)
        });
        let (second, second_outcome) = job(|| Ok(2));
        ONE.run(first).unwrap();
        ONE.run(second).unwrap();
        barrier.wait();
        assert_eq!(
            first_outcome.join().unwrap() + second_outcome.join().unwrap(),
            3
        );
    }
}
