//! A span for each attempt.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::Instant;
use tower::{Layer, Service};
use tracing::{Level, Span};

use crate::error::{BoxError, chain};
use crate::request::RequestOptions;

/// Opens a `tracing` span for each attempt, with the name of the request and of the user's call, the method,
/// host, path, attempt, status, bytes and duration.
///
/// The span contains no query, header or body, so signatures and tokens cannot reach a log through it. Its
/// target is `hf_transport::layers::trace` at level `DEBUG`; it ends when the body was read or dropped.
/// Without a subscriber it costs one comparison.
///
/// ```
/// use hf_transport::{Body, layers::TraceLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let wire = service_fn(|_: http::Request<Body>| async {
///     Ok::<_, std::convert::Infallible>(http::Response::new(Body::empty()))
/// });
/// let request = http::Request::get("https://h/api/models").body(Body::empty()).unwrap();
/// assert!(TraceLayer.layer(wire).oneshot(request).await.is_ok());
/// # });
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct TraceLayer;

impl<S> Layer<S> for TraceLayer {
    type Service = Trace<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Trace { inner }
    }
}

/// The service of [`TraceLayer`].
#[derive(Debug, Clone)]
pub struct Trace<S> {
    inner: S,
}

impl<S, ReqB, B> Service<Request<ReqB>> for Trace<S>
where
    S: Service<Request<ReqB>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    type Response = Response<TracedBody<B>>;
    type Error = BoxError;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let span = if tracing::enabled!(Level::DEBUG) {
            span_of(&request)
        } else {
            Span::none()
        };
        let inner = span.in_scope(|| self.inner.call(request));
        ResponseFuture {
            inner,
            span,
            start: Instant::now(),
        }
    }
}

fn span_of<B>(request: &Request<B>) -> Span {
    let options = request.extensions().get::<RequestOptions>();
    tracing::debug_span!(
        "request",
        operation = options
            .and_then(RequestOptions::operation)
            .unwrap_or("request"),
        root_operation = options.and_then(RequestOptions::root_operation),
        method = request.method().as_str(),
        host = request.uri().host().unwrap_or(""),
        path = request.uri().path(),
        attempt = options.map_or(1, |options| options.attempt().max(1)),
        status = tracing::field::Empty,
        head_ms = tracing::field::Empty,
        bytes = tracing::field::Empty,
        total_ms = tracing::field::Empty,
    )
}

fn millis(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

pin_project! {
    /// The future of [`Trace`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        span: Span,
        start: Instant,
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<TracedBody<B>>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _entered = this.span.enter();
        match ready!(this.inner.poll(cx)) {
            Ok(response) => {
                let status = response.status().as_u16();
                this.span.record("status", status);
                this.span.record("head_ms", millis(*this.start));
                tracing::debug!(status, "responded");
                let end = End {
                    span: this.span.clone(),
                    start: *this.start,
                    bytes: 0,
                };
                Poll::Ready(Ok(response.map(|inner| TracedBody { inner, end })))
            }
            Err(error) => {
                let error = error.into();
                if !this.span.is_disabled() {
                    let known =
                        chain(error.as_ref()).find_map(|e| e.downcast_ref::<crate::Error>());
                    if let Some(known) = known {
                        tracing::debug!(kind = %known.kind(), "failed: {}", known.message());
                    } else {
                        tracing::debug!("failed: {error}");
                    }
                    this.span.record("total_ms", millis(*this.start));
                }
                Poll::Ready(Err(error))
            }
        }
    }
}

pin_project! {
    /// A response body that counts its bytes.
    #[derive(Debug)]
    pub struct TracedBody<B> {
        #[pin]
        inner: B,
        end: End,
    }
}

/// Records the totals when the body ends or is dropped.
#[derive(Debug)]
struct End {
    span: Span,
    start: Instant,
    bytes: u64,
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.span.is_disabled() {
            let total_ms = millis(self.start);
            self.span.record("bytes", self.bytes);
            self.span.record("total_ms", total_ms);
            let _entered = self.span.enter();
            tracing::debug!(bytes = self.bytes, total_ms, "done");
        }
    }
}

impl<B: Body> Body for TracedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.inner.poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            this.end.bytes += data.remaining() as u64;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
