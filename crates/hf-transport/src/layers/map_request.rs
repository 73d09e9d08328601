//! A layer that changes or refuses requests, and passes responses through.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Request;
use http::request::Parts;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::error::{BoxError, Error, Result};

/// Creates a layer that applies `change` to each request. If `change` returns an error, the request fails
/// with it and is not sent.
///
/// ```
/// use hf_transport::{Body, layers::map_request};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let layer = map_request(|parts| {
///     parts.headers.insert("x-team", http::HeaderValue::from_static("search"));
///     Ok(())
/// });
/// let wire = service_fn(|request: http::Request<Body>| async move {
///     Ok::<_, std::convert::Infallible>(http::Response::new(request.headers()["x-team"].clone()))
/// });
/// let response = layer.layer(wire).oneshot(http::Request::new(Body::empty())).await.unwrap();
/// assert_eq!(response.body(), "search");
/// # });
/// ```
pub fn map_request<F>(change: F) -> MapRequestLayer<F>
where
    F: Fn(&mut Parts) -> Result<()> + Clone,
{
    MapRequestLayer(change)
}

/// The layer returned by [`map_request`].
#[derive(Clone, Copy)]
pub struct MapRequestLayer<F>(F);

impl<S, F: Clone> Layer<S> for MapRequestLayer<F> {
    type Service = MapRequest<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        MapRequest {
            inner,
            change: self.0.clone(),
        }
    }
}

impl<F> fmt::Debug for MapRequestLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MapRequestLayer")
    }
}

/// The service of [`map_request`].
#[derive(Clone, Copy)]
pub struct MapRequest<S, F> {
    inner: S,
    change: F,
}

impl<S: fmt::Debug, F> fmt::Debug for MapRequest<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapRequest")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, F, B> Service<Request<B>> for MapRequest<S, F>
where
    S: Service<Request<B>>,
    S::Error: Into<BoxError>,
    F: Fn(&mut Parts) -> Result<()>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        match (self.change)(&mut parts) {
            Ok(()) => ResponseFuture {
                inner: Some(self.inner.call(Request::from_parts(parts, body))),
                refused: None,
            },
            Err(error) => ResponseFuture {
                inner: None,
                refused: Some(error),
            },
        }
    }
}

pin_project! {
    /// The future of [`MapRequest`].
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Option<F>,
        refused: Option<Error>,
    }
}

impl<F, T, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    type Output = Result<T, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match (this.inner.as_pin_mut(), this.refused.take()) {
            (Some(inner), _) => inner.poll(cx).map_err(Into::into),
            (None, Some(error)) => Poll::Ready(Err(error.into())),
            (None, None) => Poll::Pending,
        }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture")
    }
}
