//! The bytes of one file over plain HTTP: regular files, LFS, and Xet through its HTTP bridge.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hf_transport::progress::ProgressEvent;
use hf_transport::{Error, ErrorKind, ResponseBody, Result};
use hf_types::Etag;
use http_body_util::BodyExt as _;
use tokio::time::Instant;

use super::choice::Chosen;
use super::chunk::{Chunk, Reader};
use super::context::Context;
use super::ranges::{self, Outcome};
use super::sink::Sink;
use super::source::{Answer, Opened, Source, Wanted};
use crate::store::partial::Progress;
use crate::store::pieces::{PIECE, PieceMap};

/// Attempts without a single new byte before a transfer is given up.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// From here on a file may come over several connections.
const PARALLEL_FROM: u64 = 2 * PIECE;
/// How long one connection shows what it can do before others join.
const TRIAL: Duration = Duration::from_millis(200);
/// A connection this fast (bytes per second) is left alone: others would only share the same line or the same disk.
const FAST: f64 = 300e6;

/// One file to fetch: what it must be, and where it goes.
#[derive(Debug)]
pub(crate) struct Job {
    /// Its path in the repo, for messages and progress.
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) etag: Etag,
    /// Bytes of the whole content, if known.
    pub(crate) size: Option<u64>,
    pub(crate) verify: bool,
    /// Whether to go on with what an earlier attempt left.
    pub(crate) resume: bool,
    /// The name that a partial starts with.
    pub(crate) stem: PathBuf,
    /// Where the file goes when it is complete and right.
    pub(crate) destination: PathBuf,
    /// The ways that come before HTTP, if any does.
    pub(crate) chosen: Option<Chosen>,
    /// Bytes that progress was told of and that still count.
    pub(crate) told: AtomicU64,
}

impl Job {
    /// An attempt begins with `already` bytes; what was told of an earlier one does not count any more.
    pub(crate) fn begin(&self, cx: &Context, already: u64) {
        let told = self.told.load(Ordering::Relaxed);
        if told > 0 {
            self.restarted(cx, told);
        }
        self.told.store(already, Ordering::Relaxed);
        cx.tell(ProgressEvent::FileBegin {
            file: &self.name,
            bytes: self.size,
            already,
        });
    }

    pub(crate) fn transferred(&self, cx: &Context, bytes: u64) {
        self.told.fetch_add(bytes, Ordering::Relaxed);
        cx.tell(ProgressEvent::Transferred {
            file: &self.name,
            bytes,
        });
    }

    pub(crate) fn restarted(&self, cx: &Context, bytes: u64) {
        self.told.fetch_sub(bytes, Ordering::Relaxed);
        cx.tell(ProgressEvent::Restarted {
            file: &self.name,
            bytes,
        });
    }
}

/// What must outlive a transfer, even one whose caller has gone: locks.
pub(crate) type Guards = Box<dyn Send + Sync + 'static>;

pub(crate) async fn run(
    cx: &Context,
    job: &Job,
    opened: Option<Opened>,
    sink: &mut Sink,
    progress: Progress,
) -> Result<u64> {
    let already = match &progress {
        Progress::Prefix(n) => *n,
        Progress::Pieces(map) => map.total(),
    };
    job.begin(cx, already);
    let mut stream = Stream {
        cx,
        job,
        patience: Patience::default(),
        at: 0,
        parallel: job.size.is_some_and(|size| size >= PARALLEL_FROM),
    };
    match progress {
        Progress::Prefix(n) => stream.at = n,
        Progress::Pieces(map) => {
            drop(opened);
            match ranges::run(cx, job, sink, map, None).await? {
                Outcome::Complete => return job.size.ok_or_else(unsized_pieces),
                Outcome::RangesIgnored => stream.restart(sink, already).await?,
            }
            return Box::pin(stream.run(None, sink)).await;
        }
    }
    stream.run(opened, sink).await
}

fn unsized_pieces() -> Error {
    Error::new(
        ErrorKind::Io,
        "a partial in pieces of a file of unknown size",
    )
}

/// Repeats that bring nothing are counted; each new byte makes up for all of them.
#[derive(Debug, Default)]
pub(crate) struct Patience(u32);

impl Patience {
    pub(crate) fn renew(&mut self) {
        self.0 = 0;
    }

    /// Waits before the next attempt, or gives the error back.
    pub(crate) async fn after(&mut self, cx: &Context, job: &Job, err: Error) -> Result<()> {
        self.0 += 1;
        if self.0 > ATTEMPTS {
            return Err(err);
        }
        cx.tell(ProgressEvent::Retry {
            file: &job.name,
            attempt: self.0,
            reason: &err.to_string(),
        });
        tracing::debug!(file = job.name, attempt = self.0, error = %err, "the transfer broke off");
        let pause = FIRST_PAUSE
            .saturating_mul(1 << (self.0 - 1))
            .min(LONGEST_PAUSE);
        tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        Ok(())
    }
}

/// The file over one connection, from the first missing byte on.
struct Stream<'a> {
    cx: &'a Context,
    job: &'a Job,
    patience: Patience,
    at: u64,
    /// Whether other connections may join.
    parallel: bool,
}

/// How one answer ended.
enum Pumped {
    /// The body ended.
    End,
    /// The connection is slow enough for others to join; its body goes on.
    Slow(Reader),
}

