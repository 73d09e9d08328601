//! The client of all calls.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use hf_transport::progress::{ProgressEvent, ProgressSink};

use crate::whoami_cache::WhoamiCache;
use crate::{Client, ClientBuilder, Request, RequestOptions, Result, Services, TokenMode};

/// A client of the Hub: every call is a method of it.
///
/// Cloning is cheap; clones share connections and the state of rate limits. A call is a value that is awaited:
///
/// ```no_run
/// # async fn example() -> hf_api::Result<()> {
/// let api = hf_api::HfApi::new()?;
/// let info = api.model_info("gpt2").revision("main").await?;
/// println!("{} has {} files", info.id, info.siblings.unwrap_or_default().len());
/// # Ok(()) }
/// ```
///
/// Many at once, 16 in flight:
///
/// ```no_run
/// # use futures_util::{StreamExt, TryStreamExt, stream};
/// # async fn example(api: hf_api::HfApi, ids: Vec<String>) -> hf_api::Result<()> {
/// let infos: Vec<_> = stream::iter(ids)
///     .map(|id| api.model_info(id).send())
///     .buffer_unordered(16)
///     .try_collect()
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct HfApi {
    inner: Arc<Inner>,
    services: Arc<Services>,
    options: Arc<RequestOptions>,
}

struct Inner {
    client: Client,
    whoami: WhoamiCache,
}

impl fmt::Debug for HfApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HfApi")
            .field("endpoint", &self.client().endpoint().to_string())
            .finish_non_exhaustive()
    }
}

/// # Client and options
impl HfApi {
    /// Creates a client configured by the environment, as the Python client is.
    ///
    /// # Errors
    /// `Validation` for a malformed endpoint, token or setting.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder of a client. Settings that are not set come from the
    /// environment.
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
        HfApiBuilder {
            client: Client::builder(),
            services: None,
        }
    }

    /// Creates a client of the Hub on an existing HTTP client, with the public
    /// services beside the Hub. The environment is not read.
    pub fn from_client(client: Client) -> Self {
        Self {
            inner: Arc::new(Inner {
                client,
                whoami: WhoamiCache::default(),
            }),
            services: Arc::default(),
            options: Arc::default(),
        }
    }

    /// Returns the HTTP client below.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// Returns the services beside the Hub.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Returns the options that fill in what a call on this client does not set.
    pub fn options(&self) -> &RequestOptions {
        &self.options
    }

    /// Returns a client that talks to other services beside the Hub.
    /// Connections are shared.
    #[must_use]
    pub fn with_services(&self, services: Services) -> Self {
        Self {
            services: Arc::new(services),
            ..self.clone()
        }
    }

    /// Returns a client whose calls have these options: a token, a time limit,
    /// headers. What a call sets itself wins. Connections are shared.
    ///
    /// ```
    /// use std::time::Duration;
    /// use hf_api::RequestOptions;
    ///
    /// # fn example(api: hf_api::HfApi) {
    /// let billed = api.with_options(
    ///     RequestOptions::new()
    ///         .with_timeout(Duration::from_secs(30))
    ///         .with_header("X-HF-Bill-To", "my-org"),
    /// );
    /// # }
    /// ```
    #[must_use]
    pub fn with_options(&self, options: RequestOptions) -> Self {
        Self {
            options: Arc::new(options),
            ..self.clone()
        }
    }

    /// Returns a client whose uploads and downloads report progress to `sink`.
    /// Connections are shared.
    ///
    /// ```
    /// # fn example() -> hf_api::Result<()> {
    /// use std::sync::Arc;
    /// use hf_api::transport::progress::ProgressMeter;
    /// let meter = Arc::new(ProgressMeter::new());
    /// let api = hf_api::HfApi::new()?.with_progress(meter.clone());
    /// // While calls are in flight:
    /// let sums = meter.summary();
    /// println!("{} bytes, {:.0} a second", sums.bytes_done, sums.bytes_per_second);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_progress(&self, sink: Arc<dyn ProgressSink>) -> Self {
        self.with_options(self.options().clone().with_progress(sink))
    }

    /// Returns a client whose uploads and downloads call `f` with each progress
    /// event. Connections are shared.
    #[must_use]
    pub fn on_progress(&self, f: impl Fn(&ProgressEvent<'_>) + Send + Sync + 'static) -> Self {
        self.with_progress(Arc::new(f))
    }

    /// Returns which token calls on this client send.
    pub fn token_mode(&self) -> &TokenMode {
        self.options.token()
    }

    pub(crate) fn whoami_cache(&self) -> &WhoamiCache {
        &self.inner.whoami
    }

    /// Puts the options on a request.
    pub(crate) fn apply(&self, request: Request) -> Request {
        // A call that is anonymous by default still sends the token that its user chose.
        let request = match self.options.token() {
            TokenMode::Default => request,
            chosen => request.token(chosen.clone()),
        };
        request.with_defaults(&self.options)
    }
}

/// Configures a client.
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct HfApiBuilder {
    client: ClientBuilder,
    services: Option<Services>,
}

impl HfApiBuilder {
    /// Sets the endpoint of the Hub or of a mirror. By default, `HF_ENDPOINT`.
    pub fn endpoint(mut self, endpoint: impl AsRef<str>) -> Self {
        self.client = self.client.endpoint(endpoint.as_ref());
        self
    }

    /// Sets the token to send. By default, that of the environment.
    pub fn token(mut self, token: impl AsRef<str>) -> Self {
        self.client = self.client.token(token.as_ref());
        self
    }

    /// Sends no token.
    pub fn no_token(mut self) -> Self {
        self.client = self.client.no_token();
        self
    }

    /// Sets the services beside the Hub. By default, those of the environment.
    pub fn services(mut self, services: Services) -> Self {
        self.services = Some(services);
        self
    }

    /// Configures the HTTP client below: layers, proxies, certificates,
    /// timeouts, retries.
    pub fn client(mut self, configure: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        self.client = configure(self.client);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// `Validation` for a malformed endpoint, token or setting.
    pub fn build(self) -> Result<HfApi> {
        let api = HfApi::from_client(self.client.build()?);
        Ok(api.with_services(self.services.unwrap_or_else(Services::from_env)))
    }
}

static DEFAULT: RwLock<Option<HfApi>> = RwLock::new(None);

/// Returns the client of the free functions, made from the environment at first
/// use.
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

/// Makes `api` the client of the free functions from now on.
pub fn set_default_api(api: HfApi) {
    *DEFAULT.write().unwrap_or_else(PoisonError::into_inner) = Some(api);
}
