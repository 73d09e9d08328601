use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, RANGE};
use http::{HeaderValue, Method, Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::error::{BoxError, Error, ErrorKind};

/// Asks for compressed answers and unpacks them, up to a size: a few kilobytes of gzip can stand for
/// gigabytes.
///
/// Nothing is asked for where the bytes themselves matter: a request with `Accept-Encoding` or `Range`,
/// or a `HEAD`. It is the outermost of the client's own layers, once per call and not per hop.
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
    /// A layer that lets no answer become larger than `limit` bytes by unpacking.
    pub fn new(limit: u64) -> Self {
        Self { limit }
    }
}

impl<S> Layer<S> for DecompressionLayer {
    type Service = Decompression<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Decompression {
            inner: codec::wrap(Noted { inner }),
            limit: self.limit,
        }
    }
}

/// The service of [`DecompressionLayer`].
#[derive(Debug, Clone)]
pub struct Decompression<S> {
    inner: codec::Codec<Noted<S>>,
    limit: u64,
}

#[cfg(feature = "gzip")]
mod codec {
    pub(super) type Codec<S> = tower_http::decompression::Decompression<S>;
    pub(super) type Unpacked<B> = tower_http::decompression::DecompressionBody<B>;

    pub(super) fn wrap<S>(inner: S) -> Codec<S> {
        Codec::new(inner)
    }
}

#[cfg(not(feature = "gzip"))]
mod codec {
    pub(super) type Codec<S> = S;
    pub(super) type Unpacked<B> = B;

    pub(super) fn wrap<S>(inner: S) -> Codec<S> {
        inner
    }
}

impl<S, ReqB, B> Service<Request<ReqB>> for Decompression<S>
where
    S: Service<Request<ReqB>, Response = Response<B>>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Response = Response<UnpackedBody<B>>;
    type Error = S::Error;
    type Future = Unpacking<<codec::Codec<Noted<S>> as Service<Request<ReqB>>>::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqB>) -> Self::Future {
        let plain = request.method() == Method::HEAD || request.headers().contains_key(RANGE);
        if (plain || cfg!(not(feature = "gzip")))
            && !request.headers().contains_key(ACCEPT_ENCODING)
        {
            request
                .headers_mut()
                .insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        Unpacking {
            inner: self.inner.call(request),
            limit: self.limit,
        }
    }
}

pin_project! {
    /// The future of [`Decompression`].
    #[derive(Debug)]
    pub struct Unpacking<F> {
        #[pin]
        inner: F,
        limit: u64,
    }
}

impl<F, B, E> Future for Unpacking<F>
where
    F: Future<Output = Result<Response<codec::Unpacked<B>>, E>>,
    B: Body,
{
    type Output = Result<Response<UnpackedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let limit = *this.limit;
        this.inner.poll(cx).map_ok(|mut response| {
            let was_packed = response.extensions_mut().remove::<WasPacked>().is_some()
                && !response.headers().contains_key(CONTENT_ENCODING);
            response.map(|inner| UnpackedBody {
                inner,
                limit,
                left: was_packed.then_some(limit),
            })
        })
    }
}

/// An answer had a `Content-Encoding` before it was unpacked.
#[derive(Clone)]
struct WasPacked;

/// Takes note of the encoding before the decoder takes it off.
#[derive(Debug, Clone)]
pub struct Noted<S> {
    inner: S,
}

impl<S, ReqB, B> Service<Request<ReqB>> for Noted<S>
where
    S: Service<Request<ReqB>, Response = Response<B>>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Noting<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        Noting {
            inner: self.inner.call(request),
        }
    }
}

pin_project! {
    /// The future of [`Noted`].
    #[derive(Debug)]
    pub struct Noting<F> {
        #[pin]
        inner: F,
    }
}

impl<F, B, E> Future for Noting<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().inner.poll(cx).map_ok(|mut response| {
            if response.headers().contains_key(CONTENT_ENCODING) {
                response.extensions_mut().insert(WasPacked);
            }
            response
        })
    }
}

pin_project! {
    /// A body, unpacked if it was packed, with the limit on what comes out.
    pub struct UnpackedBody<B: Body> {
        #[pin]
        inner: codec::Unpacked<B>,
        limit: u64,
        left: Option<u64>,
    }
}

