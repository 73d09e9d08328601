//! The configuration of a client.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use tower::{Layer, Service};

use super::connections::ConnectionSettings;
use super::stack::{StackSettings, Wrap, stack};
use super::timeouts::Timeouts;
use super::{Client, Inner};
use crate::body::Body;
use crate::concurrency::AdaptiveConcurrency;
use crate::config::{Config, Env};
use crate::endpoint::Endpoint;
use crate::error::{BoxError, Result, Retryability};
use crate::layers::{BandwidthLayer, user_agent_value};
use crate::request::RequestOptions;
use crate::response::DEFAULT_BODY_LIMIT;
use crate::retry::{FailedAttempt, RateLimits, RetryBudget, RetryClassifier, RetryConfig};
use crate::service::{BoxService, UserService};
use crate::token::{self, Token, TokenSource};

enum TokenSetting {
    Find,
    None,
    Given(Token),
}

/// Configures and builds a [`Client`]. Settings that are not set explicitly come from the environment.
pub struct ClientBuilder {
    config: Option<Config>,
    endpoint: Option<String>,
    token: Result<TokenSetting>,
    user_agent: Option<String>,
    defaults: RequestOptions,
    offline: Option<bool>,
    pub(super) connections: ConnectionSettings,
    timeouts: Option<Timeouts>,
    retry: RetryConfig,
    retry_budget: RetryBudget,
    retry_classifier: Option<RetryClassifier>,
    rate_limits: RateLimits,
    body_limit: u64,
    concurrency: AdaptiveConcurrency,
    bandwidth: Option<BandwidthLayer>,
    per_call: Vec<Wrap>,
    per_attempt: Vec<Wrap>,
    service: Option<BoxService>,
}

impl Client {
    /// Creates a client whose settings all come from the environment.
    ///
    /// # Errors
    /// Returns `Validation` if a variable has an invalid value (`HF_ENDPOINT`, `HF_TOKEN`, a proxy, ...), and
    /// `Io` if the token file cannot be read.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder for a client whose settings differ from the environment.
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            config: None,
            endpoint: None,
            token: Ok(TokenSetting::Find),
            user_agent: None,
            defaults: RequestOptions::new(),
            offline: None,
            connections: ConnectionSettings::default(),
            timeouts: None,
            retry: RetryConfig::default(),
            retry_budget: RetryBudget::default(),
            retry_classifier: None,
            rate_limits: RateLimits::default(),
            body_limit: DEFAULT_BODY_LIMIT,
            concurrency: AdaptiveConcurrency::default(),
            bandwidth: None,
            per_call: Vec::new(),
            per_attempt: Vec::new(),
            service: None,
        }
    }
}

impl ClientBuilder {
    /// Uses these settings instead of the environment. The token is then read only from the file that they
    /// name.
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Sets the URL of the Hub: `"https://huggingface.co"`, or a mirror, with or without a path.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the token. A malformed one is reported by [`build`](Self::build).
    pub fn token(mut self, token: impl AsRef<str>) -> Self {
        self.token = Token::new(token).map(TokenSetting::Given);
        self
    }

    /// Sends no token with any request.
    pub fn no_token(mut self) -> Self {
        self.token = Ok(TokenSetting::None);
        self
    }

    /// Adds the name of the program to the front of the user agent: `"my-app/1.0"`.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// Adds headers to every request to the Hub that does not set them itself. They are sent to the
    /// endpoint's origin only, never to the storage behind it; see [`RequestOptions::with_header`].
    pub fn default_headers(mut self, headers: http::HeaderMap) -> Self {
        self.defaults = self.defaults.with_headers(headers);
        self
    }

    /// Sets the default options, which apply to requests that do not set their own.
    pub fn defaults(mut self, options: RequestOptions) -> Self {
        self.defaults = options.with_defaults(&self.defaults);
        self
    }

