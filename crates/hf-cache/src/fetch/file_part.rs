//! Reads the first bytes of a file, however the server handles ranges.

use std::ops::Range;

use bytes::Bytes;
use hf_transport::{Error, Result};
use http::StatusCode;

use super::body_error::BodyError;
use super::byte_range::ByteRange;
use super::context::Context;
use super::exact_body::collect;
use super::metadata::{content_range, content_size};
use super::open_response::OpenResponse;
use super::progress::{FileProgress, Reporter};
use super::retry::BodyRetry;
use super::source::{Attempts, Source};

/// A part of a file, returned by [`fetch_range_bounded`](crate::fetch_range_bounded).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilePart {
    /// The bytes; fewer than requested if the file ends earlier.
    pub bytes: Bytes,
    /// The size of the whole file in bytes, if the server reports it.
    pub size: Option<u64>,
}

pub(crate) async fn fetch_part(cx: &Context, url: &str, range: Range<u64>) -> Result<FilePart> {
    let requested = ByteRange {
        start: range.start,
        end: Some(range.end.max(range.start.saturating_add(1))),
    };
    let source = Source::new(url.to_owned());
    let shown = hf_transport::redact_url(url);
    let retry = BodyRetry::default();
    let progress = FileProgress::new(&Reporter::default(), &shown, None);
    loop {
        let open = match source.get(cx, requested, None, Attempts::Configured).await {
            Ok(open) => open,
            // The file ends before the range. If the range starts at byte 0, the server refuses ranges,
            // unless the file is empty.
            Err(e)
                if e.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE)
                    && (range.start > 0 || e.body().is_empty()) =>
            {
                return Ok(FilePart {
                    bytes: Bytes::new(),
                    size: None,
                });
            }
            Err(e) => return Err(e),
        };
        let size = content_size(open.response.headers());
        let err = match read(open, &range, size, &shown).await {
            Ok(bytes) => return Ok(FilePart { bytes, size }),
            Err(BodyError::Fatal(e)) => return Err(e),
            Err(BodyError::Remote(e)) => e,
        };
        retry.wait(&progress, err).await?;
    }
}

async fn read(
    open: OpenResponse,
    range: &Range<u64>,
    size: Option<u64>,
    url: &str,
) -> Result<Bytes, BodyError> {
    let headers = open.response.headers();
    let is_part = open.response.status() == StatusCode::PARTIAL_CONTENT;
    let sent = is_part.then(|| content_range(headers)).flatten();
    let skip = match sent {
        Some(sent) if sent.start == range.start => 0,
        Some(sent) => {
            let text = format!(
                "the response of {url} starts at byte {} instead of {}",
                sent.start, range.start
            );
            return Err(BodyError::Remote(Error::network(text)));
        }
        // Some mirrors omit `Content-Range`.
        None if is_part => 0,
        None => range.start,
    };
    let limit = range.end.saturating_sub(range.start);
    let mut bytes = Vec::new();
    let mut body = open.response.into_body();
    let ended = collect(&mut body, skip, limit, &mut bytes).await;
    if let Err(BodyError::Remote(e) | BodyError::Fatal(e)) = ended {
        let text = format!(
            "{} while reading {url}, after {} bytes of {limit}",
            e.message(),
            bytes.len()
        );
        return Err(BodyError::Remote(Error::network(text).with_source(e)));
    }
    // A body may end early without an error. If the size of the file is known, so is the expected number of
    // bytes. A server may also announce and send less than was requested.
    let end = sent.map(|sent| sent.end).or(size);
    let expected = end.map(|end| end.min(range.end).saturating_sub(range.start));
    if expected.is_some_and(|expected| (bytes.len() as u64) < expected.min(limit)) {
        let text = format!(
            "the response of {url} ended after {} bytes of {limit}",
            bytes.len()
        );
        return Err(BodyError::Remote(Error::network(text)));
    }
    Ok(bytes.into())
}
