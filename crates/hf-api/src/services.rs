//! The services beside the Hub that some calls talk to.

/// The base URLs of the services beside the Hub, without a trailing `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Services {
    /// Inference Endpoints (`HF_INFERENCE_ENDPOINTS_ENDPOINT`).
    pub inference_endpoints: String,
    /// The catalog of Inference Endpoints (`HF_INFERENCE_CATALOG_ENDPOINT`).
    pub inference_catalog: String,
    /// The dataset viewer (`HF_DATASETS_SERVER_ENDPOINT`); `None` is the
    /// public one, which serves the public Hub alone.
    pub datasets_server: Option<String>,
}

impl Services {
    /// The services the environment names, the public ones otherwise.
    pub fn from_env() -> Self {
        let env = |name: &str| {
            std::env::var(name)
                .ok()
                .map(|url| url.trim().trim_end_matches('/').to_owned())
                .filter(|url| !url.is_empty())
        };
        Self {
            inference_endpoints: env("HF_INFERENCE_ENDPOINTS_ENDPOINT")
                .unwrap_or_else(|| "https://api.endpoints.huggingface.cloud/v2".to_owned()),
            inference_catalog: env("HF_INFERENCE_CATALOG_ENDPOINT")
                .unwrap_or_else(|| "https://endpoints.huggingface.co/api/v1/catalog".to_owned()),
            datasets_server: env("HF_DATASETS_SERVER_ENDPOINT"),
        }
    }
}
