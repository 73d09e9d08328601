//! A response whose body has not been read, and whether it is what was requested.

use hf_transport::{Error, ErrorKind, Response, Result};
use hf_types::{Etag, HfFileMetadata};
use http::{HeaderMap, StatusCode};

use super::byte_range::ByteRange;
use super::metadata::{Coding, X_LINKED_ETAG, content_coding, content_range, content_size};

/// A response whose body has not been read.
#[derive(Debug)]
pub(crate) struct OpenResponse {
    pub(crate) response: Response,
    /// The metadata that the Hub sent with the redirect or the content; `None` if storage was requested
    /// directly.
    pub(crate) metadata: Option<HfFileMetadata>,
}

/// What a response must contain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content<'a> {
    /// The ETag that the Hub announced, if it decides; `None` if a file list does.
    pub(crate) etag: Option<&'a Etag>,
    pub(crate) size: Option<u64>,
}

/// The position at which the body of a response starts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BodyStart {
    /// The first requested byte.
    AsRequested,
    /// The first byte of the file: the range was ignored, or the content has changed.
    OfFile,
}

impl OpenResponse {
    /// Checks that the body is what was requested, before any of it is read.
    ///
    /// # Errors
    /// Returns `Checksum` for other content (another ETag or size), and `Network` for an inconsistent
    /// response.
    pub(crate) fn check(&self, range: ByteRange, content: Content<'_>) -> Result<BodyStart> {
        let headers = self.response.headers();
        self.check_etag(headers, content)?;
        if let Coding::Encoded(coding) = content_coding(headers) {
            return Err(senseless(&format!(
                "it is encoded as `{coding}`, which was not requested"
            )));
        }
        let start =
            match self.response.status() {
                StatusCode::PARTIAL_CONTENT => {
                    let start = content_range(headers).map(|sent| sent.start).ok_or_else(|| {
                    senseless("it is a part of the file without a `Content-Range` that can be read")
                })?;
                    if start != range.start {
                        return Err(senseless(&format!(
                            "it starts at byte {start} instead of {}",
                            range.start
                        )));
                    }
                    BodyStart::AsRequested
                }
                StatusCode::OK if range.start == 0 => BodyStart::AsRequested,
                StatusCode::OK => BodyStart::OfFile,
                status => return Err(senseless(&format!("its status is {status}"))),
            };
        match (content_size(headers), content.size) {
            (Some(found), Some(size)) if found != size => Err(Error::new(
                ErrorKind::Checksum,
                format!("the server announces {found} bytes of a file that has {size}"),
            )),
            _ => Ok(start),
        }
    }

    /// Returns whether the whole file is being sent although a range was requested.
    pub(crate) fn ignores_range(&self) -> bool {
        self.response.status() == StatusCode::OK
    }

    fn check_etag(&self, headers: &HeaderMap, content: Content<'_>) -> Result<()> {
        // Storage has ETags of its own; the Hub's ETag identifies the content.
        let of_the_hub =
            headers.contains_key(X_LINKED_ETAG) || self.response.url().path().contains("/resolve");
        let found = self.metadata.as_ref().and_then(|m| m.etag.as_ref());
        match (found, content.etag) {
            (Some(found), Some(expected)) if of_the_hub && differ(found, expected) => {
                Err(Error::new(
                    ErrorKind::Checksum,
                    format!(
                        "the server now has another content: its ETag is {found}, expected {expected}"
                    ),
                ))
            }
            _ => Ok(()),
        }
    }
}

/// Returns whether two ETags identify different content. ETags of different kinds cannot be compared, because
/// a mirror may use its own.
fn differ(a: &Etag, b: &Etag) -> bool {
    a != b && std::mem::discriminant(&a.kind()) == std::mem::discriminant(&b.kind())
}

fn senseless(what: &str) -> Error {
    Error::network(format!(
        "the response cannot be used for a download: {what}"
    ))
}
