//! The retry loop.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use tokio::time::Instant;
use tower::{Layer, Service};

use crate::body::{Body, try_clone_request};
use crate::error::{BoxError, Error, Retryability, status_retryability};
use crate::request::RequestOptions;
use crate::response::ResponseInfo;
use crate::retry::headers::{RateLimit, retry_after};
use crate::retry::{
    FailedAttempt, Outcome, RetryBudget, RetryClassifier, RetryConfig, RetryContext,
};

/// Sends a request again when that may help and is safe. This is the only layer that does so.
///
/// | failure | idempotent request | other (`POST`, `PATCH`, one-shot body) |
/// |---|---|---|
/// | no connection was made; HTTP/2 refused the stream | retried | retried |
/// | 429; 503 with `Retry-After` | retried | retried |
/// | 408, other 5xx (not 501, 505), broken connection, timeout, a body that breaks off while it is [buffered](super::buffer) | retried | not retried |
/// | an error of a layer or service of the user's that does not say otherwise; anything else | not retried | not retried |
///
/// A request is sent at most `max_retries + 1` times ([`RetryConfig`]), whatever fails; the response and the
/// error report the number of attempts. The number of retries that all calls together make to one server is
/// limited as well ([`RetryBudget`]), so that many concurrent calls do not multiply the load on a failing
/// Hub.
///
/// A one-shot body is never sent twice. Whether a request is idempotent follows from its method, unless
/// [`RequestOptions::with_idempotent`] says otherwise. A commit is not idempotent, because a gateway may
/// respond with 500 after the commit was made.
///
/// This layer is outside redirect, so that a failed hop to storage starts over at the Hub and receives a
/// fresh signed URL, and outside auth. Each attempt carries its number in [`RequestOptions::attempt`].
/// Retries are logged through `tracing` (`INFO`) and reported to the request's progress sink
/// ([`RequestRetry`](crate::progress::ProgressEvent::RequestRetry)).
///
/// ```
/// use hf_transport::{Body, RetryConfig, layers::RetryLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// use std::sync::atomic::{AtomicU32, Ordering};
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// static CALLS: AtomicU32 = AtomicU32::new(0);
/// let flaky = service_fn(|_: http::Request<Body>| async {
///     let status = if CALLS.fetch_add(1, Ordering::Relaxed) < 2 { 502 } else { 200 };
///     Ok::<_, std::convert::Infallible>(http::Response::builder().status(status).body(()).unwrap())
/// });
/// let request = http::Request::get("https://h/").body(Body::empty()).unwrap();
/// let response = RetryLayer::new(RetryConfig::default()).layer(flaky).oneshot(request).await.unwrap();
/// assert_eq!((response.status().as_u16(), CALLS.load(Ordering::Relaxed)), (200, 3));
/// # });
/// ```
#[derive(Clone)]
pub struct RetryLayer {
    config: RetryConfig,
    budget: RetryBudget,
    classifier: Option<RetryClassifier>,
}

impl RetryLayer {
    /// Creates a layer with this configuration and its own budget, which all its services share.
    pub fn new(config: RetryConfig) -> Self {
        Self {
            config,
            budget: RetryBudget::default(),
            classifier: None,
        }
    }

    /// Uses this budget, which may be shared with other layers.
    pub fn budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Sets the function that decides which failures are retried, in place of the table above.
    pub fn classifier(
        self,
        classifier: impl Fn(&FailedAttempt<'_>) -> Retryability + Send + Sync + 'static,
    ) -> Self {
        self.maybe_classifier(Some(Arc::new(classifier)))
    }

    pub(crate) fn maybe_classifier(mut self, classifier: Option<RetryClassifier>) -> Self {
        self.classifier = classifier;
        self
    }
}

impl fmt::Debug for RetryLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryLayer")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for RetryLayer {
    type Service = Retry<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Retry {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service of [`RetryLayer`].
#[derive(Debug, Clone)]
pub struct Retry<S> {
    inner: S,
    layer: RetryLayer,
}

impl<S, B> Service<Request<Body>> for Retry<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The clone serves later attempts; the service that was polled ready must serve the first one.
        let again = self.inner.clone();
        let first = std::mem::replace(&mut self.inner, again);
        Box::pin(run(first, request, self.layer.clone()))
    }
}

