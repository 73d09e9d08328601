use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tower::{Layer, Service, ServiceBuilder, ServiceExt};

use super::{BoxService, Client, Inner};
use crate::body::{Body, ResponseBody};
use crate::config::{self, Config, Proxies};
use crate::connect::{LeafSettings, leaf};
use crate::endpoint::Endpoint;
use crate::error::{BoxError, Result};
use crate::layers::{
    AuthLayer, DecompressionLayer, EndpointLayer, HeadTimeoutLayer, HeadersLayer, IdleTimeoutLayer,
    OfflineLayer, RateLimitLayer, RedirectLayer, RequestIdLayer, RetryLayer, TotalTimeoutLayer,
    TraceLayer, user_agent,
};
use crate::response::DEFAULT_BODY_LIMIT;
use crate::retry::budget::RetryBudget;
use crate::retry::limits::RateLimits;
use crate::retry::policy::RetryConfig;
use crate::token::{self, Token, TokenSource};

/// The limits of time, each with a default; see the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection: name, TCP, proxy and TLS together. 10 s.
    pub connect: Duration,
    /// For the head of an answer, from the last byte of the request's body on, per attempt. 60 s: the
    /// Hub's own gateways give up at about that.
    pub head: Duration,
    /// For silence while a body is read. `HF_HUB_DOWNLOAD_TIMEOUT`, by default 10 s.
    pub idle: Duration,
    /// For all of a call, retries and body included. None.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            head: Duration::from_secs(60),
            idle: Duration::from_secs(10),
            total: None,
        }
    }
}

/// How large an answer may become by unpacking; streams of events and logs included.
const UNPACKED_LIMIT: u64 = 4 << 30;

enum TokenSetting {
    Find,
    None,
    Given(Token),
}

type Wrap = Box<dyn FnOnce(BoxService) -> BoxService + Send>;

