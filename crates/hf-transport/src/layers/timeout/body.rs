//! Limits silence in a response body, and the duration of a whole request.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};
use tower::{Layer, Service};

use crate::error::{BoxError, Error};
use crate::request::RequestOptions;

/// Limits how long no bytes may arrive while a response body is read. A stalled download becomes an error
/// that can be retried or resumed; a slow one continues.
///
/// A request's own limit ([`RequestOptions::with_idle_timeout`]) takes precedence; `Duration::MAX` disables
/// it.
///
/// ```
/// use std::time::Duration;
/// use hf_transport::{Body, Error, ErrorKind, layers::IdleTimeoutLayer};
/// use http_body_util::{BodyExt, StreamBody};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let stalling = service_fn(|_: http::Request<Body>| async {
///     let never = futures_util::stream::pending::<Result<http_body::Frame<bytes::Bytes>, Error>>();
///     Ok::<_, std::convert::Infallible>(http::Response::new(StreamBody::new(never)))
/// });
/// let layer = IdleTimeoutLayer::new(Duration::from_secs(10));
/// let response = layer.layer(stalling).oneshot(http::Request::new(Body::empty())).await.unwrap();
/// let error = response.into_body().collect().await.unwrap_err();
/// assert_eq!(Error::from(error).kind(), ErrorKind::Timeout);
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct IdleTimeoutLayer {
    limit: Duration,
}

impl IdleTimeoutLayer {
    /// Creates a layer with this limit.
    pub fn new(limit: Duration) -> Self {
        Self { limit }
    }
}

impl<S> Layer<S> for IdleTimeoutLayer {
    type Service = IdleTimeout<S>;

    fn layer(&self, inner: S) -> Self::Service {
        IdleTimeout {
            inner,
            limit: self.limit,
        }
    }
}

/// The service of [`IdleTimeoutLayer`].
#[derive(Debug, Clone)]
pub struct IdleTimeout<S> {
    inner: S,
    limit: Duration,
}

impl<S, ReqB, B> Service<Request<ReqB>> for IdleTimeout<S>
where
    S: Service<Request<ReqB>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    type Response = Response<TimedBody<B>>;
    type Error = BoxError;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let own = request
            .extensions()
            .get::<RequestOptions>()
            .and_then(RequestOptions::idle_timeout);
        ResponseFuture {
            inner: self.inner.call(request),
            sleep: None,
            limit: Limit::Idle(own.unwrap_or(self.limit)),
        }
    }
}

/// Limits the duration of a request as a whole: retries, waits, redirects and reading the body.
///
/// By default there is no limit, because an upload may take hours. A request can set its own
/// ([`RequestOptions::with_timeout`]). This is the outermost layer.
///
/// ```
/// use std::time::Duration;
/// use hf_transport::{Body, Error, ErrorKind, layers::TotalTimeoutLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let silent = service_fn(|_: http::Request<Body>| {
///     std::future::pending::<Result<http::Response<Body>, std::convert::Infallible>>()
/// });
/// let layer = TotalTimeoutLayer::new(Some(Duration::from_secs(5)));
/// let error = layer.layer(silent).oneshot(http::Request::new(Body::empty())).await.unwrap_err();
/// assert_eq!(Error::from(error).kind(), ErrorKind::Timeout);
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TotalTimeoutLayer {
    limit: Option<Duration>,
}

impl TotalTimeoutLayer {
    /// Creates a layer with a limit for requests that have none of their own.
    pub fn new(limit: Option<Duration>) -> Self {
        Self { limit }
    }
}

impl<S> Layer<S> for TotalTimeoutLayer {
    type Service = TotalTimeout<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TotalTimeout {
            inner,
            limit: self.limit,
        }
    }
}

/// The service of [`TotalTimeoutLayer`].
#[derive(Debug, Clone)]
pub struct TotalTimeout<S> {
    inner: S,
    limit: Option<Duration>,
}

impl<S, ReqB, B> Service<Request<ReqB>> for TotalTimeout<S>
where
    S: Service<Request<ReqB>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    type Response = Response<TimedBody<B>>;
    type Error = BoxError;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let own = request
            .extensions()
            .get::<RequestOptions>()
            .and_then(RequestOptions::timeout);
        let limit = own
            .or(self.limit)
            .and_then(|limit| Some((Instant::now().checked_add(limit)?, limit)));
        ResponseFuture {
            inner: self.inner.call(request),
            sleep: limit.map(|(due, _)| Box::pin(tokio::time::sleep_until(due))),
            limit: limit.map_or(Limit::None, |(_, limit)| Limit::Total(limit)),
        }
    }
}

/// The limit that applies to a body.
#[derive(Debug, Clone, Copy)]
enum Limit {
    None,
    Idle(Duration),
    Total(Duration),
}

impl Limit {
    fn error(self) -> BoxError {
        match self {
            Self::Idle(limit) => Error::timeout(format!(
                "the response stalled: no bytes arrived for {} s",
                limit.as_secs_f64()
            )),
            Self::Total(limit) => Error::timeout(format!(
                "the request took longer than the {} s allowed for it",
                limit.as_secs_f64()
            )),
            Self::None => Error::timeout("out of time"),
        }
        .into()
    }
}

pin_project! {
    /// The future of [`IdleTimeout`] and [`TotalTimeout`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        sleep: Option<Pin<Box<Sleep>>>,
        limit: Limit,
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<TimedBody<B>>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(result) = this.inner.poll(cx) {
            return Poll::Ready(match result {
                Ok(response) => Ok(response.map(|inner| TimedBody {
                    inner,
                    sleep: this.sleep.take(),
                    limit: *this.limit,
                })),
                Err(error) => Err(error.into()),
            });
        }
        if let Some(sleep) = this.sleep {
            ready!(sleep.as_mut().poll(cx));
            return Poll::Ready(Err(this.limit.error()));
        }
        Poll::Pending
    }
}

pin_project! {
    /// The response body of [`IdleTimeout`] and [`TotalTimeout`], which fails when its time limit passes.
    #[derive(Debug)]
    pub struct TimedBody<B> {
        #[pin]
        inner: B,
        sleep: Option<Pin<Box<Sleep>>>,
        limit: Limit,
    }
}

impl<B> HttpBody for TimedBody<B>
where
    B: HttpBody,
    B::Error: Into<BoxError>,
{
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        let this = self.project();
        if let Poll::Ready(frame) = this.inner.poll_frame(cx) {
            if let Limit::Idle(_) = this.limit {
                // The clock runs only while the reader waits, not while it processes what it has received.
                *this.sleep = None;
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        if let (None, Limit::Idle(limit)) = (&this.sleep, *this.limit) {
            *this.sleep = Some(Box::pin(tokio::time::sleep(limit)));
        }
        match this.sleep {
            Some(sleep) => {
                ready!(sleep.as_mut().poll(cx));
                Poll::Ready(Some(Err(this.limit.error())))
            }
            None => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
