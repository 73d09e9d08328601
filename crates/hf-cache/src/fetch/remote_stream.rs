//! A part of a remote file as a stream that goes on after a broken connection.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
#[cfg(feature = "xet")]
use futures_util::stream::TryStreamExt as _;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use hf_transport::{ResponseBody, Result};
#[cfg(feature = "xet")]
use http_body::Frame;
#[cfg(feature = "xet")]
use http_body_util::StreamBody;

use super::body_error::{BodyError, next_bytes, short};
use super::byte_range::ByteRange;
use super::progress::{FileProgress, Reporter};
use super::remote_source::Shared;
use super::retry::BodyRetry;

/// Whether the bytes come from Xet storage.
#[cfg(feature = "xet")]
enum Xet {
    Undecided,
    Reading(BoxStream<'static, Result<Bytes>>),
    Unused,
}

struct Part {
    file: Arc<Shared>,
    start: u64,
    at: u64,
    end: u64,
    size: u64,
    body: Option<ResponseBody>,
    #[cfg(feature = "xet")]
    xet: Xet,
    retry: BodyRetry,
    progress: FileProgress,
}

/// Streams the bytes in `range` of a file of `size` bytes.
pub(super) fn stream(
    file: Arc<Shared>,
    range: Range<u64>,
    size: u64,
) -> BoxStream<'static, Result<Bytes>> {
    Part::new(file, range, size).stream()
}

/// Returns the bytes in `range` as a body once the first of them are there; `None` if they are to come by one response.
#[cfg(feature = "xet")]
pub(super) async fn from_xet(
    file: &Arc<Shared>,
    range: Range<u64>,
    size: u64,
) -> Result<Option<ResponseBody>> {
    let mut part = Part::new(file.clone(), range, size);
    part.decide().await;
    if !matches!(part.xet, Xet::Reading(_)) {
        return Ok(None);
    }
    let first = stream::iter(part.next().await?.map(Ok));
    let frames = first.chain(part.stream()).map_ok(Frame::data);
    Ok(Some(ResponseBody::new(StreamBody::new(frames))))
}

impl Part {
    fn new(file: Arc<Shared>, range: Range<u64>, size: u64) -> Self {
        Self {
            start: range.start,
            at: range.start,
            end: range.end.min(size),
            size,
            body: None,
            #[cfg(feature = "xet")]
            xet: Xet::Undecided,
            retry: BodyRetry::default(),
            progress: FileProgress::new(&Reporter::default(), &file.file, Some(size)),
            file,
        }
    }

    fn stream(self) -> BoxStream<'static, Result<Bytes>> {
        stream::try_unfold(self, |mut part| async move {
            Ok(part.next().await?.map(|bytes| (bytes, part)))
        })
        .boxed()
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        #[cfg(feature = "xet")]
        if let Some(bytes) = self.next_of_xet().await? {
            return Ok(Some(bytes));
        }
        while self.at < self.end {
            let body = if let Some(body) = &mut self.body {
                body
            } else {
                let range = ByteRange {
                    start: self.at,
                    end: Some(self.end),
                };
                self.body.insert(self.file.open(range, self.size).await?)
            };
            let error = match next_bytes(body).await {
                Ok(Some(bytes)) => return Ok(Some(self.arrived(bytes))),
                Ok(None) => short(&self.file.file, self.at - self.start, self.end - self.start),
                Err(BodyError::Remote(error) | BodyError::Fatal(error)) => error,
            };
            self.body = None;
            self.retry.wait(&self.progress, error).await?;
        }
        Ok(None)
    }

    /// Counts bytes, and cuts what is beyond the end of the part.
    fn arrived(&mut self, mut bytes: Bytes) -> Bytes {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        bytes.truncate(left);
        self.at += bytes.len() as u64;
        self.retry.progress(self.at - self.start);
        bytes
    }

    /// Returns the next bytes from Xet storage; `None` if they are to come by plain HTTP.
    #[cfg(feature = "xet")]
    async fn next_of_xet(&mut self) -> Result<Option<Bytes>> {
        use hf_transport::ErrorKind;
        self.decide().await;
        let Xet::Reading(xet) = &mut self.xet else {
            return Ok(None);
        };
        match xet.try_next().await {
            Ok(Some(bytes)) => return Ok(Some(self.arrived(bytes))),
            Ok(None) => {}
            // The bytes before were wrong.
            Err(error) if error.kind() == ErrorKind::Checksum => return Err(error),
            Err(error) => {
                tracing::info!(file = self.file.file, %error, "Xet storage failed; going on by plain HTTP");
            }
        }
        self.xet = Xet::Unused;
        Ok(None)
    }

    #[cfg(feature = "xet")]
    async fn decide(&mut self) {
        if !matches!(self.xet, Xet::Undecided) {
            return;
        }
        let stream = match &self.file.xet {
            Some(xet) => xet.stream(self.start..self.end).await,
            None => None,
        };
        self.xet = stream.map_or(Xet::Unused, Xet::Reading);
    }
}
