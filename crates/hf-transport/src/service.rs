//! The service type that every stack and every transport is erased to.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower::{Service, ServiceExt};

use crate::body::{Body, ResponseBody};
use crate::error::BoxError;

/// A type-erased service, as wrapped by [`ClientBuilder::layer`](crate::ClientBuilder::layer).
///
/// Clones share one service, so that a clone costs the same however many layers are below: the stack is cloned
/// for each request, by each layer that sends more than one. The erased service is cloned when a request is
/// sent, and is then waited for until it is ready; [`poll_ready`](Service::poll_ready) itself never waits.
#[derive(Clone)]
pub struct BoxService(Arc<dyn Erased>);

/// A service that is called by reference.
trait Erased: Send + Sync {
    fn call(&self, request: Request<Body>) -> ResponseFuture;
}

/// Calls a service through a clone of it.
struct Shared<S>(S);

impl<S> Erased for Shared<S>
where
    S: Service<Request<Body>, Response = Response<ResponseBody>, Error = BoxError>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    fn call(&self, request: Request<Body>) -> ResponseFuture {
        Box::pin(self.0.clone().oneshot(request))
    }
}

impl BoxService {
    /// Erases the type of a service, of its response body and of its error.
    pub fn new<S, B>(service: S) -> Self
    where
        S: UserService<B>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
        S::Future: Send,
        S::Error: Into<BoxError>,
    {
        Self(Arc::new(Shared(
            service
                .map_response(|response: Response<B>| response.map(ResponseBody::new))
                .map_err(Into::into),
        )))
    }
}

impl fmt::Debug for BoxService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxService")
    }
}

/// A boxed future, as the methods of traits return it that are used as trait objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The future of a [`BoxService`].
type ResponseFuture = BoxFuture<'static, Result<Response<ResponseBody>, BoxError>>;

impl Service<Request<Body>> for BoxService {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> ResponseFuture {
        self.0.call(request)
    }
}

/// The requirements on a user's service: it takes a request with a [`Body`] and returns a response with any
/// body.
///
/// This trait is implemented for every service that qualifies; it need not be implemented by hand.
pub trait UserService<B>:
    Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static
{
}

impl<S, B> UserService<B> for S where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static
{
}