async fn run<S, B>(
    mut inner: S,
    request: Request<Body>,
    layer: RetryLayer,
) -> Result<Response<B>, BoxError>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    let RetryLayer {
        config,
        budget,
        classifier,
    } = layer;
    let started = Instant::now();
    let options = RequestOptions::of(&request);
    let max_retries = options.max_retries().unwrap_or(config.max_retries());
    let config = config.with_max_retries(max_retries);
    let method = request.method().clone();
    let target = request.uri().clone();
    let idempotent = options.is_idempotent(&method);
    let mut request = request;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let next = if attempt <= max_retries {
            try_clone_request(&request)
        } else {
            None
        };
        set_attempt(&mut request, attempt);
        if attempt > 1 {
            std::future::poll_fn(|cx| inner.poll_ready(cx))
                .await
                .map_err(Into::into)?;
        }
        let mut outcome = inner
            .call(request)
            .await
            .map_err(|error| Error::from(error.into()));
        let (default, retry_after, failure) = match &mut outcome {
            Ok(response) => {
                if let Some(info) = response.extensions_mut().get_mut::<ResponseInfo>() {
                    info.attempts = attempt;
                }
                let status = response.status();
                let asked = asked_delay(response);
                if !status.is_client_error() && !status.is_server_error() {
                    budget.earn(&target);
                    return outcome.map_err(Into::into);
                }
                (
                    status_retryability(status, asked.is_some()),
                    asked,
                    Outcome::Response(status, response.headers()),
                )
            }
            Err(error) => (
                error.retryability(),
                error.retry_after(),
                Outcome::Error(error),
            ),
        };
        let elapsed = started.elapsed();
        let failed = FailedAttempt {
            method: &method,
            url: &target,
            options: &options,
            number: attempt,
            elapsed,
            outcome: failure,
            retryability: default,
        };
        let retryability = classifier
            .as_ref()
            .map_or(default, |classify| classify(&failed));
        if retryability == Retryability::Never && outcome.is_ok() {
            // The server works; it refused this particular request.
            budget.earn(&target);
        }
        let context = RetryContext {
            retryability,
            idempotent,
            attempt,
            elapsed,
            retry_after,
            jitter: fastrand::f64(),
        };
        let delay = next
            .as_ref()
            .and_then(|_| config.next_delay_within(&context, &budget, &target))
            // The last failure is more informative than a timeout during a wait that cannot lead anywhere.
            .filter(|delay| {
                options
                    .timeout()
                    .is_none_or(|limit| elapsed.saturating_add(*delay) < limit)
            });
        let (Some(delay), Some(next)) = (delay, next) else {
            return outcome.map_err(|error| error.with_attempts(attempt, elapsed).into());
        };
        report(&options, attempt, delay, &outcome);
        // Drops the unread response, so that its connection is free for the next attempt.
        drop(outcome);
        tokio::time::sleep(delay).await;
        request = next;
    }
}

fn set_attempt(request: &mut Request<Body>, attempt: u32) {
    request
        .extensions_mut()
        .get_or_insert_default::<RequestOptions>()
        .attempt = attempt;
}

/// Returns how long a failed response asks the client to wait.
fn asked_delay<B>(response: &Response<B>) -> Option<Duration> {
    if status_retryability(response.status(), true) == Retryability::Never {
        return None;
    }
    let used_up = RateLimit::from_headers(response.headers())
        .filter(|limit| limit.remaining == 0 && response.status().as_u16() == 429)
        .map(|limit| limit.reset);
    used_up.or_else(|| retry_after(response.headers(), SystemTime::now()))
}

fn report<B>(
    options: &RequestOptions,
    attempt: u32,
    delay: Duration,
    outcome: &Result<Response<B>, Error>,
) {
    match outcome {
        Ok(response) => {
            let reason = format!("the server responded with {}", response.status());
            options.report_retry(attempt, delay, &reason);
        }
        Err(error) => options.report_retry(attempt, delay, error.message()),
    }
}
