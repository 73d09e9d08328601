//! Limits the number of requests in flight to one host.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::{Layer, Service};

use crate::error::BoxError;
use crate::origin::Origin;

/// Limits the requests in flight to one host, for servers and proxies that refuse more than a few connections.
///
/// A request acquires a permit before it is sent and releases it at the end of the response body (or when the
/// body is dropped). Others wait in order of arrival. Scheme, host and port together identify a host. Over
/// HTTP/1.1, where a connection serves one request at a time, this limits the number of connections in use.
///
/// A response whose body is neither read nor dropped keeps its permit. A program that holds as many such
/// responses as the limit allows, and then waits for another response from the same host, deadlocks.
///
/// ```
/// use hf_transport::{Body, ResponseBody, layers::ConnectionLimitLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let hub = ConnectionLimitLayer::new(1).layer(service_fn(|_: http::Request<Body>| async {
///     Ok::<_, std::convert::Infallible>(http::Response::new(ResponseBody::from("...")))
/// }));
/// let request = || http::Request::get("https://hub.test/x").body(Body::empty()).unwrap();
/// let first = hub.clone().oneshot(request()).await.unwrap();
/// let mut second = Box::pin(hub.clone().oneshot(request()));
/// assert!(futures_util::poll!(&mut second).is_pending());
/// drop(first);
/// second.await.unwrap();
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct ConnectionLimitLayer {
    limit: usize,
    /// An entry is dropped together with the last request to its host.
    hosts: Arc<Mutex<HashMap<Origin, Weak<Semaphore>>>>,
}

impl ConnectionLimitLayer {
    /// Creates a layer whose services all share the limit. A limit of 0 is treated as 1.
    pub fn new(limit: usize) -> Self {
        Self {
            limit: limit.clamp(1, Semaphore::MAX_PERMITS),
            hosts: Arc::default(),
        }
    }

    fn places(&self, origin: Origin) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = hosts.get(&origin).and_then(Weak::upgrade) {
            return places;
        }
        // Entries of hosts without requests are removed here, so that a client that follows redirects to many
        // hosts does not grow.
        hosts.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(self.limit));
        hosts.insert(origin, Arc::downgrade(&places));
        places
    }
}

impl<S> Layer<S> for ConnectionLimitLayer {
    type Service = ConnectionLimit<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ConnectionLimit {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service of [`ConnectionLimitLayer`].
#[derive(Debug, Clone)]
pub struct ConnectionLimit<S> {
    inner: S,
    layer: ConnectionLimitLayer,
}

impl<S, ReqB, B> Service<Request<ReqB>> for ConnectionLimit<S>
where
    S: Service<Request<ReqB>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    ReqB: Send + 'static,
    B: HttpBody + Send + 'static,
{
    type Response = Response<LimitedBody<B>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let again = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, again);
        let places = Origin::of(request.uri()).map(|origin| self.layer.places(origin));
        Box::pin(async move {
            let place = match places {
                // The semaphore is never closed.
                Some(places) => places.acquire_owned().await.ok(),
                None => None,
            };
            let response = inner.call(request).await.map_err(Into::into)?;
            Ok(response.map(|body| LimitedBody {
                place: place.filter(|_| !body.is_end_stream()),
                inner: body,
            }))
        })
    }
}

pin_project! {
    /// The response body of [`ConnectionLimitLayer`], which holds the permit of its request until it ends.
    #[derive(Debug)]
    pub struct LimitedBody<B> {
        #[pin]
        inner: B,
        place: Option<OwnedSemaphorePermit>,
    }
}

impl<B: HttpBody<Data = Bytes>> HttpBody for LimitedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.inner.as_mut().poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) || this.inner.is_end_stream() {
            *this.place = None;
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