    /// Turns offline mode on or off. While it is on, every request fails with an `OfflineMode` error.
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = Some(offline);
        self
    }

    /// Sets the timeouts.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = Some(timeouts);
        self
    }

    /// Sets how many retries are made, and with which backoff.
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.retry = retry;
        self
    }

    /// Shares a retry budget with other clients.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.retry_budget = budget;
        self
    }

    /// Decides which failures are retried, in place of the table of
    /// [`RetryLayer`](crate::layers::retry::RetryLayer). The number of retries and their backoff are still
    /// set by [`retry`](Self::retry).
    ///
    /// ```
    /// use hf_transport::{Client, Retryability};
    /// // A mirror whose 404 means "not there yet".
    /// let builder = Client::builder().retry_classifier(|failed| match failed.status() {
    ///     Some(status) if status == 404 => Retryability::Always,
    ///     _ => failed.retryability(),
    /// });
    /// ```
    pub fn retry_classifier(
        mut self,
        classifier: impl Fn(&FailedAttempt<'_>) -> Retryability + Send + Sync + 'static,
    ) -> Self {
        self.retry_classifier = Some(Arc::new(classifier));
        self
    }

    /// Shares the rate limit state with other clients.
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.rate_limits = limits;
        self
    }

    /// Sets how many requests large transfers send to a host at once, and shares what was learned with all clients that
    /// were given the same. By default, each client learns for itself.
    pub fn concurrency(mut self, concurrency: AdaptiveConcurrency) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// Limits the bytes per second that the client and its clones send, receive, or both.
    ///
    /// ```
    /// use hf_transport::layers::BandwidthLayer;
    /// use hf_transport::{Bandwidth, Client};
    /// // 10 MB/s up, and whatever the line has down.
    /// let builder = Client::builder().bandwidth(BandwidthLayer::new().upload(Bandwidth::new(10_000_000)));
    /// ```
    pub fn bandwidth(mut self, limits: BandwidthLayer) -> Self {
        self.bandwidth = Some(limits);
        self
    }

    /// Limits how many bytes of a response [`Client::fetch`] and the pages of a list read into memory.
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Wraps each call in a layer. The layer sees one request, with the Hub's own path, and the final
    /// response. The layer added first is the outermost.
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
            .push(Box::new(move |inner| BoxService::new(layer.layer(inner))));
        self
    }

    /// Wraps each attempt in a layer. The layer sees every retry and every redirect hop, with the absolute
    /// URL and the token. The layer added first is the outermost.
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
            .push(Box::new(move |inner| BoxService::new(layer.layer(inner))));
        self
    }

    /// Replaces the HTTP client at the bottom of the stack with another service. Proxies, certificates, name
    /// resolution and the connect timeout are then up to that service.
    pub fn service<S, B>(mut self, service: S) -> Self
    where
        S: UserService<B>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
        S::Future: Send,
        S::Error: Into<BoxError>,
    {
        self.service = Some(BoxService::new(service));
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// Returns `Validation` for a malformed setting or variable, and `Io` for a token file that cannot be
    /// read.
    pub fn build(mut self) -> Result<Client> {
        let from_environment = self.config.is_none();
        let mut config = match self.config {
            Some(config) => config,
            None => Config::from_env()?,
        };
        if let Some(endpoint) = self.endpoint {
            config.endpoint = Endpoint::parse(&endpoint)?;
        }
        config.offline = self.offline.unwrap_or(config.offline);
        self.connections.apply_to(&mut config);
        let timeouts = self
            .timeouts
            .unwrap_or_else(|| Timeouts::default().with_idle(config.download_timeout));
        let token = match self.token? {
            TokenSetting::None => None,
            TokenSetting::Given(token) => Some((token, TokenSource::Explicit)),
            TokenSetting::Find if from_environment => {
                token::find(&Env::process(), &config.token_path)?
            }
            TokenSetting::Find => token::find(&Env::empty(), &config.token_path)?,
        };

        // A token set in code is never an implicit token.
        let given = matches!(token, Some((_, TokenSource::Explicit)));
        let connection_limit = self.connections.limit();
        let bottom = match self.service {
            Some(service) => service,
            None => self.connections.into_service(&config, timeouts.connect())?,
        };
        let service = stack(StackSettings {
            endpoint: config.endpoint.clone(),
            user_agent: user_agent_value(
                self.user_agent.as_deref(),
                config.user_agent_origin.as_deref(),
            ),
            token: token.as_ref().map(|(token, _)| token.clone()),
            implicit_token: given || !config.disable_implicit_token,
            offline: config.offline,
            timeouts,
            retry: self.retry,
            retry_budget: self.retry_budget,
            retry_classifier: self.retry_classifier,
            rate_limits: self.rate_limits,
            connection_limit,
            bandwidth: self.bandwidth,
            per_call: self.per_call,
            per_attempt: self.per_attempt,
            bottom,
        });
        Ok(Client(Arc::new(Inner {
            service,
            config,
            token,
            defaults: self.defaults,
            body_limit: self.body_limit,
            retry: self.retry,
            concurrency: self.concurrency,
        })))
    }
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
