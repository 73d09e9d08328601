//! Responses, with a body to stream or with a body in memory.

mod buffered;
mod chunks;
mod info;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::body::{ResponseBody, poll_data};
use crate::error::{Error, ErrorKind, Result};

pub use buffered::BufferedResponse;
pub use chunks::BodyChunks;
pub use info::ResponseInfo;

/// The default limit for responses read into memory. The largest lists and trees of the Hub are far below it,
/// and files should be streamed.
pub const DEFAULT_BODY_LIMIT: u64 = 256 << 20;

/// The largest allocation made on the strength of a `Content-Length` header alone.
const TRUSTED_LENGTH: u64 = 1 << 20;

/// A response from the Hub.
///
/// [`Client::execute`](crate::Client::execute) returns it as soon as its headers have arrived, with a body
/// that is still to be read. [`Client::fetch`](crate::Client::fetch) and [`collect`](Self::collect) return it
/// with the body in memory, as a [`BufferedResponse`].
///
/// It converts into an `http::Response` with the same body, for a server that forwards it.
#[derive(Debug, Clone)]
pub struct Response<B = ResponseBody> {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) url: Uri,
    pub(crate) body: B,
    pub(crate) method: Method,
    pub(crate) attempts: u32,
    pub(crate) started: Instant,
}

impl<B> Response<B> {
    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns a header as text, or `None` if it is missing or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the URL that the response came from, after redirects. It may carry a signature: pass it
    /// through [`redact_url`](crate::redact_url) before showing it.
    pub fn url(&self) -> &Uri {
        &self.url
    }

    /// Returns the `Content-Length`, if there is a valid one.
    pub fn content_length(&self) -> Option<u64> {
        self.header("content-length")?.trim().parse().ok()
    }

    /// Returns how many times the request was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the body, for a caller that reads it in its own way.
    pub fn into_body(self) -> B {
        self.body
    }

    /// Adds the method and URL of the request to an error.
    pub(crate) fn locate(&self, error: Error) -> Error {
        error
            .with_request(&self.method, &self.url.to_string())
            .with_attempts(self.attempts, self.started.elapsed())
    }

    fn with_body<T>(self, body: T) -> Response<T> {
        Response {
            status: self.status,
            headers: self.headers,
            url: self.url,
            body,
            method: self.method,
            attempts: self.attempts,
            started: self.started,
        }
    }
}

impl<B> From<Response<B>> for http::Response<B> {
    /// Keeps status, headers and body. Headers that describe the connection, such as `Transfer-Encoding`, are
    /// removed, because the forwarding server has its own connection.
    fn from(response: Response<B>) -> Self {
        let mut converted = Self::new(response.body);
        *converted.status_mut() = response.status;
        *converted.headers_mut() = response.headers;
        for name in [
            http::header::CONNECTION,
            http::header::TRANSFER_ENCODING,
            http::header::UPGRADE,
            http::HeaderName::from_static("keep-alive"),
        ] {
            converted.headers_mut().remove(name);
        }
        converted
    }
}

impl Response {
    /// Reads the body into memory, up to [`DEFAULT_BODY_LIMIT`] bytes.
    ///
    /// # Errors
    /// Returns `TooLarge` above the limit, and `Network` or `Timeout` if the body is cut off or stalls.
    pub async fn bytes(self) -> Result<Bytes> {
        self.bytes_limited(DEFAULT_BODY_LIMIT).await
    }

    /// Reads the body into memory, up to `limit` bytes.
    ///
    /// # Errors
    /// The same as [`bytes`](Self::bytes).
    pub async fn bytes_limited(self, limit: u64) -> Result<Bytes> {
        Ok(self.collect(limit).await?.body)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// The same as [`bytes`](Self::bytes), and `Decode` with the path of the field that could not be decoded.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        self.collect(DEFAULT_BODY_LIMIT).await?.json()
    }

    /// Reads the body as text, with invalid UTF-8 replaced.
    ///
    /// # Errors
    /// The same as [`bytes`](Self::bytes).
    pub async fn text(self) -> Result<String> {
        Ok(self.collect(DEFAULT_BODY_LIMIT).await?.text())
    }

    /// Reads the whole body into memory, up to `limit` bytes.
    ///
    /// A truncated body is an error here; [`Client::fetch`](crate::Client::fetch) retries it.
    ///
    /// # Errors
    /// The same as [`bytes`](Self::bytes).
    pub async fn collect(mut self, limit: u64) -> Result<BufferedResponse> {
        let announced = self.content_length();
        match collect(&mut self.body, announced, limit).await {
            Ok(body) => Ok(self.with_body(body)),
            Err(error) => Err(self.locate(error)),
        }
    }

    /// Puts another body in place of this one.
    pub(crate) fn map_body(mut self, change: impl FnOnce(ResponseBody) -> ResponseBody) -> Self {
        let body = std::mem::replace(&mut self.body, ResponseBody::empty());
        self.body = change(body);
        self
    }

    /// Returns the body as a stream of chunks, whose errors name the request.
    pub fn chunks(self) -> BodyChunks {
        BodyChunks::new(self)
    }
}

/// Reads a body that is expected to have `announced` bytes.
pub(crate) async fn collect(
    body: &mut ResponseBody,
    announced: Option<u64>,
    limit: u64,
) -> Result<Bytes> {
    let announced = announced.unwrap_or(0);
    if announced > limit {
        return Err(too_large(limit));
    }
    // Most bodies consist of one frame, which is returned without a copy.
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(chunk) = std::future::poll_fn(|cx| poll_data(body, cx)).await {
        let chunk = chunk?;
        if (first.len() + rest.len() + chunk.len()) as u64 > limit {
            return Err(too_large(limit));
        }
        if first.is_empty() && rest.is_empty() {
            first = chunk;
            continue;
        }
        if rest.is_empty() {
            let known = announced.min(TRUSTED_LENGTH) as usize;
            rest.reserve(known.max(first.len() + chunk.len()));
            rest.extend_from_slice(&std::mem::take(&mut first));
        }
        rest.extend_from_slice(&chunk);
    }
    Ok(if rest.is_empty() {
        first
    } else {
        rest.freeze()
    })
}

fn too_large(limit: u64) -> Error {
    Error::new(
        ErrorKind::TooLarge,
        format!("the response is larger than the {limit} bytes allowed for it"),
    )
}
