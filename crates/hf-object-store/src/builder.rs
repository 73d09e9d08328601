//! Building a store from a URL.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use hf_api::{Client, HfApi};
use object_store::path::Path;
use object_store::{Error as StoreError, Result};
use url::Url;

use crate::error::{STORE, generic, invalid};
use crate::location::{HubLocation, parse_url};
use crate::options::{CommitPolicy, Settings};
use crate::root::HubRoot;
use crate::store::HubStore;

/// Builds a [`HubStore`], or a [`HubRoot`] of many.
///
/// ```no_run
/// use hf_object_store::{CommitPolicy, HubStoreBuilder};
/// # fn example() -> object_store::Result<()> {
/// let store = HubStoreBuilder::new()
///     .url("hf://datasets/org/data")
///     .commits(CommitPolicy::per_object())
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct HubStoreBuilder {
    url: Option<String>,
    location: Option<HubLocation>,
    api: Option<HfApi>,
    token: Option<String>,
    endpoint: Option<String>,
    settings: Settings,
}

impl HubStoreBuilder {
    /// Creates a builder. What is not set comes from the environment (`HF_TOKEN`, `HF_ENDPOINT`, ...).
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the URL, for example `hf://datasets/org/data@main`. A path in it is not part of the store.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets the repository or bucket.
    pub fn location(mut self, location: HubLocation) -> Self {
        self.location = Some(location);
        self
    }

    /// Sets the HTTP client: its layers, proxies, certificates, token and endpoint hold for everything that the store
    /// does.
    pub fn client(self, client: Client) -> Self {
        self.api(HfApi::from_client(client))
    }

    /// Sets the client of the Hub, with the options of its calls.
    pub fn api(mut self, api: HfApi) -> Self {
        self.api = Some(api);
        self
    }

    /// Sets the token, in place of that of the environment or the client.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets the endpoint of the Hub or of a mirror. Without effect if a client is set.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets when writes to a repository become commits.
    pub fn commits(mut self, policy: CommitPolicy) -> Self {
        self.settings.commits = policy;
        self
    }

    /// Sets the title of commits. By default, it says what was written.
    pub fn commit_message(mut self, message: impl Into<String>) -> Self {
        self.settings.commit_message = Some(message.into());
        self
    }