/// Makes a [`Client`]. What is not set comes from the environment.
pub struct ClientBuilder {
    config: Option<Config>,
    endpoint: Option<String>,
    token: Result<TokenSetting>,
    user_agent: Option<String>,
    headers: http::HeaderMap,
    offline: Option<bool>,
    proxies: Option<Proxies>,
    ca_bundle: Option<PathBuf>,
    http2: bool,
    timeouts: Option<Timeouts>,
    retry: RetryConfig,
    retry_budget: RetryBudget,
    rate_limits: RateLimits,
    body_limit: u64,
    per_call: Vec<Wrap>,
    per_attempt: Vec<Wrap>,
    service: Option<BoxService>,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            config: None,
            endpoint: None,
            token: Ok(TokenSetting::Find),
            user_agent: None,
            headers: http::HeaderMap::new(),
            offline: None,
            proxies: None,
            ca_bundle: None,
            http2: true,
            timeouts: None,
            retry: RetryConfig::default(),
            retry_budget: RetryBudget::default(),
            rate_limits: RateLimits::default(),
            body_limit: DEFAULT_BODY_LIMIT,
            per_call: Vec::new(),
            per_attempt: Vec::new(),
            service: None,
        }
    }

    /// Takes these settings instead of the environment's. The token is then looked for in the file
    /// that they name only.
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Sets the Hub: `"https://huggingface.co"`, or a mirror, with or without a path.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the token. A malformed one is the error of [`build`](Self::build).
    pub fn token(mut self, token: impl AsRef<str>) -> Self {
        self.token = Token::new(token).map(TokenSetting::Given);
        self
    }

    /// Uses no token at all.
    pub fn no_token(mut self) -> Self {
        self.token = Ok(TokenSetting::None);
        self
    }

    /// Names the program in front of the user agent: `"my-app/1.0"`.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// Sends these headers with every request that does not have them.
    pub fn default_headers(mut self, headers: http::HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Switches offline mode: on, every request is an `OfflineMode` error.
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = Some(offline);
        self
    }

    /// Sends everything through this proxy: `http://`, `https://`, `socks5://` (names resolved here)
    /// or `socks5h://` (resolved there), with `user:password@` if need be.
    pub fn proxy(self, url: impl Into<String>) -> Self {
        self.proxies(Proxies {
            all: Some(url.into()),
            ..Proxies::default()
        })
    }

    /// Sets the proxies one by one, and the hosts that need none.
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = Some(proxies);
        self
    }

    /// Uses no proxy, whatever the environment says.
    pub fn no_proxy(self) -> Self {
        self.proxies(Proxies::default())
    }

    /// Trusts the certificates of this PEM file instead of the built-in roots.
    pub fn ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_bundle = Some(path.into());
        self
    }

    /// Never speaks HTTP/2: many connections can move more bytes than one window.
    pub fn http1_only(mut self, http1_only: bool) -> Self {
        self.http2 = !http1_only;
        self
    }

    /// Sets the limits of time.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = Some(timeouts);
        self
    }

    /// Sets how often and how long to try.
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.retry = retry;
        self
    }

    /// Shares the store of retries with other clients.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.retry_budget = budget;
        self
    }

    /// Shares what is known about rate limits with other clients.
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.rate_limits = limits;
        self
    }

    /// Limits what [`Client::fetch`] and pages collect, in bytes.
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Puts a layer around the whole call: it sees one request, with the Hub's own path, and the
    /// final answer. The first one added is the outermost.
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<BoxService> + Send + 'static,
        L::Service: UserService<B>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
    {
        self.per_call
            .push(Box::new(move |inner| erase(layer.layer(inner))));
        self
    }

    /// Puts a layer around each attempt: it sees every retry and every hop of a redirect, with the
    /// absolute address and the token. The first one added is the outermost.
    pub fn attempt_layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<BoxService> + Send + 'static,
        L::Service: UserService<B>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
    {
        self.per_attempt
            .push(Box::new(move |inner| erase(layer.layer(inner))));
        self
    }

    /// Replaces the HTTP client at the bottom by any service. Proxies, certificates and the connect
    /// timeout are then its own affair.
    pub fn service<S, B>(mut self, service: S) -> Self
    where
        S: UserService<B>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
        S::Future: Send,
        S::Error: Into<BoxError>,
    {
        self.service = Some(erase(service));
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// `Validation` for a malformed setting or variable, `Io` for a token file that cannot be read.
    pub fn build(self) -> Result<Client> {
        let from_environment = self.config.is_none();
        let mut config = match self.config {
            Some(config) => config,
            None => Config::from_env()?,
        };
        if let Some(endpoint) = self.endpoint {
            config.endpoint = Endpoint::parse(&endpoint)?;
        }
        config.offline = self.offline.unwrap_or(config.offline);
        if let Some(proxies) = self.proxies {
            config.proxies = proxies;
        }
        config.ca_bundle = self.ca_bundle.or(config.ca_bundle);
        let timeouts = self.timeouts.unwrap_or(Timeouts {
            idle: config.download_timeout,
            ..Timeouts::default()
        });
        let token = match self.token? {
            TokenSetting::None => None,
            TokenSetting::Given(token) => Some((token, TokenSource::Explicit)),
            TokenSetting::Find if from_environment => {
                token::find(config::environment, &config.token_path)?
            }
            TokenSetting::Find => token::find(|_| None, &config.token_path)?,
        };

        // A token given in code is no implicit one.
        let given = matches!(token, Some((_, TokenSource::Explicit)));
        let implicit = given || !config.disable_implicit_token;

        let bottom = match self.service {
            Some(service) => service,
            None => leaf(&LeafSettings {
                proxies: config.proxies.clone(),
                ca_bundle: config.ca_bundle.clone(),
                http2: self.http2,
                connect_timeout: timeouts.connect,
            })?,
        };
        let product = user_agent(
            self.user_agent.as_deref(),
            config.user_agent_origin.as_deref(),
        );
        // From the outside in; the crate's front page argues each neighbour pair.
        let attempt = ServiceBuilder::new()
            .layer(TraceLayer)
            .layer(HeadTimeoutLayer::new(timeouts.head))
            .layer(IdleTimeoutLayer::new(timeouts.idle))
            .service(bottom);
        let attempt = wrap(self.per_attempt, erase(attempt));
        let call = ServiceBuilder::new()
            .layer(DecompressionLayer::new(UNPACKED_LIMIT))
            .layer(EndpointLayer::new(config.endpoint.clone()))
            .layer(HeadersLayer::new(product).and(self.headers))
            .layer(RequestIdLayer)
            .layer(OfflineLayer::new(config.offline))
            .layer(RetryLayer::new(self.retry).budget(self.retry_budget.clone()))
            .layer(RateLimitLayer::new(self.rate_limits, self.retry.max_wait))
            .layer(
                AuthLayer::new(config.endpoint.origin().clone())
                    .token(token.as_ref().map(|(token, _)| token.clone()))
                    .implicit(implicit),
            )
            .layer(RedirectLayer::new(config.endpoint.clone()))
            .service(attempt);
        let call = wrap(self.per_call, erase(call));
        let service = erase(TotalTimeoutLayer::new(timeouts.total).layer(call));
        Ok(Client(Arc::new(Inner {
            service,
            config,
            token,
            own_token: false,
            body_limit: self.body_limit,
            retry: self.retry,
            retry_budget: self.retry_budget,
        })))
    }
}

/// Puts a user's layers around a service, the first one outermost.
fn wrap(layers: Vec<Wrap>, service: BoxService) -> BoxService {
    layers
        .into_iter()
        .rev()
        .fold(service, |inner, wrap| wrap(inner))
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// What a user's service has to be: from a request with our body to a response with any body.
///
/// It is implemented by all services that are; there is nothing to implement by hand.
pub trait UserService<B>:
    Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static
{
}

impl<S, B> UserService<B> for S where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static
{
}

fn erase<S, B>(service: S) -> BoxService
where
    S: UserService<B>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    S::Future: Send,
    S::Error: Into<BoxError>,
{
    BoxService::new(
        service
            .map_response(|response: Response<B>| response.map(ResponseBody::new))
            .map_err(Into::into),
    )
}
