//! Limits the wait for the headers of a response.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Request;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};
use tower::{Layer, Service};

use crate::body::{Body, Progress};
use crate::error::{BoxError, Error};
use crate::request::RequestOptions;

/// Limits the wait for the response headers, counted from the moment at which the last bytes of the request
/// body have left. Neither a long upload nor the draining of the send buffers over a slow uplink counts as
/// silence.
///
/// A request's own limit ([`RequestOptions::with_header_timeout`]) takes precedence. This layer is inside
/// retry and the per-attempt layers, so that a silent attempt is an error that retry can handle.
///
/// ```
/// use std::time::Duration;
/// use hf_transport::{Body, Error, ErrorKind, layers::HeaderTimeoutLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let silent = service_fn(|_: http::Request<Body>| {
///     std::future::pending::<Result<http::Response<()>, std::convert::Infallible>>()
/// });
/// let layer = HeaderTimeoutLayer::new(Duration::from_secs(60));
/// let error = layer.layer(silent).oneshot(http::Request::new(Body::empty())).await.unwrap_err();
/// assert_eq!(Error::from(error).kind(), ErrorKind::Timeout);
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct HeaderTimeoutLayer {
    limit: Duration,
}

impl HeaderTimeoutLayer {
    /// Creates a layer with this limit.
    pub fn new(limit: Duration) -> Self {
        Self { limit }
    }
}

impl<S> Layer<S> for HeaderTimeoutLayer {
    type Service = HeaderTimeout<S>;

    fn layer(&self, inner: S) -> Self::Service {
        HeaderTimeout {
            inner,
            limit: self.limit,
        }
    }
}

/// The service of [`HeaderTimeoutLayer`].
#[derive(Debug, Clone)]
pub struct HeaderTimeout<S> {
    inner: S,
    limit: Duration,
}

impl<S, R> Service<Request<Body>> for HeaderTimeout<S>
where
    S: Service<Request<Body>, Response = R>,
    S::Error: Into<BoxError>,
{
    type Response = R;
    type Error = BoxError;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let own = request
            .extensions()
            .get::<RequestOptions>()
            .and_then(RequestOptions::header_timeout);
        let limit = own.unwrap_or(self.limit);
        let progress = (!request.body().is_empty()).then(|| request.body_mut().watch());
        ResponseFuture {
            sleep: tokio::time::sleep(limit),
            inner: self.inner.call(request),
            progress,
            limit,
        }
    }
}

pin_project! {
    /// The future of [`HeaderTimeout`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        #[pin]
        sleep: Sleep,
        progress: Option<Arc<Progress>>,
        limit: Duration,
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<R, E>>,
    E: Into<BoxError>,
{
    type Output = Result<R, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(result) = this.inner.poll(cx) {
            return Poll::Ready(result.map_err(Into::into));
        }
        loop {
            ready!(this.sleep.as_mut().poll(cx));
            let due = this
                .progress
                .as_ref()
                .and_then(|progress| progress.drained().checked_add(*this.limit));
            match due {
                Some(due) if due > Instant::now() => this.sleep.as_mut().reset(due),
                _ => {
                    return Poll::Ready(Err(Error::timeout(format!(
                        "no response within {} s",
                        this.limit.as_secs_f64()
                    ))
                    .into()));
                }
            }
        }
    }
}
