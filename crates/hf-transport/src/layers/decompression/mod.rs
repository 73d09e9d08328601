//! Decompresses responses.

mod body;
mod coding;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, RANGE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::error::{BoxError, Error, ErrorKind, Retryability};
pub use body::DecompressedBody;
use coding::Coding;

/// Requests compressed responses and decompresses them, up to a size limit, because a few kilobytes of gzip
/// can expand to gigabytes.
///
/// A request with `Accept-Encoding` or `Range`, and a `HEAD` request, receives the bytes as they are. Names
/// of codings are case-insensitive, and several gzip members form one body. A response with an unknown coding
/// (`aws-chunked`, `none`, `UTF-8`: metadata that a storage service repeats) is passed through unchanged. A
/// known coding that was not requested, such as `br`, is a `Decode` error that names it.
///
/// This layer is inside retry, so that damaged data is retried while it is [buffered](super::buffer), and
/// outside redirect: it runs once per attempt, not per hop.
///
/// ```
/// use hf_transport::{Body, layers::DecompressionLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let wire = service_fn(|request: http::Request<Body>| async move {
///     let asked = request.headers()["accept-encoding"].to_str().unwrap().to_owned();
///     Ok::<_, std::convert::Infallible>(http::Response::new(asked))
/// });
/// let request = http::Request::head("/file").body(Body::empty()).unwrap();
/// let response = DecompressionLayer::new(1 << 30).layer(wire).oneshot(request).await.unwrap();
/// # use http_body_util::BodyExt;
/// assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "identity");
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct DecompressionLayer {
    limit: u64,
}

impl DecompressionLayer {
    /// Creates a layer that limits the size of a decompressed response to `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self { limit }
    }
}

impl<S> Layer<S> for DecompressionLayer {
    type Service = Decompression<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Decompression {
            inner,
            limit: self.limit,
        }
    }
}

/// The service of [`DecompressionLayer`].
#[derive(Debug, Clone)]
pub struct Decompression<S> {
    inner: S,
    limit: u64,
}

impl<S, ReqB, B> Service<Request<ReqB>> for Decompression<S>
where
    S: Service<Request<ReqB>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Response = Response<DecompressedBody<B>>;
    type Error = BoxError;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<ReqB>) -> Self::Future {
        let is_head = request.method() == Method::HEAD;
        let plain = is_head || request.headers().contains_key(RANGE) || cfg!(not(feature = "gzip"));
        let asked = request.headers().get(ACCEPT_ENCODING).cloned();
        if asked.is_none() {
            let accept = if plain { "identity" } else { "gzip" };
            request
                .headers_mut()
                .insert(ACCEPT_ENCODING, HeaderValue::from_static(accept));
        }
        ResponseFuture {
            inner: self.inner.call(request),
            limit: self.limit,
            is_head,
            asked,
        }
    }
}

pin_project! {
    /// The future of [`Decompression`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        limit: u64,
        is_head: bool,
        asked: Option<HeaderValue>,
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<DecompressedBody<B>>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match ready!(this.inner.poll(cx)) {
            Ok(response) => response,
            Err(error) => return Poll::Ready(Err(error.into())),
        };
        let coding = coding::of(response.headers());
        if coding == Coding::Identity {
            response.headers_mut().remove(CONTENT_ENCODING);
        }
        let has_body = !*this.is_head
            && !matches!(
                response.status(),
                StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
            );
        let partial = response.status() == StatusCode::PARTIAL_CONTENT;
        let decodes = cfg!(feature = "gzip") && coding == Coding::Gzip && has_body && !partial;
        let failed = response.status().is_client_error() || response.status().is_server_error();
        if decodes {
            response.headers_mut().remove(CONTENT_ENCODING);
            response.headers_mut().remove(CONTENT_LENGTH);
        } else if let Some(name) = coding.name()
            && has_body
            && !failed
            && !was_asked(this.asked.as_ref(), name)
        {
            return Poll::Ready(Err(unexpected(name, partial).into()));
        }
        let limit = *this.limit;
        Poll::Ready(Ok(response.map(|inner| {
            if decodes {
                DecompressedBody::gzip(inner, limit)
            } else {
                DecompressedBody::plain(inner)
            }
        })))
    }
}

/// Returns whether the request itself asked for this coding and will therefore decode it.
fn was_asked(asked: Option<&HeaderValue>, name: &str) -> bool {
    asked.is_some_and(|asked| {
        String::from_utf8_lossy(asked.as_bytes())
            .split([',', ';'])
            .any(|part| part.trim().eq_ignore_ascii_case(name))
    })
}

fn unexpected(name: &str, partial: bool) -> Error {
    let what = if partial {
        "a range of the response's `"
    } else {
        "the response is encoded as `"
    };
    let rest = if partial {
        "` encoding cannot be decoded alone"
    } else {
        "`, which was not requested"
    };
    Error::new(ErrorKind::Decode, format!("{what}{name}{rest}"))
        .with_retryability(Retryability::Never)
        .with_hint("a storage, mirror or proxy in between compresses what it should pass on; switch that off there")
}
