//! The client of all calls.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use hf_transport::digest::Sha256Hasher;
use hf_transport::progress::ProgressSink;
use serde_json::Value;

use crate::call::CallOptions;
use crate::{Client, ClientBuilder, Request, Result, Services, Token, TokenMode};

/// The Hub: every call is a method of it.
///
/// It is cheap to clone, and clones share connections and what the Hub said
/// about its rate limits. A call is a value that is awaited:
///
/// ```no_run
/// # async fn example() -> hf_api::Result<()> {
/// let api = hf_api::HfApi::new()?;
/// let info = api.model_info("gpt2").revision("main").await?;
/// println!("{} has {} files", info.id, info.siblings.unwrap_or_default().len());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct HfApi {
    inner: Arc<Inner>,
    options: Arc<CallOptions>,
}

struct Inner {
    client: Client,
    services: Services,
    /// Answers of `whoami` by the SHA-256 of the token.
    whoami: Mutex<HashMap<[u8; 32], Value>>,
}

impl fmt::Debug for HfApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HfApi")
            .field("endpoint", &self.client().endpoint().to_string())
            .finish_non_exhaustive()
    }
}

impl HfApi {
    /// A client configured by the environment, as the Python client is.
    ///
    /// # Errors
    /// `Validation` for a malformed endpoint, token or setting.
    pub fn new() -> Result<Self> {
        Client::new().map(Self::from_client)
    }

    /// A client to be configured; what is not set comes from the environment.
    ///
    /// ```no_run
    /// # fn example() -> hf_api::Result<()> {
    /// let api = hf_api::HfApi::builder()
    ///     .endpoint("https://hub.example.org")
    ///     .token("hf_...")
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn builder() -> HfApiBuilder {
        HfApiBuilder(Client::builder())
    }

    /// Calls on a client that was built elsewhere.
    pub fn from_client(client: Client) -> Self {
        Self {
            inner: Arc::new(Inner {
                client,
                services: Services::from_env(),
                whoami: Mutex::default(),
            }),
            options: Arc::default(),
        }
    }

    /// The same calls on other services beside the Hub.
    #[must_use]
    pub fn with_services(self, services: Services) -> Self {
        Self {
            inner: Arc::new(Inner {
                client: self.inner.client.clone(),
                services,
                whoami: Mutex::default(),
            }),
            options: self.options,
        }
    }

    /// The HTTP client below.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// The services beside the Hub.
    pub fn services(&self) -> &Services {
        &self.inner.services
    }

    /// The options that calls made on this client start from.
    pub fn options(&self) -> &CallOptions {
        &self.options
    }

    /// A client whose calls start from other options: a token, a time limit,
    /// headers. Connections are shared.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            options: Arc::new(options),
        }
    }

    /// A client whose uploads and downloads tell of their progress there.
    /// Connections are shared.
    ///
    /// ```
    /// # fn example() -> hf_api::Result<()> {
    /// use std::sync::Arc;
    /// use hf_api::transport::progress::ProgressMeter;
    /// let meter = Arc::new(ProgressMeter::new());
    /// let api = hf_api::HfApi::new()?.with_progress(meter.clone());
    /// // While calls are under way:
    /// let sums = meter.summary();
    /// println!("{} bytes, {:.0} a second", sums.bytes_done, sums.bytes_per_second);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_progress(&self, sink: Arc<dyn ProgressSink>) -> Self {
        let mut options = self.options().clone();
        options.progress = Some(sink);
        self.with_options(options)
    }

    /// Which token calls on this client send.
    pub fn token_mode(&self) -> &TokenMode {
        &self.options.token
    }

    /// What `whoami` said of a token before.
    pub(crate) fn cached_whoami(&self, token: &Token) -> Option<Value> {
        let answers = self
            .inner
            .whoami
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        answers.get(&fingerprint(token)).cloned()
    }

    /// Keeps what `whoami` said of a token.
    pub(crate) fn cache_whoami(&self, token: &Token, answer: &Value) {
        let mut answers = self
            .inner
            .whoami
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        answers.insert(fingerprint(token), answer.clone());
    }

    /// Puts the options on a request.
    pub(crate) fn apply(&self, mut request: Request) -> Request {
        let options = &*self.options;
        if !matches!(options.token, TokenMode::Default) {
            request = request.token(options.token.clone());
        }
        if let Some(timeout) = options.timeout {
            request = request.timeout(timeout);
        }
        for (name, value) in &options.headers {
            request = request.header(name, value);
        }
        request
    }
}

fn fingerprint(token: &Token) -> [u8; 32] {
    Sha256Hasher::digest(token.expose()).to_bytes()
}

/// Configures a client.
#[derive(Debug)]
pub struct HfApiBuilder(ClientBuilder);

impl HfApiBuilder {
    /// The Hub to talk to, such as a mirror; `HF_ENDPOINT` otherwise.
    #[must_use]
    pub fn endpoint(self, endpoint: &str) -> Self {
        Self(self.0.endpoint(endpoint))
    }

    /// The token to send; the environment's otherwise.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        Self(self.0.token(token))
    }

    /// Sends no token.
    #[must_use]
    pub fn no_token(self) -> Self {
        Self(self.0.no_token())
    }

    /// Sets what the HTTP client below has to set: layers, proxies,
    /// certificates, timeouts, retries.
    #[must_use]
    pub fn client(self, configure: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        Self(configure(self.0))
    }

    /// The client.
    ///
    /// # Errors
    /// `Validation` for a malformed endpoint, token or setting.
    pub fn build(self) -> Result<HfApi> {
        self.0.build().map(HfApi::from_client)
    }
}

static DEFAULT: RwLock<Option<HfApi>> = RwLock::new(None);

/// The client of the root functions, made from the environment at first use.
///
/// # Errors
/// `Validation` for a malformed setting in the environment.
pub fn default_api() -> Result<HfApi> {
    let made = DEFAULT.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(api) = &*made {
        return Ok(api.clone());
    }
    drop(made);
    let api = HfApi::new()?;
    let mut slot = DEFAULT.write().unwrap_or_else(PoisonError::into_inner);
    Ok(slot.get_or_insert(api).clone())
}

/// Makes `api` the client of the root functions from now on.
pub fn set_default_api(api: HfApi) {
    *DEFAULT.write().unwrap_or_else(PoisonError::into_inner) = Some(api);
}
