//! Downloads a file over plain HTTP: regular files, LFS files, and Xet files through the Hub's HTTP bridge.
//!
//! A download starts with one connection. If that is slow and the file is large, others join
//! ([`ranges`](super::ranges)). A server may refuse ranges, or refuse to send the whole file; each method is
//! given up after one refusal, and the other is tried.

use std::sync::atomic::Ordering;
use std::time::Duration;

use hf_transport::{Error, ErrorKind, Result};
use tokio::time::Instant;

use super::body_error::{BodyError, long, short};
use super::byte_range::ByteRange;
use super::chunk::BodyReader;
use super::context::{Connection, Context};
use super::deliver::deliver;
use super::job::FetchJob;
use super::metadata::content_size;
use super::open_response::{BodyStart, OpenResponse};
use super::ranges::{self, Outcome};
use super::refusal::{refuses_range, refuses_whole};
use super::retry::BodyRetry;
use super::source::Attempts;
use super::writer::FileWriter;
use crate::store::partial::Progress;
use crate::store::pieces::{PIECE, PieceMap};

/// The size from which on a file may be downloaded over several connections.
const PARALLEL_FROM: u64 = 2 * PIECE;
/// How long the speed of the first connection is measured before others join.
const MEASURED_FOR: Duration = Duration::from_millis(200);
/// A connection with at least this speed (bytes per second) is left alone: others would share the same link
/// or disk.
const FAST: f64 = 300e6;

/// Downloads the missing bytes and returns the size of the file. `opened` is a response that has already
/// started, if there is one.
pub(crate) async fn run(
    cx: &Context,
    job: &FetchJob,
    opened: Option<OpenResponse>,
    writer: &FileWriter,
    progress: Progress,
) -> Result<u64> {
    let retry = BodyRetry::default();
    let mut stream = Stream {
        cx,
        job,
        writer,
        retry: &retry,
        at: 0,
        in_pieces: false,
        parallel: job.parallel.load(Ordering::Relaxed)
            && job.size.is_some_and(|size| size >= PARALLEL_FROM),
        ranges_refused: false,
        whole_refused: false,
    };
    match progress {
        Progress::Prefix(n) => {
            job.progress.begin(n);
            stream.at = n;
            retry.progress(n);
            stream.run(opened).await
        }
        Progress::Pieces(map) => {
            drop(opened);
            job.progress.begin(map.total());
            retry.progress(map.total());
            if let Some(size) = stream.ranges(map, None).await? {
                return Ok(size);
            }
            stream.run(None).await
        }
    }
}

/// A download over one connection, from the first missing byte onwards.
struct Stream<'a> {
    cx: &'a Context,
    job: &'a FetchJob,
    writer: &'a FileWriter,
    retry: &'a BodyRetry,
    /// The number of bytes that exist.
    at: u64,
    /// The writer has bytes beyond `at`, which a single connection cannot use.
    in_pieces: bool,
    /// Whether other connections may join.
    parallel: bool,
    ranges_refused: bool,
    whole_refused: bool,
}

/// The way in which reading a response body ended.
enum Ended {
    /// The body was read to its end.
    Complete,
    /// The connection is slow enough for others to join; its body continues.
    Slow(BodyReader),
}

