//! Applies the rate limit that concurrent calls share.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use tower::{Layer, Service};

use crate::error::{BoxError, Error, ErrorKind, Retryability};
use crate::retry::RateLimits;

/// The maximum random delay added to calls that wait for the same moment.
const SPREAD: Duration = Duration::from_millis(500);

/// Delays requests while the Hub's rate limit is exhausted, so that concurrent calls do not each run into it.
///
/// The limit counts as exhausted when the Hub says so (`RateLimit` with `r=0`), or after three consecutive
/// 429 responses that name a time. A single 429 delays only the request that received it, because proxies and
/// storage services send one now and then.
///
/// API, file and page requests are counted separately, as on the Hub, and per origin and token. If the wait
/// would exceed `max_wait`, the request fails immediately with a `RateLimited` error. This layer is inside
/// retry: a refused attempt and the other calls wait for the same moment.
///
/// ```
/// use std::time::Duration;
/// use hf_transport::{Body, RateLimits, layers::RateLimitLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let layer = RateLimitLayer::new(RateLimits::default(), Duration::from_secs(300));
/// let hub = layer.layer(service_fn(|_: http::Request<Body>| async {
///     let last = http::Response::builder().header("ratelimit", "\"api\";r=0;t=60");
///     Ok::<_, std::convert::Infallible>(last.body(()).unwrap())
/// }));
/// let request = || http::Request::get("https://h/api/models").body(Body::empty()).unwrap();
/// let start = tokio::time::Instant::now();
/// hub.clone().oneshot(request()).await.unwrap();
/// hub.clone().oneshot(request()).await.unwrap();
/// assert!(start.elapsed() >= Duration::from_secs(60));
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct RateLimitLayer {
    limits: RateLimits,
    max_wait: Duration,
}

impl RateLimitLayer {
    /// Creates a layer whose state `limits` may be shared with other layers.
    pub fn new(limits: RateLimits, max_wait: Duration) -> Self {
        Self { limits, max_wait }
    }
}

impl<S> Layer<S> for RateLimitLayer {
    type Service = RateLimited<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RateLimited {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service of [`RateLimitLayer`].
#[derive(Debug, Clone)]
pub struct RateLimited<S> {
    inner: S,
    layer: RateLimitLayer,
}

impl<S, ReqB, B> Service<Request<ReqB>> for RateLimited<S>
where
    S: Service<Request<ReqB>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    ReqB: Send + 'static,
    B: Send + 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let again = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, again);
        let RateLimitLayer { limits, max_wait } = self.layer.clone();
        Box::pin(async move {
            let Some(key) = limits.key(&request) else {
                return inner.call(request).await.map_err(Into::into);
            };
            // Other requests may have been refused while this one waited.
            while let Some(wait) = limits.wait(&key) {
                if wait > max_wait {
                    return Err(too_long(wait).into());
                }
                tracing::warn!(
                    "the rate limit is exhausted; waiting {:.1} s",
                    wait.as_secs_f64()
                );
                tokio::time::sleep(wait + SPREAD.min(wait / 10).mul_f64(fastrand::f64())).await;
            }
            let response = inner.call(request).await.map_err(Into::into)?;
            limits.note(key, response.status(), response.headers());
            Ok(response)
        })
    }
}

fn too_long(wait: Duration) -> Error {
    Error::new(
        ErrorKind::RateLimited,
        format!(
            "the rate limit is exhausted for another {} s",
            wait.as_secs_f64().ceil()
        ),
    )
    .with_retryability(Retryability::Always)
    .with_retry_after(wait)
    .with_hint("try again then; requests with a token have a higher limit than anonymous ones")
}