impl Stream<'_> {
    async fn run(mut self, mut opened: Option<Opened>, sink: &mut Sink) -> Result<u64> {
        let Job { size, etag, .. } = self.job;
        loop {
            if size.is_some_and(|size| self.at == size && self.at > 0) {
                return Ok(self.at);
            }
            let permit = self.cx.connection().await?;
            let wanted = Wanted::from(self.at);
            let answer = match opened.take().filter(|_| self.at == 0) {
                Some(opened) => opened,
                None => match self.job.source.get(self.cx, wanted, Some(etag)).await {
                    Ok(opened) => opened,
                    // What is there does not end inside the file: it is not part of it.
                    Err(e)
                        if self.at > 0
                            && e.status() == Some(http::StatusCode::RANGE_NOT_SATISFIABLE) =>
                    {
                        drop(permit);
                        self.patience.after(self.cx, self.job, e).await?;
                        self.restart(sink, self.at).await?;
                        continue;
                    }
                    Err(e) => return Err(e),
                },
            };
            match answer.check(wanted, etag, *size) {
                Ok(Answer::AsAsked) => {}
                Ok(Answer::FromStart) => self.restart(sink, self.at).await?,
                Err(e) if e.kind() == ErrorKind::Checksum && self.at == 0 => return Err(e),
                Err(e) => {
                    drop((answer, permit));
                    self.patience.after(self.cx, self.job, e).await?;
                    if self.at > 0 {
                        self.restart(sink, self.at).await?;
                    }
                    continue;
                }
            }
            let announced = super::metadata::content_size(answer.response.headers());
            let end = size.or(announced);
            match self
                .pump(
                    Reader::new(answer.response.into_body(), &self.cx.buffers),
                    sink,
                    end,
                )
                .await
            {
                Ok(Pumped::Slow(reader)) => {
                    let size = size.unwrap_or(self.at);
                    let map = PieceMap::with_prefix(size, self.at);
                    sink.pieces().await?;
                    let first = ranges::First {
                        reader,
                        at: self.at,
                        permit,
                    };
                    match ranges::run(self.cx, self.job, sink, map, Some(first)).await? {
                        Outcome::Complete => return Ok(size),
                        Outcome::RangesIgnored => {
                            self.parallel = false;
                            self.restart(sink, self.at).await?;
                        }
                    }
                }
                Ok(Pumped::End) if end.is_none_or(|end| self.at == end) => return Ok(self.at),
                Ok(Pumped::End) => {
                    drop(permit);
                    let err = short(&self.job.name, self.at, end.unwrap_or_default());
                    self.patience.after(self.cx, self.job, err).await?;
                }
                Err(Broken::Fatal(e)) => return Err(e),
                Err(Broken::Body(e)) => {
                    drop(permit);
                    self.patience.after(self.cx, self.job, e).await?;
                }
            }
        }
    }

    async fn pump(
        &mut self,
        mut reader: Reader,
        sink: &mut Sink,
        end: Option<u64>,
    ) -> Result<Pumped, Broken> {
        let mut trial = (Instant::now(), self.at);
        while let Some(bytes) = reader.next(u64::MAX).await? {
            let len = bytes.len() as u64;
            if end.is_some_and(|end| self.at + len > end) {
                return Err(Broken::Fatal(long(&self.job.name, end.unwrap_or_default())));
            }
            deliver(self.cx, self.job, sink, self.at, bytes).await?;
            self.at += len;
            self.patience.renew();
            if self.parallel && end.is_some_and(|end| end - self.at >= PIECE) {
                let elapsed = trial.0.elapsed();
                if elapsed >= TRIAL {
                    #[expect(clippy::cast_precision_loss, reason = "a rate")]
                    let rate = (self.at - trial.1) as f64 / elapsed.as_secs_f64();
                    if rate < FAST {
                        return Ok(Pumped::Slow(reader));
                    }
                    trial = (Instant::now(), self.at);
                }
            }
        }
        Ok(Pumped::End)
    }

    /// Forgets what is there; `told` bytes were told of.
    async fn restart(&mut self, sink: &mut Sink, told: u64) -> Result<()> {
        self.job.restarted(self.cx, told);
        self.at = 0;
        sink.restart().await
    }
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The connection failed: what is missing can be asked for again.
    Body(Error),
    /// Nothing helps.
    Fatal(Error),
}

impl Broken {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Body(e) | Self::Fatal(e) => e,
        }
    }
}

pub(crate) async fn next_bytes(body: &mut ResponseBody) -> Result<Option<Bytes>, Broken> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data()
                    && !bytes.is_empty()
                {
                    return Ok(Some(bytes));
                }
            }
            Some(Err(e)) => {
                return Err(Broken::Body(
                    Error::network("the connection broke off").with_source(e),
                ));
            }
        }
    }
}

/// Passes bytes on within the limits of the call.
pub(crate) async fn deliver(
    cx: &Context,
    job: &Job,
    sink: &mut Sink,
    at: u64,
    bytes: Chunk,
) -> Result<(), Broken> {
    let len = bytes.len();
    let budget = cx.admit(len).await.map_err(Broken::Fatal)?;
    sink.data(at, bytes, budget).await.map_err(Broken::Fatal)?;
    job.transferred(cx, len as u64);
    Ok(())
}

pub(crate) fn short(name: &str, got: u64, expected: u64) -> Error {
    Error::network(format!("`{name}` ended after {got} bytes of {expected}"))
}

pub(crate) fn long(name: &str, expected: u64) -> Error {
    Error::new(
        ErrorKind::Checksum,
        format!("the server sends more than the {expected} bytes that `{name}` has"),
    )
}
