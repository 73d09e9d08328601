//! How many requests to send to a host at once, learned from how the host takes them.

mod body;
mod config;
mod control;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{StatusCode, Uri};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::body::ResponseBody;
use crate::error::{Error, ErrorKind};
use crate::origin::Origin;
use crate::response::Response;
pub use config::ConcurrencyConfig;

use body::PermittedBody;
use control::Control;

/// Limits the requests in flight to each host, and learns the limit from how the host takes them.
///
/// A host begins with few requests at once ([`ConcurrencyConfig`]: 8). The limit is judged in rounds; a round is over when
/// as many requests have ended as the limit says, or after 0.5 s, and counts only if somebody had to wait in it:
///
/// - At first, each round doubles the limit, as long as that brings at least 1.3 times the throughput (bytes, and 64 KiB
///   for each request).
/// - A step that brings less is taken back, and nothing is tried for 8 rounds. From then on, rounds are 4 times as long,
///   and a step is a quarter of the limit, which must bring 1.1 times the throughput.
/// - From 32 requests at once on, there are no more as long as they wait for each other: as long as they take three times
///   as long as the fastest.
/// - A request that fails because there is too much to do (429, 503, 408, 504, a connection that fails or breaks, a time
///   limit) halves the limit. Those that were in flight together with it do not halve it again.
///
/// So 64 requests at once are reached after three round trips, where they are of use. Other errors, such as 404, say
/// nothing about the load and count as responses.
///
/// Requests wait in the order they came. Clones share everything. A [`Client`](crate::Client) has one for all its calls:
/// [`Client::concurrency`](crate::Client::concurrency).
///
/// ```
/// use hf_transport::{AdaptiveConcurrency, Client, Request};
/// # async fn example(client: Client) -> hf_transport::Result<()> {
/// let url = "https://storage.test/part-1";
/// let permit = client.concurrency().acquire(&url.parse().unwrap()).await;
/// let fetched = client.fetch(Request::get(url)).await;
/// permit.finish(&fetched);
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct AdaptiveConcurrency {
    config: ConcurrencyConfig,
    hosts: Arc<Mutex<HashMap<Option<Origin>, HostConcurrency>>>,
}

impl AdaptiveConcurrency {
    /// Creates limits within these bounds.
    pub fn new(config: ConcurrencyConfig) -> Self {
        Self {
            config,
            hosts: Arc::default(),
        }
    }

    /// Returns the bounds.
    pub fn config(&self) -> &ConcurrencyConfig {
        &self.config
    }

    /// Returns the limit of the host (scheme, name and port) of a URL. All URLs without a host share one.
    pub fn host(&self, url: &Uri) -> HostConcurrency {
        let origin = Origin::of(url);
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.get(&origin) {
            return host.clone();
        }
        // What was learned of a host is kept, unless they become too many.
        if hosts.len() >= MAX_HOSTS {
            hosts.retain(|_, host| Arc::strong_count(&host.0) > 1);
        }
        let host = HostConcurrency::new(self.config);
        hosts.insert(origin, host.clone());
        host
    }

    /// Waits until another request may be sent to the host of `url`.
    pub async fn acquire(&self, url: &Uri) -> ConcurrencyPermit {
        self.host(url).acquire().await
    }
}

impl fmt::Debug for AdaptiveConcurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdaptiveConcurrency")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// Hosts of which something is known at once.
const MAX_HOSTS: usize = 256;

/// The limit of one host, of an [`AdaptiveConcurrency`]. Clones share it.
#[derive(Clone)]
pub struct HostConcurrency(Arc<Host>);

struct Host {
    config: ConcurrencyConfig,
    permits: Arc<Semaphore>,
    state: Mutex<State>,
}

struct State {
    /// Made with the first request, whose runtime has the clock.
    control: Option<Control>,
    /// Permits that exist, in flight or free.
    permits: usize,
    waiting: usize,
}

impl HostConcurrency {
    /// Creates a limit of its own, for requests that belong together whichever hosts they go to.
    pub fn new(config: ConcurrencyConfig) -> Self {
        Self(Arc::new(Host {
            config,
            permits: Arc::new(Semaphore::new(config.initial())),
            state: Mutex::new(State {
                control: None,
                permits: config.initial(),
                waiting: 0,
            }),
        }))
    }

    /// Waits until another request may be sent.
    pub async fn acquire(&self) -> ConcurrencyPermit {
        if let Some(permit) = self.try_acquire() {
            return permit;
        }
        let waiting = Waiting::new(&self.0);
        let acquired = self.0.permits.clone().acquire_owned().await;
        drop(waiting);
        // The semaphore is never closed.
        ConcurrencyPermit::new(self.0.clone(), acquired.ok())
    }

    /// Returns a permit if another request may be sent now.
    pub fn try_acquire(&self) -> Option<ConcurrencyPermit> {
        let permit = self.0.permits.clone().try_acquire_owned().ok()?;
        Some(ConcurrencyPermit::new(self.0.clone(), Some(permit)))
    }

