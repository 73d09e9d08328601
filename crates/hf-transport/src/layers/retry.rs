use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use http::{Request, Response};
use tokio::time::Instant;
use tower::{Layer, Service};

use crate::body::Body;
use crate::error::{BoxError, Error, Repeat, repeat_status};
use crate::marks::{Marks, Trail};
use crate::retry::budget::RetryBudget;
use crate::retry::headers::{RateLimit, retry_after};
use crate::retry::policy::{RetryConfig, Trial};

/// Sends a request again when that may help and is harmless.
///
/// | failure | repeatable request | other (`POST`, `PATCH`, one-shot body) |
/// |---|---|---|
/// | no connection was made; HTTP/2 refused the stream | yes | yes |
/// | 429; 503 with `Retry-After` | yes | yes |
/// | 408, other 5xx (not 501, 505), broken connection, timeout | yes | no |
/// | anything else | no | no |
///
/// Together, calls make only so many retries at one server ([`RetryBudget`]): a fleet of them does not
/// multiply the load on a Hub that fails.
///
/// A one-shot body is never sent twice. What counts as repeatable is the method's nature unless
/// [`Marks::repeatable`] says otherwise. A commit is not: a gateway's 500 may come after the commit.
///
/// It is outside redirect, so that a failed hop to storage starts over at the Hub and gets a fresh
/// signed address, and outside auth. Each attempt carries its number in [`Marks::attempt`]; the answer
/// or error says how many there were. The jitter is of the thread's generator: state cloned with a
/// policy would give all calls the same.
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
#[derive(Debug, Clone)]
pub struct RetryLayer {
    config: RetryConfig,
    budget: RetryBudget,
}

impl RetryLayer {
    /// A layer that tries as often as `config` says, with a budget for all its services.
    pub fn new(config: RetryConfig) -> Self {
        Self {
            config,
            budget: RetryBudget::default(),
        }
    }

    /// Shares this budget instead.
    pub fn budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
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
        // The clone is for later; the one that was polled ready serves the first attempt.
        let again = self.inner.clone();
        let first = std::mem::replace(&mut self.inner, again);
        Box::pin(run(first, request, self.layer.clone()))
    }
}

async fn run<S, B>(
    mut inner: S,
    request: Request<Body>,
    RetryLayer { config, budget }: RetryLayer,
) -> Result<Response<B>, BoxError>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    let started = Instant::now();
    let marks = Marks::of(&request);
    let max_retries = marks.max_retries.unwrap_or(config.max_retries);
    let config = RetryConfig {
        max_retries,
        ..config
    };
    let repeatable = marks.is_repeatable(request.method());
    let target = request.uri().clone();
    let mut next = Some(request);
    let mut attempt = 0;
    loop {
        attempt += 1;
        let Some(mut request) = next.take() else {
            return Err(Error::validation("the request was used up").into());
        };
        if attempt <= config.max_retries {
            next = duplicate(&request);
        }
        request.extensions_mut().insert(Marks {
            attempt,
            ..marks.clone()
        });
        if attempt > 1 {
            std::future::poll_fn(|cx| inner.poll_ready(cx))
                .await
                .map_err(Into::into)?;
        }
        let (outcome, repeat, told) = match inner.call(request).await {
            Ok(mut response) => {
                let told = asked_wait(&response);
                if let Some(trail) = response.extensions_mut().get_mut::<Trail>() {
                    trail.attempts = attempt;
                }
                let repeat = repeat_status(response.status(), told.is_some());
                if repeat == Repeat::Never {
                    budget.earn(&target);
                }
                (Ok(response), repeat, told)
            }
            Err(error) => {
                let error = Error::from(error.into());
                let (repeat, told) = (error.repeat(), error.retry_after());
                (Err(error), repeat, told)
            }
        };
        let trial = Trial {
            repeat,
            repeatable,
            attempt,
            elapsed: started.elapsed(),
            told,
            jitter: fastrand::f64(),
        };
        let wait = match next {
            Some(_) => config.decide_within(&trial, &budget, &target),
            None => None,
        };
        match wait {
            Some(wait) => {
                log(attempt, wait, &outcome);
                drop(outcome);
                tokio::time::sleep(wait).await;
            }
            None => {
                return outcome
                    .map_err(|error| error.with_trials(attempt, started.elapsed()).into());
            }
        }
    }
}

/// How long an answer that is no success asks to wait.
fn asked_wait<B>(response: &Response<B>) -> Option<std::time::Duration> {
    if repeat_status(response.status(), true) == Repeat::Never {
        return None;
    }
    let used_up = RateLimit::from_headers(response.headers())
        .filter(|limit| limit.remaining == 0 && response.status().as_u16() == 429)
        .map(|limit| limit.reset);
    used_up.or_else(|| retry_after(response.headers(), SystemTime::now()))
}

fn log<B>(attempt: u32, wait: std::time::Duration, outcome: &Result<Response<B>, Error>) {
    let seconds = wait.as_secs_f64();
    match outcome {
        Ok(response) => {
            tracing::warn!(
                attempt,
                status = response.status().as_u16(),
                "trying again in {seconds:.1} s"
            );
        }
        Err(error) => {
            tracing::warn!(attempt, kind = %error.kind(), "{}; trying again in {seconds:.1} s", error.message());
        }
    }
}

/// The same request for another attempt, if its body can be sent again.
pub(super) fn duplicate(request: &Request<Body>) -> Option<Request<Body>> {
    let mut copy = Request::new(request.body().try_clone()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    Some(copy)
}
