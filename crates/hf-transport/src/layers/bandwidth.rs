//! Limits the bytes per second of request and response bodies.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};
use tower::{Layer, Service};

use crate::bandwidth::Bandwidth;
use crate::body::Body;
use crate::error::BoxError;

/// Limits the bytes per second of the bodies that are sent, of those that are received, or of both, over all requests
/// of its services. By default it limits nothing.
///
/// Bodies pass in small pieces, so that concurrent transfers share the rate evenly. Received bytes that have to wait
/// stay in the network: the other side is slowed down, and no more than one frame a response is in memory. Headers do
/// not count.
///
/// This layer is outside the timeouts: waiting here is not silence of the server.
///
/// ```
/// use hf_transport::{Bandwidth, Body, layers::BandwidthLayer};
/// use http_body_util::BodyExt;
/// use tokio::time::{Duration, Instant};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let layer = BandwidthLayer::new().upload(Bandwidth::new(1_000));
/// let wire = service_fn(|request: http::Request<Body>| async {
///     request.into_body().collect().await.map(|_| http::Response::new(Body::empty()))
/// });
/// let started = Instant::now();
/// layer.layer(wire).oneshot(http::Request::new(Body::from(vec![0; 3_000]))).await.unwrap();
/// assert_eq!(started.elapsed(), Duration::from_secs(3));
/// # });
/// ```
#[derive(Debug, Clone, Default)]
pub struct BandwidthLayer {
    upload: Option<Bandwidth>,
    download: Option<Bandwidth>,
}

impl BandwidthLayer {
    /// Creates a layer without limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits request bodies.
    pub fn upload(mut self, bandwidth: Bandwidth) -> Self {
        self.upload = Some(bandwidth);
        self
    }

    /// Limits response bodies.
    pub fn download(mut self, bandwidth: Bandwidth) -> Self {
        self.download = Some(bandwidth);
        self
    }
}

impl<S> Layer<S> for BandwidthLayer {
    type Service = BandwidthLimit<S>;

    fn layer(&self, inner: S) -> Self::Service {
        BandwidthLimit {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service of [`BandwidthLayer`].
#[derive(Debug, Clone)]
pub struct BandwidthLimit<S> {
    inner: S,
    layer: BandwidthLayer,
}

impl<S, B> Service<Request<Body>> for BandwidthLimit<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    type Response = Response<PacedBody<B>>;
    type Error = BoxError;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let request = match &self.layer.upload {
            Some(bandwidth) => request.map(|body| paced(body, bandwidth)),
            None => request,
        };
        ResponseFuture {
            inner: self.inner.call(request),
            bandwidth: self.layer.download.clone(),
        }
    }
}

/// Returns a body with the same bytes and the same length that keeps to the limit.
fn paced(body: Body, bandwidth: &Bandwidth) -> Body {
    if body.is_empty() {
        return body;
    }
    let bandwidth = bandwidth.clone();
    let len = body.len();
    match (len, body.is_replayable()) {
        (Some(len), true) => Body::replay(len, move || {
            // The body is replayable, so there is a clone.
            let again = body.try_clone().unwrap_or_default();
            PacedBody::new(again, Some(bandwidth.clone()))
        }),
        _ => Body::once(data_of(PacedBody::new(body, Some(bandwidth))), len),
    }
}

/// The data frames of a body. Request bodies here have no trailers.
fn data_of(
    body: PacedBody<Body>,
) -> impl futures_util::Stream<Item = Result<Bytes, BoxError>> + Send + 'static {
    let mut body = Box::pin(body);
    stream::poll_fn(move |cx| {
        loop {
            match ready!(body.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    })
}

pin_project! {
    /// The future of [`BandwidthLimit`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        bandwidth: Option<Bandwidth>,
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<PacedBody<B>>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx)).map_err(Into::into)?;
        let bandwidth = this.bandwidth.take();
        Poll::Ready(Ok(response.map(|body| PacedBody::new(body, bandwidth))))
    }
}

pin_project! {
    /// A body whose bytes wait for their turn.
    #[derive(Debug)]
    pub struct PacedBody<B> {
        #[pin]
        inner: B,
        bandwidth: Option<Bandwidth>,
        // The rest of the frame that is being passed on.
        held: Bytes,
        // Until the next piece of it may pass.
        #[pin]
        turn: Option<Sleep>,
    }
}

impl<B> PacedBody<B> {
    fn new(inner: B, bandwidth: Option<Bandwidth>) -> Self {
        Self {
            inner,
            bandwidth,
            held: Bytes::new(),
            turn: None,
        }
    }
}

impl<B> HttpBody for PacedBody<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        let Some(bandwidth) = this.bandwidth else {
            let frame = ready!(this.inner.poll_frame(cx));
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        };
        loop {
            if let Some(turn) = this.turn.as_mut().as_pin_mut() {
                ready!(turn.poll(cx));
                this.turn.set(None);
                let piece = bandwidth.piece().min(this.held.len());
                return Poll::Ready(Some(Ok(Frame::data(this.held.split_to(piece)))));
            }
            if this.held.is_empty() {
                match ready!(this.inner.as_mut().poll_frame(cx)) {
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(data) => *this.held = data,
                        Err(frame) => return Poll::Ready(Some(Ok(frame))),
                    },
                    Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                    None => return Poll::Ready(None),
                }
            } else {
                let piece = bandwidth.piece().min(this.held.len());
                let until = bandwidth.reserve(piece as u64, Instant::now());
                this.turn.set(Some(tokio::time::sleep_until(until)));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let inner = self.inner.size_hint();
        let held = self.held.len() as u64;
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower().saturating_add(held));
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(held));
        }
        hint
    }
}