impl<B> Body for UnpackedBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.project();
        let frame = match ready!(this.inner.poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(damaged(boxed(error), *this.left)))),
            None => return Poll::Ready(None),
        };
        let frame = frame.map_data(|mut data| data.copy_to_bytes(data.remaining()));
        if let (Some(left), Some(data)) = (this.left.as_mut(), frame.data_ref()) {
            match left.checked_sub(data.len() as u64) {
                Some(rest) => *left = rest,
                None => {
                    return Poll::Ready(Some(Err(Error::new(
                        ErrorKind::TooLarge,
                        format!(
                            "the compressed answer stands for more than {} bytes",
                            this.limit
                        ),
                    )
                    .into())));
                }
            }
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B: Body> std::fmt::Debug for UnpackedBody<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnpackedBody")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

fn boxed(error: impl Into<BoxError>) -> BoxError {
    error.into()
}

/// An error of the body below stays what it is; one of the decoder is a damaged answer.
fn damaged(error: BoxError, packed: Option<u64>) -> BoxError {
    match error.downcast::<std::io::Error>() {
        Ok(error) if packed.is_some() => {
            Error::network(format!("the compressed answer is damaged: {error}"))
                .with_source(error as BoxError)
                .into()
        }
        Ok(error) => error,
        Err(error) => error,
    }
}

#[cfg(all(test, feature = "gzip"))]
mod tests {
    use http_body_util::{BodyExt, Full};
    use tower::ServiceExt;

    use super::*;

    fn gzip(data: &[u8]) -> Bytes {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap().into()
    }

    async fn read(limit: u64, encoding: Option<&'static str>, body: Bytes) -> Result<Bytes, Error> {
        let wire = tower::service_fn(move |request: Request<()>| {
            assert_eq!(request.headers()[ACCEPT_ENCODING], "gzip");
            let mut response = Response::new(Full::new(body.clone()));
            if let Some(encoding) = encoding {
                response
                    .headers_mut()
                    .insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            std::future::ready(Ok::<_, std::convert::Infallible>(response))
        });
        let response = DecompressionLayer::new(limit)
            .layer(wire)
            .oneshot(Request::new(()))
            .await
            .unwrap();
        Ok(response
            .into_body()
            .collect()
            .await
            .map_err(Error::from)?
            .to_bytes())
    }

    #[tokio::test]
    async fn answers_are_unpacked_up_to_a_limit() {
        let data = vec![b'x'; 100_000];
        let packed = gzip(&data);
        assert!(packed.len() < 1_000);
        assert_eq!(
            read(100_000, Some("gzip"), packed.clone()).await.unwrap(),
            data
        );
        let bomb = read(99_999, Some("gzip"), packed.clone())
            .await
            .unwrap_err();
        assert_eq!(bomb.kind(), ErrorKind::TooLarge);
        // The limit is about unpacking only: a plain body may be of any size.
        assert_eq!(read(10, None, data.clone().into()).await.unwrap(), data);
        assert_eq!(
            read(10, Some("identity"), data.clone().into())
                .await
                .unwrap(),
            data
        );
    }

    #[tokio::test]
    async fn a_damaged_answer_may_be_asked_for_again() {
        let packed = gzip(&[b'x'; 1_000]);
        for bytes in [
            packed.slice(..packed.len() - 9),
            Bytes::from_static(b"\x1f\x8b\x08\0rubbish rubbish"),
        ] {
            let error = read(1 << 20, Some("gzip"), bytes).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Network);
            assert!(error.is_retryable(), "{error:?}");
        }
    }

    #[tokio::test]
    async fn bytes_that_matter_come_as_they_are() {
        let asked = |request: Request<()>| async {
            let wire = tower::service_fn(|request: Request<()>| {
                let asked = request.headers()[ACCEPT_ENCODING]
                    .to_str()
                    .unwrap()
                    .to_owned();
                std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(asked)))
            });
            let response = DecompressionLayer::new(1)
                .layer(wire)
                .oneshot(request)
                .await
                .unwrap();
            String::from_utf8(
                response
                    .into_body()
                    .collect()
                    .await
                    .unwrap()
                    .to_bytes()
                    .to_vec(),
            )
            .unwrap()
        };
        let request = || Request::get("/");
        assert_eq!(asked(request().body(()).unwrap()).await, "gzip");
        assert_eq!(
            asked(request().header(RANGE, "bytes=0-1").body(()).unwrap()).await,
            "identity"
        );
        assert_eq!(
            asked(request().method("HEAD").body(()).unwrap()).await,
            "identity"
        );
        assert_eq!(
            asked(request().header(ACCEPT_ENCODING, "br").body(()).unwrap()).await,
            "br"
        );
    }
}
