//! The services beside the Hub that some calls use.

/// The base URLs of the services beside the Hub.
///
/// ```
/// use hf_api::{HfApi, Services};
/// # fn example() -> hf_api::Result<()> {
/// let api = HfApi::builder()
///     .services(Services::new().datasets_server("http://127.0.0.1:8000"))
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Services {
    /// The base URL of Inference Endpoints.
    pub inference_endpoints: String,
    /// The base URL of the catalog of Inference Endpoints.
    pub inference_catalog: String,
    /// The base URL of the dataset viewer; `None` is the public one, which
    /// serves the public Hub only.
    pub datasets_server: Option<String>,
}

impl Default for Services {
    fn default() -> Self {
        Self {
            inference_endpoints: "https://api.endpoints.huggingface.cloud/v2".to_owned(),
            inference_catalog: "https://endpoints.huggingface.co/api/v1/catalog".to_owned(),
            datasets_server: None,
        }
    }
}

impl Services {
    /// Returns the public services.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the services that the environment names, the public ones
    /// otherwise: `HF_INFERENCE_ENDPOINTS_ENDPOINT`,
    /// `HF_INFERENCE_CATALOG_ENDPOINT`, `HF_DATASETS_SERVER_ENDPOINT`.
    pub fn from_env() -> Self {
        let env = |name: &str| {
            std::env::var(name)
                .ok()
                .filter(|url| !url.trim().is_empty())
        };
        let mut services = Self::default();
        if let Some(url) = env("HF_INFERENCE_ENDPOINTS_ENDPOINT") {
            services = services.inference_endpoints(url);
        }
        if let Some(url) = env("HF_INFERENCE_CATALOG_ENDPOINT") {
            services = services.inference_catalog(url);
        }
        if let Some(url) = env("HF_DATASETS_SERVER_ENDPOINT") {
            services = services.datasets_server(url);
        }
        services
    }

    /// Sets the base URL of Inference Endpoints.
    #[must_use]
    pub fn inference_endpoints(mut self, url: impl Into<String>) -> Self {
        self.inference_endpoints = base(&url.into());
        self
    }

    /// Sets the base URL of the catalog of Inference Endpoints.
    #[must_use]
    pub fn inference_catalog(mut self, url: impl Into<String>) -> Self {
        self.inference_catalog = base(&url.into());
        self
    }

    /// Sets the base URL of the dataset viewer.
    #[must_use]
    pub fn datasets_server(mut self, url: impl Into<String>) -> Self {
        self.datasets_server = Some(base(&url.into()));
        self
    }
}

/// Removes a trailing `/`, as paths are appended.
fn base(url: &str) -> String {
    url.trim().trim_end_matches('/').to_owned()
}
