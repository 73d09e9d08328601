//! The order of the layers in a client's stack.

use http::HeaderValue;
use tower::{Layer, ServiceBuilder};

use super::timeouts::Timeouts;
use crate::endpoint::Endpoint;
use crate::layers;
use crate::layers::bandwidth::BandwidthLayer;
use crate::layers::buffer::BufferLayer;
use crate::layers::connection_limit::ConnectionLimitLayer;
use crate::layers::decompression::DecompressionLayer;
use crate::layers::rate_limit::RateLimitLayer;
use crate::layers::redirect::RedirectLayer;
use crate::layers::retry::RetryLayer;
use crate::layers::timeout::{HeaderTimeoutLayer, IdleTimeoutLayer, TotalTimeoutLayer};
use crate::layers::trace::TraceLayer;
use crate::retry::{RateLimits, RetryBudget, RetryClassifier, RetryConfig};
use crate::service::BoxService;
use crate::token::Token;

/// The maximum size of a response after decompression, including streams of events and logs.
const DECOMPRESSED_LIMIT: u64 = 4 << 30;

/// Wraps a service in a layer that the user added.
pub(super) type Wrap = Box<dyn FnOnce(BoxService) -> BoxService + Send>;

/// The settings that the layers are built from.
pub(super) struct StackSettings {
    pub(super) endpoint: Endpoint,
    pub(super) user_agent: HeaderValue,
    pub(super) token: Option<Token>,
    pub(super) implicit_token: bool,
    pub(super) offline: bool,
    pub(super) timeouts: Timeouts,
    pub(super) retry: RetryConfig,
    pub(super) retry_budget: RetryBudget,
    pub(super) retry_classifier: Option<RetryClassifier>,
    pub(super) rate_limits: RateLimits,
    pub(super) connection_limit: Option<ConnectionLimitLayer>,
    pub(super) bandwidth: Option<BandwidthLayer>,
    pub(super) per_call: Vec<Wrap>,
    pub(super) per_attempt: Vec<Wrap>,
    pub(super) bottom: BoxService,
}

/// Builds the stack, from the outside in. The README explains the order of each pair of neighbours.
pub(super) fn stack(settings: StackSettings) -> BoxService {
    let endpoint = settings.endpoint;
    let origin = endpoint.origin().clone();
    let attempt = ServiceBuilder::new()
        .layer(TraceLayer)
        .layer(HeaderTimeoutLayer::new(settings.timeouts.headers()))
        .layer(IdleTimeoutLayer::new(settings.timeouts.idle()))
        .service(settings.bottom);
    let attempt = match settings.connection_limit {
        // Outside of the timeouts, because waiting for a permit is not silence of the server.
        Some(limit) => BoxService::new(limit.layer(attempt)),
        None => BoxService::new(attempt),
    };
    let attempt = match settings.bandwidth {
        // Outside of the timeouts, too.
        Some(limits) => BoxService::new(limits.layer(attempt)),
        None => attempt,
    };
    let attempt = wrap(settings.per_attempt, attempt);
    let call = ServiceBuilder::new()
        .layer(layers::endpoint(endpoint.clone()))
        .layer(layers::user_agent(settings.user_agent))
        .layer(layers::hub_headers(origin.clone()))
        .layer(layers::request_id())
        .layer(layers::offline(settings.offline))
        .layer(
            RetryLayer::new(settings.retry)
                .budget(settings.retry_budget)
                .maybe_classifier(settings.retry_classifier),
        )
        .layer(BufferLayer)
        .layer(DecompressionLayer::new(DECOMPRESSED_LIMIT))
        .layer(RateLimitLayer::new(
            settings.rate_limits,
            settings.retry.max_retry_after(),
        ))
        .layer(layers::auth(
            origin,
            settings.token,
            settings.implicit_token,
        ))
        .layer(RedirectLayer::new(endpoint))
        .service(attempt);
    let call = wrap(settings.per_call, BoxService::new(call));
    BoxService::new(TotalTimeoutLayer::new(settings.timeouts.total()).layer(call))
}

/// Wraps a service in the user's layers, the first one outermost.
fn wrap(layers: Vec<Wrap>, service: BoxService) -> BoxService {
    layers
        .into_iter()
        .rev()
        .fold(service, |inner, wrap| wrap(inner))
}
