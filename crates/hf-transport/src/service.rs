//! The service type that every stack and every transport is erased to.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

use crate::body::{Body, ResponseBody};
use crate::error::BoxError;

/// A type-erased service, as wrapped by [`ClientBuilder::layer`](crate::ClientBuilder::layer).
#[derive(Debug, Clone)]
pub struct BoxService(BoxCloneSyncService<Request<Body>, Response<ResponseBody>, BoxError>);

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
        Self(BoxCloneSyncService::new(
            service
                .map_response(|response: Response<B>| response.map(ResponseBody::new))
                .map_err(Into::into),
        ))
    }
}

/// The future of a [`BoxService`].
type ResponseFuture =
    Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, BoxError>> + Send>>;

impl Service<Request<Body>> for BoxService {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
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