    /// Reports bytes that were received or sent for any of its requests.
    pub fn progress(&self, bytes: u64) {
        self.0
            .update(|control, now, waiting| control.progressed(now, bytes, waiting));
    }

    /// Returns how many requests may be in flight.
    pub fn limit(&self) -> usize {
        lock(&self.0.state)
            .control
            .as_ref()
            .map_or(self.0.config.initial(), Control::limit)
    }

    /// Returns the bounds.
    pub fn config(&self) -> &ConcurrencyConfig {
        &self.0.config
    }

    /// Returns how many requests are in flight.
    pub fn in_flight(&self) -> usize {
        let state = lock(&self.0.state);
        state
            .permits
            .saturating_sub(self.0.permits.available_permits())
    }
}

impl fmt::Debug for HostConcurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostConcurrency")
            .field("limit", &self.limit())
            .field("in_flight", &self.in_flight())
            .finish()
    }
}

impl Host {
    /// Lets `judge` see what has happened, and makes the permits as many as the limit then says.
    fn update(&self, judge: impl FnOnce(&mut Control, Instant, bool)) {
        let mut state = lock(&self.state);
        let now = Instant::now();
        let waiting = state.waiting > 0;
        let control = state
            .control
            .get_or_insert_with(|| Control::new(self.config, now));
        judge(control, now, waiting);
        let limit = control.limit();
        if limit > state.permits {
            self.permits.add_permits(limit - state.permits);
            state.permits = limit;
        } else if limit < state.permits {
            // Those in flight are taken away when they come back.
            state.permits -= self.permits.forget_permits(state.permits - limit);
        }
    }

    /// Gives a permit back, unless there are too many.
    fn give_back(&self, permit: OwnedSemaphorePermit) {
        let mut state = lock(&self.state);
        let limit = state
            .control
            .as_ref()
            .map_or(self.config.initial(), Control::limit);
        if state.permits > limit {
            state.permits -= 1;
            permit.forget();
        }
    }
}

/// Counts somebody as waiting, until it is dropped.
struct Waiting<'a>(&'a Host);

impl<'a> Waiting<'a> {
    fn new(host: &'a Host) -> Self {
        lock(&host.state).waiting += 1;
        host.update(|control, now, _| control.waited(now));
        Self(host)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).waiting -= 1;
    }
}

/// The permission to have a request in flight, until it is dropped.
///
/// How the request went is what the limit is learned from: report it by [`finish`](Self::finish), and bytes of a large body
/// as they come by [`progress`](Self::progress). Of a permit that is only dropped nothing is learned.
#[must_use = "the request is only counted as long as the permit lives"]
pub struct ConcurrencyPermit {
    host: Arc<Host>,
    permit: Option<OwnedSemaphorePermit>,
    began: Instant,
}

impl ConcurrencyPermit {
    fn new(host: Arc<Host>, permit: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            host,
            permit,
            began: Instant::now(),
        }
    }

    /// Reports bytes that were received or sent.
    pub fn progress(&self, bytes: u64) {
        self.host
            .update(|control, now, waiting| control.progressed(now, bytes, waiting));
    }

    /// Keeps the permit until the body of a response ends, and reports its bytes and its end.
    ///
    /// A body that is neither read nor dropped keeps the permit: who opens many responses and reads them one after the
    /// other may wait for itself.
    #[must_use = "dropping the response gives the permit back"]
    pub fn attach(self, response: Response) -> Response {
        response.map_body(|body| ResponseBody::new(PermittedBody::new(body, self)))
    }

    /// Reports how the request ended.
    pub fn finish<T>(self, outcome: &Result<T, Error>) {
        match outcome {
            Ok(_) => self.succeeded(),
            Err(error) => self.failed(error),
        }
    }

    /// Reports an error. Only those that say that there is too much to do count as [`overloaded`](Self::overloaded).
    pub fn failed(self, error: &Error) {
        if is_overload(error) {
            self.overloaded();
        } else {
            self.succeeded();
        }
    }

    /// Reports that the host responded, if only by saying that the request is wrong.
    pub fn succeeded(self) {
        let began = self.began;
        self.host
            .update(|control, now, waiting| control.succeeded(now, began, waiting));
    }

    /// Reports that the host, or the way to it, has too much to do.
    pub fn overloaded(self) {
        let began = self.began;
        self.host
            .update(|control, now, waiting| control.overloaded(now, began, waiting));
    }
}

impl Drop for ConcurrencyPermit {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.host.give_back(permit);
        }
    }
}

impl fmt::Debug for ConcurrencyPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConcurrencyPermit").finish_non_exhaustive()
    }
}

/// Whether an error says that there is too much to do.
fn is_overload(error: &Error) -> bool {
    match error.status() {
        Some(status) => matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::GATEWAY_TIMEOUT
        ),
        None => matches!(
            error.kind(),
            ErrorKind::RateLimited | ErrorKind::Network | ErrorKind::Timeout
        ),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
