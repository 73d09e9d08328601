//! The one type that every stack and every transport becomes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

use crate::body::{Body, ResponseBody};
use crate::error::BoxError;

/// A service behind a pointer: what a [`ClientBuilder::layer`](crate::ClientBuilder::layer) wraps.
#[derive(Debug, Clone)]
pub struct BoxService(BoxCloneSyncService<Request<Body>, Response<ResponseBody>, BoxError>);

impl BoxService {
    /// Erases the type of a service, of its response's body and of its error.
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

/// What a service of the user's has to be: from a request with a [`Body`] to a response with any body.
///
/// It is implemented for all services that are; there is nothing to implement by hand.
pub trait UserService<B>:
    Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static
{
}

impl<S, B> UserService<B> for S where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static
{
}
