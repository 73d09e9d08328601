use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::{HeaderMap, Method, StatusCode, Uri};
use http_body::Body as _;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::body::ResponseBody;
use crate::error::{Error, ErrorKind, Result};
use crate::reply::Reply;

/// How much of an answer is collected in memory unless a call says otherwise: the largest lists and
/// trees of the Hub are far below it, and a file belongs into a stream.
pub const DEFAULT_BODY_LIMIT: u64 = 256 << 20;

/// The most that is set aside for a body because of what its `Content-Length` claims.
const TRUSTED_LENGTH: u64 = 1 << 20;

/// An answer of the Hub: its head, and a body that has not been read yet.
#[derive(Debug)]
pub struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) url: Uri,
    pub(crate) body: ResponseBody,
    pub(crate) method: Method,
    pub(crate) attempts: u32,
    pub(crate) started: Instant,
}

impl Response {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header as text; `None` if it is missing or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The address that answered, after redirects. It may carry a signature:
    /// [`redact_url`](crate::redact_url) before showing it.
    pub fn url(&self) -> &Uri {
        &self.url
    }

    /// `Content-Length`, if it is there and a number.
    pub fn content_length(&self) -> Option<u64> {
        self.header("content-length")?.trim().parse().ok()
    }

    /// How many attempts it took.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Reads the body, at most [`DEFAULT_BODY_LIMIT`].
    ///
    /// # Errors
    /// `TooLarge` above the limit; `Network` or `Timeout` if it breaks off or stalls.
    pub async fn bytes(self) -> Result<Bytes> {
        self.bytes_limited(DEFAULT_BODY_LIMIT).await
    }

    /// Reads the body, at most `limit` bytes.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub async fn bytes_limited(self, limit: u64) -> Result<Bytes> {
        Ok(self.collect(limit).await?.body)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes), and `Decode`, naming the field that does not fit.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        self.collect(DEFAULT_BODY_LIMIT).await?.json()
    }

    /// Reads the body as text; what is not UTF-8 is replaced.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub async fn text(self) -> Result<String> {
        Ok(self.collect(DEFAULT_BODY_LIMIT).await?.text())
    }

    /// Reads the whole answer, at most `limit` bytes of body.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub async fn collect(mut self, limit: u64) -> Result<Reply> {
        let body = match self.read(limit).await {
            Ok(body) => body,
            Err(error) => return Err(self.locate(error)),
        };
        Ok(Reply {
            status: self.status,
            headers: self.headers,
            url: self.url,
            body,
            method: self.method,
        })
    }

    async fn read(&mut self, limit: u64) -> Result<Bytes> {
        let announced = self.content_length().unwrap_or(0);
        if announced > limit {
            return Err(too_large(limit));
        }
        // Most answers are one frame, which is handed on as it is.
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        while let Some(chunk) = std::future::poll_fn(|cx| poll_chunk(&mut self.body, cx)).await {
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

    /// The body as it is, for a caller who streams.
    pub fn into_body(self) -> ResponseBody {
        self.body
    }

    /// The body as a stream of chunks, with errors that name the request.
    pub fn chunks(self) -> Chunks {
        Chunks {
            response: Some(self),
        }
    }

    pub(crate) fn locate(&self, error: Error) -> Error {
        error
            .with_request(&self.method, &self.url.to_string())
            .with_trials(self.attempts, self.started.elapsed())
    }
}

fn too_large(limit: u64) -> Error {
    Error::new(
        ErrorKind::TooLarge,
        format!("the answer is larger than the {limit} bytes allowed for it"),
    )
}

/// The next chunk of data of a body.
pub(crate) fn poll_chunk(
    body: &mut ResponseBody,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Bytes>>> {
    loop {
        match ready!(Pin::new(&mut *body).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(broken(error)))),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data()
                    && !data.is_empty()
                {
                    return Poll::Ready(Some(Ok(data)));
                }
            }
        }
    }
}

/// A body that broke off.
fn broken(error: crate::error::BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => Error::from(error).with_context("the answer broke off"),
    }
}

/// The chunks of a body as they arrive; see [`Response::chunks`].
#[derive(Debug)]
pub struct Chunks {
    response: Option<Response>,
}

impl Stream for Chunks {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let Some(response) = &mut self.response else {
            return Poll::Ready(None);
        };
        match ready!(poll_chunk(&mut response.body, cx)) {
            Some(Ok(chunk)) => Poll::Ready(Some(Ok(chunk))),
            Some(Err(error)) => {
                let error = response.locate(error);
                self.response = None;
                Poll::Ready(Some(Err(error)))
            }
            None => {
                self.response = None;
                Poll::Ready(None)
            }
        }
    }
}