    /// Reads files that are in this cache folder from there. Nothing is added to it. By default, no cache is used.
    pub fn cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.settings.cache_dir = Some(folder.into());
        self
    }

    /// Sets the gap up to which two ranges of a file are read by one request. By default, 256 KiB.
    pub fn coalesce(mut self, bytes: u64) -> Self {
        self.settings.coalesce = bytes;
        self
    }

    /// Sets for how long the size and the content of a file in a bucket may be those that were seen before. By default,
    /// 10 seconds. What this store writes itself, it sees at once.
    pub fn bucket_ttl(mut self, ttl: Duration) -> Self {
        self.settings.bucket_ttl = ttl;
        self
    }

    /// Makes conditional writes to a bucket look at the file first and write then, in two requests. Without it they are
    /// refused, as buckets do not have them.
    ///
    /// Set it only where one process writes: two that write at the same moment may both find that they were first.
    pub fn check_then_write(mut self, check: bool) -> Self {
        self.settings.check_then_write = check;
        self
    }

    /// Sets the folder in which multipart uploads wait for their end. By default, that of the system.
    pub fn temp_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.settings.temp_dir = Some(folder.into());
        self
    }

    /// Sets an option by name, as configurations of engines have them: `token`, `endpoint`, `cache_dir`,
    /// `check_then_write`, `commit_message`, and `commits` (`gathered`, `per_object` or `on_flush`). The names of
    /// variables, such as `HF_TOKEN`, are accepted, too.
    ///
    /// # Errors
    /// `UnknownConfigurationKey` for another name, `Generic` for a value that the option cannot have.
    pub fn option(self, key: &str, value: &str) -> Result<Self> {
        let name = key.to_ascii_lowercase();
        Ok(match name.strip_prefix("hf_").unwrap_or(&name) {
            "token" => self.token(value),
            "endpoint" => self.endpoint(value),
            "cache_dir" | "hub_cache" => self.cache_dir(value),
            "commit_message" => self.commit_message(value),
            "check_then_write" => match value {
                "true" | "1" => self.check_then_write(true),
                "false" | "0" => self.check_then_write(false),
                _ => return Err(bad_option(key, value, "`true` or `false`")),
            },
            "commits" => self.commits(match value {
                "gathered" => CommitPolicy::gathered(),
                "per_object" => CommitPolicy::per_object(),
                "on_flush" => CommitPolicy::on_flush(),
                _ => {
                    return Err(bad_option(
                        key,
                        value,
                        "`gathered`, `per_object` or `on_flush`",
                    ));
                }
            }),
            _ => {
                return Err(StoreError::UnknownConfigurationKey {
                    store: STORE,
                    key: key.to_owned(),
                });
            }
        })
    }

    /// Builds the store. Makes no request: the commit is looked up at first use.
    ///
    /// # Errors
    /// `Generic` if the URL is missing or malformed, or if a setting of the client is.
    pub fn build(self) -> Result<HubStore> {
        self.build_with_path().map(|(store, _)| store)
    }

    /// Builds the store, and returns the path in the URL with it.
    ///
    /// # Errors
    /// The same as [`build`](Self::build).
    pub fn build_with_path(self) -> Result<(HubStore, Path)> {
        let (location, path) = match (&self.location, &self.url) {
            (Some(location), _) => (location.clone(), Path::default()),
            (None, Some(url)) => {
                let url = Url::parse(url).map_err(|error| {
                    invalid(
                        format!("{url:?} is not a URL: {error}"),
                        "for example `hf://datasets/org/data`",
                    )
                })?;
                parse_url(&url)?
            }
            (None, None) => {
                return Err(invalid(
                    "a store needs a repository or a bucket".to_owned(),
                    "set `url`, for example `hf://datasets/org/data`",
                ));
            }
        };
        let settings = self.settings.clone();
        Ok((HubStore::new(self.hub()?, location, settings), path))
    }

    /// Builds a store of everything below `root`: `hf://datasets`, `hf://spaces`, `hf://buckets`, or `hf://<owner>` for
    /// the models of an owner. See [`HubRoot`].
    ///
    /// # Errors
    /// `Generic` if `root` is none of these, or if a setting of the client is malformed.
    pub fn build_root(self, root: &str) -> Result<HubRoot> {
        let settings = self.settings.clone();
        HubRoot::new(root, self.hub()?, settings)
    }

    pub(crate) fn hub(self) -> Result<HfApi> {
        let Some(api) = self.api else {
            let mut api = HfApi::builder();
            if let Some(endpoint) = self.endpoint {
                api = api.endpoint(endpoint);
            }
            if let Some(token) = &self.token {
                api = api.token(token);
            }
            return api.build().map_err(generic);
        };
        match self.token {
            None => Ok(api),
            Some(token) => {
                let token = hf_api::Token::new(token).map_err(generic)?;
                let options = api.options().clone();
                Ok(api.with_options(options.with_token(hf_api::TokenMode::Explicit(token))))
            }
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl HubStore {
    /// Opens the store of a URL, with the client that the environment describes. Makes no request.
    ///
    /// # Errors
    /// `Generic` if the URL is not an `hf://` URL of a repository or bucket, or for a malformed setting.
    pub fn open(url: impl Into<String>) -> Result<Self> {
        HubStoreBuilder::new().url(url).build()
    }
}

impl HubRoot {
    /// Opens the store of a root, with the client that the environment describes. Makes no request.
    ///
    /// # Errors
    /// The same as [`HubStoreBuilder::build_root`].
    pub fn open(root: &str) -> Result<Self> {
        HubStoreBuilder::new().build_root(root)
    }
}

impl fmt::Debug for HubStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token.
        f.debug_struct("HubStoreBuilder")
            .field("url", &self.url)
            .field("location", &self.location)
            .field("endpoint", &self.endpoint)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

fn bad_option(key: &str, value: &str, expected: &str) -> StoreError {
    generic(hf_api::Error::validation(format!(
        "the option `{key}` is {value:?}, expected {expected}"
    )))
}
