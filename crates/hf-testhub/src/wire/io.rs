//! The socket of a connection, with its bandwidth limit and the ways in which it can end.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::Stop;
use crate::lock;

/// A handle with which a request handler controls its connection.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<WireState>);

#[derive(Default)]
struct WireState {
    armed: AtomicBool,
    end: Mutex<Option<(Stop, Bytes)>>,
}

impl Wire {
    /// Ends the connection as soon as everything written so far, and then `raw`, has been sent.
    pub(crate) fn end(&self, how: Stop, raw: Bytes) {
        *lock(&self.0.end) = Some((how, raw));
        self.0.armed.store(true, Ordering::Release);
    }
}

/// A bandwidth limit per connection and direction, in bytes per second; 0 means no limit. Shared
/// and adjustable.
#[derive(Clone, Default)]
pub(crate) struct Pace(Arc<AtomicU64>);

impl Pace {
    pub(crate) fn set(&self, bytes_per_second: u64) {
        self.0.store(bytes_per_second, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Limits one direction: after `n` bytes, nothing moves for `n / rate`.
#[derive(Default)]
struct Lane {
    free_at: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

/// How many bytes may move at once under a limit: small enough for even pacing, large enough to be
/// cheap.
const BURST: usize = 64 * 1024;
/// How far a direction may lag behind its rate and catch up (timers have a resolution of a
/// millisecond).
const LAG: Duration = Duration::from_millis(20);

impl Lane {
    fn poll_free(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(free_at) = self.free_at else {
            return Poll::Ready(());
        };
        if free_at <= Instant::now() {
            return Poll::Ready(());
        }
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(free_at)));
        if sleep.deadline() != free_at {
            sleep.as_mut().reset(free_at);
        }
        sleep.as_mut().poll(cx)
    }

    fn moved(&mut self, n: usize, rate: u64) {
        let now = Instant::now();
        let from = self
            .free_at
            .map_or(now, |at| at.max(now.checked_sub(LAG).unwrap_or(now)));
        let nanos = u128::from(n as u64) * 1_000_000_000 / u128::from(rate.max(1));
        self.free_at = Some(from + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)));
    }
}

pub(crate) struct WireIo {
    tcp: TcpStream,
    wire: Wire,
    pace: Pace,
    up: Lane,
    down: Lane,
    scratch: Vec<u8>,
}

impl WireIo {
    pub(crate) fn new(tcp: TcpStream, wire: Wire, pace: Pace) -> Self {
        Self {
            tcp,
            wire,
            pace,
            up: Lane::default(),
            down: Lane::default(),
            scratch: Vec::new(),
        }
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut end = lock(&self.wire.0.end);
        let Some((how, raw)) = end.as_mut() else {
            return Poll::Ready(Ok(()));
        };
        while raw.has_remaining() {
            let n = ready!(Pin::new(&mut self.tcp).poll_write(cx, raw))?;
            raw.advance(n);
        }
        if *how == Stop::Reset {
            self.tcp.set_zero_linger()?;
        } else {
            ready!(Pin::new(&mut self.tcp).poll_shutdown(cx))?;
        }
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "ended on request of a fault",
        )))
    }
}

impl AsyncRead for WireIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let rate = self.pace.get();
        if rate == 0 {
            return Pin::new(&mut self.tcp).poll_read(cx, buf);
        }
        let this = &mut *self;
        ready!(this.up.poll_free(cx));
        let room = buf.remaining().min(BURST);
        this.scratch.resize(BURST, 0);
        let mut part = ReadBuf::new(&mut this.scratch[..room]);
        ready!(Pin::new(&mut this.tcp).poll_read(cx, &mut part))?;
        this.up.moved(part.filled().len(), rate);
        buf.put_slice(part.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WireIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let rate = self.pace.get();
        if rate == 0 {
            return Pin::new(&mut self.tcp).poll_write(cx, buf);
        }
        ready!(self.down.poll_free(cx));
        let n = ready!(Pin::new(&mut self.tcp).poll_write(cx, &buf[..buf.len().min(BURST)]))?;
        self.down.moved(n, rate);
        Poll::Ready(Ok(n))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.pace.get() == 0 {
            return Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        }
        let first = bufs.iter().find(|buf| !buf.is_empty());
        self.poll_write(cx, first.map_or(&[][..], |buf| buf))
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.wire.0.armed.load(Ordering::Acquire) {
            return self.poll_end(cx);
        }
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
