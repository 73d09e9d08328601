//! Request bodies of an exact length that are read while they are sent.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use hf_transport::{Body, BoxError, Client, Error, ErrorKind, Request, Response, Result};
use http_body::{Frame, SizeHint};
use tokio::sync::{Notify, mpsc};

use crate::blocking::spawn_thread;

/// How many pieces are read ahead of the socket.
const READ_AHEAD: usize = 2;

/// Called with the number of bytes that were sent for the first time.
pub(crate) type OnSent = Arc<dyn Fn(u64) + Send + Sync>;

/// Monitors a body: records the first error of its source, and reports its progress.
#[derive(Clone, Default)]
pub(crate) struct BodyGuard {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    error: Mutex<Option<Error>>,
    failed: Notify,
    /// The most bytes that any attempt has sent.
    high_water: AtomicU64,
    on_sent: Option<OnSent>,
}

impl BodyGuard {
    /// Creates a guard that reports progress. Each byte is reported once, however often it is sent.
    pub(crate) fn reporting(on_sent: OnSent) -> Self {
        Self {
            shared: Arc::new(Shared {
                on_sent: Some(on_sent),
                ..Shared::default()
            }),
        }
    }

    /// Returns the number of bytes that were reported.
    pub(crate) fn reported(&self) -> u64 {
        if self.shared.on_sent.is_some() {
            self.shared.high_water.load(Ordering::Relaxed)
        } else {
            0
        }
    }

    fn sent(&self, total: u64) {
        if let Some(on_sent) = &self.shared.on_sent {
            let before = self.shared.high_water.fetch_max(total, Ordering::Relaxed);
            if total > before {
                on_sent(total - before);
            }
        }
    }

    fn fail(&self, error: Error) {
        let mut slot = self
            .shared
            .error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert(error);
        drop(slot);
        self.shared.failed.notify_one();
    }

    fn take_error(&self) -> Option<Error> {
        self.shared
            .error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// The destination of a producer's pieces.
pub(crate) struct Out {
    tx: mpsc::Sender<Bytes>,
}

/// Returns the error for a producer whose attempt has ended, because the receiver is gone.
fn attempt_over() -> Error {
    Error::new(ErrorKind::Network, "the attempt ended before its body did")
}

impl Out {
    pub(crate) fn send(&mut self, piece: Bytes) -> Result<()> {
        self.tx.blocking_send(piece).map_err(|_| attempt_over())
    }
}

/// Creates a body of `len` bytes that `produce` writes each time it is sent.
///
/// The producer may have to wait for the socket indefinitely, so it runs on its own thread, from the first
/// poll of the body on, and does not occupy the runtime's pool.
pub(crate) fn stream_body(
    len: u64,
    guard: &BodyGuard,
    produce: impl Fn(&mut Out) -> Result<()> + Send + Sync + 'static,
) -> Body {
    let produce = Arc::new(produce);
    let guard = guard.clone();
    Body::replay(len, move || {
        let (tx, rx) = mpsc::channel(READ_AHEAD);
        StreamedBody {
            rx,
            len,
            left: len,
            start: Some((Arc::clone(&produce) as Produce, tx)),
            guard: guard.clone(),
        }
    })
}

type Produce = Arc<dyn Fn(&mut Out) -> Result<()> + Send + Sync>;

struct StreamedBody {
    rx: mpsc::Receiver<Bytes>,
    len: u64,
    left: u64,
    /// The producer, before the first poll.
    start: Option<(Produce, mpsc::Sender<Bytes>)>,
    guard: BodyGuard,
}

impl StreamedBody {
    fn start(&self, produce: Produce, tx: mpsc::Sender<Bytes>) {
        let guard = self.guard.clone();
        let started = spawn_thread("hf-upload-body", move || {
            let mut out = Out { tx };
            if let Err(error) = produce(&mut out)
                && !out.tx.is_closed()
            {
                guard.fail(error);
            }
        });
        if let Err(error) = started {
            self.guard.fail(error);
        }
    }
}

impl http_body::Body for StreamedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some((produce, tx)) = self.start.take() {
            self.start(produce, tx);
        }
        match self.rx.poll_recv(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(piece)) => {
                let len = piece.len() as u64;
                self.left = self.left.saturating_sub(len);
                self.guard.sent(self.len - self.left);
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Poll::Ready(None) if self.left == 0 => Poll::Ready(None),
            // A source that panicked reports nothing else; this must not look like a broken connection.
            Poll::Ready(None) => Poll::Ready(Some(Err(Error::new(
                ErrorKind::Io,
                "the source of the upload ended before its announced length",
            )
            .into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Sends `request`, whose body `guard` monitors. An error of the body's source ends the call immediately and
/// is returned.
///
/// Without this, the layers below would only see a broken body and send it again. The select is biased
/// because the broken body and the error of its source become known at the same time, and the latter is the
/// cause.
pub(crate) async fn execute_guarded(
    client: &Client,
    request: Request,
    guard: &BodyGuard,
) -> Result<Response> {
    tokio::select! {
        biased;
        () = guard.shared.failed.notified() => {}
        outcome = client.execute(request) => {
            if outcome.is_ok() {
                return outcome;
            }
            return Err(guard.take_error().or(outcome.err()).unwrap_or_else(attempt_over));
        }
    }
    Err(guard.take_error().unwrap_or_else(attempt_over))
}