impl Stream<'_> {
    async fn run(&mut self, mut opened: Option<OpenResponse>) -> Result<u64> {
        let size = self.job.size;
        loop {
            if size.is_some_and(|size| self.at == size && self.at > 0 && !self.in_pieces) {
                return Ok(self.at);
            }
            let permit = self.cx.connection().await;
            let range = if self.ranges_refused {
                ByteRange::ALL
            } else {
                ByteRange::from(self.at)
            };
            let usable = opened.take().filter(|_| range == ByteRange::ALL);
            let response = if let Some(opened) = usable {
                Ok(opened)
            } else {
                let (source, etag) = (&self.job.source, &self.job.etag);
                let attempts = Attempts::Configured;
                source.get(self.cx, range, Some(etag), attempts).await
            };
            let response = match response {
                Ok(response) => response,
                Err(e) => {
                    permit.failed(&e);
                    if let Some(size) = self.refused(range, e).await? {
                        return Ok(size);
                    }
                    continue;
                }
            };
            match response.check(range, self.job.content()) {
                Ok(start) => {
                    let from_start = start == BodyStart::OfFile || range.start == 0;
                    if from_start && (self.at > 0 || self.in_pieces) {
                        self.restart().await?;
                    }
                }
                Err(e) => {
                    drop(response);
                    permit.failed(&e);
                    if e.kind() == ErrorKind::Checksum && range.start == 0 {
                        return Err(e);
                    }
                    // Whatever the server does with ranges, the whole file can still be requested.
                    self.ranges_refused |= range.start > 0;
                    self.retry.wait(&self.job.progress, e).await?;
                    continue;
                }
            }
            if let Some(size) = self.read(response, permit).await? {
                return Ok(size);
            }
        }
    }

    /// Reads a body that starts at `self.at`. Returns the size of the file once it is complete.
    async fn read(&mut self, response: OpenResponse, permit: Connection) -> Result<Option<u64>> {
        let announced = content_size(response.response.headers());
        let end = self.job.size.or(announced);
        let reader = BodyReader::new(response.response.into_body(), &self.cx.buffers);
        let err = match self.pump(reader, end).await {
            Ok(Ended::Slow(reader)) => {
                let size = self.job.size.unwrap_or(self.at);
                let map = PieceMap::with_prefix(size, self.at);
                self.writer.any_order().await?;
                let first = ranges::First {
                    reader,
                    at: self.at,
                    permit,
                };
                return self.ranges(map, Some(first)).await;
            }
            Ok(Ended::Complete) if end.is_none_or(|end| self.at == end) => {
                return Ok(Some(self.at));
            }
            Ok(Ended::Complete) => short(self.job.file(), self.at, end.unwrap_or_default()),
            Err(BodyError::Fatal(e)) => return Err(e),
            Err(BodyError::Remote(e)) => e,
        };
        permit.failed(&err);
        self.retry.wait(&self.job.progress, err).await?;
        Ok(None)
    }

    async fn pump(&mut self, mut reader: BodyReader, end: Option<u64>) -> Result<Ended, BodyError> {
        let mut measured_from = (Instant::now(), self.at);
        while let Some(bytes) = reader.next(u64::MAX).await? {
            let len = bytes.len() as u64;
            if let Some(end) = end.filter(|end| self.at + len > *end) {
                return Err(BodyError::Fatal(long(self.job.file(), end)));
            }
            deliver(self.cx, self.job, self.writer, self.at, bytes).await?;
            self.at += len;
            self.retry.progress(self.at);
            if self.parallel && end.is_some_and(|end| end - self.at >= PIECE) {
                let elapsed = measured_from.0.elapsed();
                if elapsed >= MEASURED_FOR {
                    #[expect(clippy::cast_precision_loss, reason = "a rate")]
                    let rate = (self.at - measured_from.1) as f64 / elapsed.as_secs_f64();
                    if rate < FAST {
                        return Ok(Ended::Slow(reader));
                    }
                    measured_from = (Instant::now(), self.at);
                }
            }
        }
        Ok(Ended::Complete)
    }

    /// Continues over several connections. Returns the size of the file if that completes it; otherwise the
    /// server does not support ranges after all, and one connection starts over.
    async fn ranges(&mut self, map: PieceMap, first: Option<ranges::First>) -> Result<Option<u64>> {
        self.in_pieces = true;
        let size = self.job.size.unwrap_or_default();
        let helpers = !self.whole_refused;
        let (cx, job, writer) = (self.cx, self.job, self.writer);
        match ranges::run(cx, job, writer, self.retry, map, first, helpers).await? {
            Outcome::Complete => Ok(Some(size)),
            Outcome::RangesRefused(e) => {
                if self.whole_refused {
                    return Err(e);
                }
                tracing::debug!(file = self.job.file(), error = %e, "the server does not send parts of the file");
                self.ranges_refused = true;
                self.parallel = false;
                Ok(None)
            }
        }
    }

    /// Handles a refused request: retries without a range if it had one, and in ranges if it had none.
    async fn refused(&mut self, range: ByteRange, err: Error) -> Result<Option<u64>> {
        if range.start > 0 && refuses_range(&err) {
            // Existing bytes are given up only once a whole response has started.
            tracing::debug!(file = self.job.file(), error = %err, "the range was refused; requesting the whole file");
            self.ranges_refused = true;
            return Ok(None);
        }
        match self.job.size {
            Some(size)
                if range == ByteRange::ALL
                    && refuses_whole(&err)
                    && size > 0
                    && !self.ranges_refused
                    && !self.whole_refused =>
            {
                tracing::debug!(file = self.job.file(), error = %err, "the whole file was refused; requesting it by ranges");
                self.whole_refused = true;
                self.writer.any_order().await?;
                let map = PieceMap::with_prefix(size, self.at);
                match self.ranges(map, None).await {
                    // The refusal was not about ranges, so the first error is more informative.
                    Err(e) if e.status().is_some() => Err(err),
                    other => other,
                }
            }
            _ => Err(err),
        }
    }

    /// Discards the bytes that exist.
    async fn restart(&mut self) -> Result<()> {
        let file = self.job.file();
        self.retry.restart(|| {
            Error::network(format!(
                "the server sends `{file}` only from the start, and ends each response before the end of the file"
            ))
        })?;
        self.job.progress.restart();
        self.at = 0;
        self.in_pieces = false;
        self.writer.restart().await
    }
}
