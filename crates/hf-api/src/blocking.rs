//! Calls without async code.
//!
//! Every call has `.wait()`, every list `.iter()`. Both poll the call on the
//! thread that makes it; connections and timers are driven by a background
//! runtime that is started at first use. They work in plain threads and inside
//! another async runtime alike, where they block a thread of it: prefer `.await`
//! there.
//!
//! ```no_run
//! # fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
//! let info = api.model_info("gpt2").wait()?;
//! for model in api.list_models().author("google").iter() {
//!     println!("{}", model?.id);
//! }
//! # Ok(()) }
//! ```
//!
//! Callbacks (progress sinks, layers) run inside the call, so that a blocking
//! call made by a callback could wait for itself; such a call is refused with a
//! `Validation` error. A panic in a callback unwinds through `.wait()` and
//! `next()`.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use futures_core::Stream;
use futures_util::StreamExt;
use pin_project_lite::pin_project;
use tokio::runtime::{EnterGuard, Handle};

use crate::{CallFuture, Error, ErrorKind, ItemStream, Result};

/// Two, so that one callback that blocks its thread does not stop the
/// connections of all other calls.
const WORKERS: usize = 2;

static RUNTIME: LazyLock<std::io::Result<Handle>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("hf-api")
        .on_thread_start(|| WAITING.set(true))
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    // It lives as long as the process: its threads end with it.
    std::mem::forget(runtime);
    Ok(handle)
});

thread_local! {
    /// Whether a blocking call runs on this thread, or the background runtime.
    static WAITING: Cell<bool> = const { Cell::new(false) };
}

fn runtime() -> Result<&'static Handle> {
    RUNTIME.as_ref().map_err(|error| {
        Error::new(
            ErrorKind::Io,
            format!("the background threads for blocking calls did not start: {error}"),
        )
    })
}

/// Marks this thread as waiting for a blocking call.
struct Waiting;

impl Waiting {
    fn begin() -> Result<Self> {
        if WAITING.replace(true) {
            return Err(Error::validation(
                "a blocking call was made inside of another one: by a progress sink, a layer, or a \
                 task on the background runtime",
            )
            .with_hint(
                "Make the call on a thread of its own, or collect what it needs and make it after \
                 the outer call.",
            ));
        }
        Ok(Self)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.set(false);
    }
}

/// Blocks until `future` is done.
pub(crate) fn wait<T>(future: CallFuture<T>) -> Result<T> {
    block_on(future)?
}

/// Polls `future` on this thread, in the context of the background runtime.
fn block_on<F: Future>(future: F) -> Result<F::Output> {
    let _waiting = Waiting::begin()?;
    let _context = runtime()?.enter();
    let waker = Arc::new(ThreadWaker {
        thread: std::thread::current(),
        woken: AtomicBool::new(false),
    });
    // Inside a task of another runtime, that task's budget is not renewed while
    // this loop runs; without a budget nothing waits for it.
    let mut future = pin!(tokio::task::unconstrained(future));
    let for_poll = Waker::from(Arc::clone(&waker));
    let mut context = Context::from_waker(&for_poll);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
        // Others may use the thread's token: the flag says whether it was us.
        while !waker.woken.swap(false, Ordering::Acquire) {
            std::thread::park();
        }
    }
}

struct ThreadWaker {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Iterates over a stream.
pub(crate) fn iter<T>(stream: ItemStream<T>) -> Iter<T> {
    Iter {
        state: State::Running(stream),
    }
}

/// Iterates over the items of a list, each fetched on demand. Dropping it stops the
/// requests.
pub struct Iter<T> {
    state: State<T>,
}

enum State<T> {
    Running(ItemStream<T>),
    /// The stream was being polled. If this is found, a callback panicked.
    Polled,
    Ended,
}

impl<T> fmt::Debug for Iter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

impl<T> Iterator for Iter<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut stream = match std::mem::replace(&mut self.state, State::Polled) {
            State::Running(stream) => stream,
            // The items that are missing must not pass for the end of the list.
            State::Polled => {
                self.state = State::Ended;
                return Some(Err(Error::new(
                    ErrorKind::Layer,
                    "the list was not read to its end: a callback or layer panicked",
                )));
            }
            State::Ended => {
                self.state = State::Ended;
                return None;
            }
        };
        let next = block_on(stream.next());
        self.state = match next {
            Ok(Some(_)) => State::Running(stream),
            Ok(None) | Err(_) => State::Ended,
        };
        next.unwrap_or_else(|error| Some(Err(error)))
    }
}

pin_project! {
    /// A call that runs anywhere: where there is no tokio runtime, connections
    /// and timers belong to the background runtime.
    pub(crate) struct Anywhere<F> {
        #[pin]
        inner: F,
    }
}

impl<F> Anywhere<F> {
    pub(crate) fn new(inner: F) -> Self {
        Self { inner }
    }
}

/// Enters the background runtime if there is none here.
fn context() -> Option<EnterGuard<'static>> {
    match Handle::try_current() {
        Ok(_) => None,
        Err(_) => runtime().ok().map(Handle::enter),
    }
}

impl<F: Future> Future for Anywhere<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _context = context();
        self.project().inner.poll(cx)
    }
}

impl<S: Stream> Stream for Anywhere<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let _context = context();
        self.project().inner.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}
