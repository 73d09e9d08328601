//! Reads a response body inside the retry loop.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower::{Layer, Service};

use crate::body::ResponseBody;
use crate::error::{BoxError, Error};
use crate::request::RequestOptions;
use crate::response::collect;

/// Reads the body of a successful response into memory, if the request asks for it
/// ([`RequestOptions::with_buffer_limit`]).
///
/// This layer is inside retry, so that a truncated body is a failed attempt like any other, and outside
/// decompression, so that a damaged one is as well. The bodies of error responses are left to the code that
/// converts them into errors.
///
/// ```
/// use hf_transport::{Body, RequestOptions, ResponseBody, layers::BufferLayer};
/// use http_body::Body as _;
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let wire = service_fn(|_: http::Request<Body>| async {
///     let chunks = futures_util::stream::iter(["a", "b"].map(|chunk| Ok::<_, std::io::Error>(bytes::Bytes::from(chunk))));
///     Ok::<_, std::convert::Infallible>(http::Response::new(Body::once(chunks, None)))
/// });
/// let mut request = http::Request::new(Body::empty());
/// request.extensions_mut().insert(RequestOptions::new().with_buffer_limit(10));
/// let response = BufferLayer.layer(wire).oneshot(request).await.unwrap();
/// assert_eq!(response.body().size_hint().exact(), Some(2));
/// # });
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct BufferLayer;

impl<S> Layer<S> for BufferLayer {
    type Service = Buffer<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Buffer { inner }
    }
}

/// The service of [`BufferLayer`].
#[derive(Debug, Clone)]
pub struct Buffer<S> {
    inner: S,
}

impl<S, ReqB, B> Service<Request<ReqB>> for Buffer<S>
where
    S: Service<Request<ReqB>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let limit = request
            .extensions()
            .get::<RequestOptions>()
            .and_then(RequestOptions::buffer_limit);
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let response = self.inner.call(request);
        Box::pin(async move {
            let response = response.await.map_err(Into::into)?.map(ResponseBody::new);
            let Some(limit) = limit.filter(|_| !is_error(&response)) else {
                return Ok(response);
            };
            let (parts, mut body) = response.into_parts();
            let announced = parts
                .headers
                .get(http::header::CONTENT_LENGTH)
                .and_then(|value| value.to_str().ok()?.trim().parse().ok());
            match collect(&mut body, announced, limit).await {
                Ok(bytes) => Ok(Response::from_parts(parts, ResponseBody::from(bytes))),
                Err(error) => {
                    let url = parts
                        .extensions
                        .get::<crate::ResponseInfo>()
                        .map_or(uri, |info| info.url().clone());
                    Err(Error::with_request(error, &method, &url.to_string()).into())
                }
            }
        })
    }
}

fn is_error<B>(response: &Response<B>) -> bool {
    response.status().is_client_error() || response.status().is_server_error()
}
