//! A part of a remote file as a stream that goes on after a broken connection.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use hf_transport::{ResponseBody, Result};

use super::body_error::{BodyError, next_bytes, short};
use super::progress::{FileProgress, Reporter};
use super::remote_source::Shared;
use super::retry::BodyRetry;
use super::source::ByteRange;

/// Parts from this size on are read from Xet storage. A smaller part costs one request by the bridge and two there, and
/// does not have enough bytes for several connections.
#[cfg(feature = "xet")]
const XET_PART: u64 = 16 * 1024 * 1024;

struct Part {
    file: Arc<Shared>,
    start: u64,
    at: u64,
    end: u64,
    size: u64,
    body: Option<ResponseBody>,
    #[cfg(feature = "xet")]
    xet: Option<BoxStream<'static, Result<Bytes>>>,
    retry: BodyRetry,
    progress: FileProgress,
}

/// Streams the bytes in `range` of a file of `size` bytes.
pub(super) fn stream(
    file: Arc<Shared>,
    range: Range<u64>,
    size: u64,
) -> BoxStream<'static, Result<Bytes>> {
    let end = range.end.min(size);
    let part = Part {
        start: range.start,
        at: range.start,
        end,
        size,
        body: None,
        #[cfg(feature = "xet")]
        xet: file
            .xet
            .as_ref()
            .filter(|_| end.saturating_sub(range.start) >= XET_PART)
            .map(|xet| xet.stream(range.start..end).boxed()),
        retry: BodyRetry::default(),
        progress: FileProgress::new(&Reporter::default(), &file.file, Some(size)),
        file,
    };
    stream::try_unfold(part, |mut part| async move {
        Ok(part.next().await?.map(|bytes| (bytes, part)))
    })
    .boxed()
}

impl Part {
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
        use futures_util::TryStreamExt as _;
        use hf_transport::ErrorKind;
        let Some(xet) = &mut self.xet else {
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
        self.xet = None;
        Ok(None)
    }
}
