//! Settings from environment variables.

mod durability;
mod env;
mod proxies;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::endpoint::{CANONICAL_ENDPOINT, Endpoint};
use crate::error::Result;

pub use durability::Durability;
pub(crate) use env::Env;
pub use proxies::Proxies;

/// The default timeout for file metadata and for silence in a download; the same as Python's.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The settings of a client, read from the environment once.
///
/// | variable | field | default |
/// |---|---|---|
/// | `HF_ENDPOINT` | [`endpoint`](Self::endpoint) | `https://huggingface.co` |
/// | `HF_HOME`, `XDG_CACHE_HOME` | [`hf_home`](Self::hf_home) | `~/.cache/huggingface` |
/// | `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE` | [`hub_cache`](Self::hub_cache) | `$HF_HOME/hub` |
/// | `HF_TOKEN_PATH` | [`token_path`](Self::token_path) | `$HF_HOME/token` |
/// | `HF_HUB_OFFLINE`, `TRANSFORMERS_OFFLINE` | [`offline`](Self::offline) | no |
/// | `HF_HUB_DISABLE_IMPLICIT_TOKEN` | [`disable_implicit_token`](Self::disable_implicit_token) | no |
/// | `HF_HUB_ETAG_TIMEOUT` (s) | [`etag_timeout`](Self::etag_timeout) | 10 s |
/// | `HF_HUB_DOWNLOAD_TIMEOUT` (s) | [`download_timeout`](Self::download_timeout) | 10 s |
/// | `HF_HUB_DISABLE_PROGRESS_BARS` | [`disable_progress_bars`](Self::disable_progress_bars) | code decides |
/// | `HF_HUB_DISABLE_SYMLINKS` | [`disable_symlinks`](Self::disable_symlinks) | no |
/// | `HF_HUB_FSYNC` (not of Python's client) | [`durability`](Self::durability) | relaxed |
/// | `HF_HUB_DISABLE_XET` | [`disable_xet`](Self::disable_xet) | no |
/// | `HF_XET_CACHE` | [`xet_cache`](Self::xet_cache) | `$HF_HOME/xet` |
/// | `HF_HUB_DISABLE_SHARED_BLOBS` | [`disable_shared_blobs`](Self::disable_shared_blobs) | no |
/// | `HF_HUB_USER_AGENT_ORIGIN` | [`user_agent_origin`](Self::user_agent_origin) | |
/// | `SSL_CERT_FILE`, `SSL_CERT_DIR`, `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE` | [`ca_bundle`](Self::ca_bundle) | the platform's store |
/// | `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, also in lower case | [`proxies`](Self::proxies) | none |
///
/// Where a row lists several variables, the first one that is set wins. A variable with an empty value counts
/// as unset, except that an empty `http_proxy` disables `HTTP_PROXY`. Booleans are `1`, `ON`, `YES` or
/// `TRUE`, in any case. Paths may start with `~` or `~user`, may contain `$NAME` and `${NAME}`, and need not
/// be UTF-8; other values that are not UTF-8 are an error.
///
/// `HF_TOKEN` and `HUGGING_FACE_HUB_TOKEN` are read when a [`Client`](crate::Client) is built without a `Config`.
///
/// ```
/// use hf_transport::Config;
/// let config = Config::from_lookup(|name| match name {
///     "HF_HOME" => Some("/data/hf"),
///     "HF_HUB_OFFLINE" => Some("yes"),
///     _ => None,
/// })?;
/// assert_eq!(config.hub_cache.to_str(), Some("/data/hf/hub"));
/// assert!(config.offline);
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The endpoint; the public Hub by default.
    pub endpoint: Endpoint,
    /// The folder for everything that is kept between runs.
    pub hf_home: PathBuf,
    /// The cache of repository files.
    pub hub_cache: PathBuf,
    /// The file with the token that `hf auth login` stored.
    pub token_path: PathBuf,
    /// Whether requests fail with `OfflineMode` instead of being sent.
    pub offline: bool,
    /// Whether the token is sent only with calls that require it.
    pub disable_implicit_token: bool,
    /// The timeout for requests for a file's metadata.
    pub etag_timeout: Duration,
    /// The idle timeout while a body is read.
    pub download_timeout: Duration,
    /// Whether progress bars are disabled; `None` leaves the decision to the program.
    pub disable_progress_bars: Option<bool>,
    /// Whether the cache holds copies instead of symbolic links.
    pub disable_symlinks: bool,
    /// Whether downloads and the cache's metadata are forced to disk.
    pub durability: Durability,
    /// Whether all files are transferred by plain HTTP.
    pub disable_xet: bool,
    /// The folder for what is known of Xet stores, which the official client shares.
    pub xet_cache: PathBuf,
    /// Whether the cache does without the store of blobs that repositories share.
    pub disable_shared_blobs: bool,
    /// Text appended to the user agent.
    pub user_agent_origin: Option<String>,
    /// PEM files, or folders of them, whose certificates replace the platform's and the bundled root
    /// certificates. Empty to use the latter.
    pub ca_bundle: Vec<PathBuf>,
    /// The proxies.
    pub proxies: Proxies,
}

impl Config {
    /// Reads the environment of the process.
    ///
    /// # Errors
    /// Returns `Validation` if the value of a variable cannot be used (the message names the variable), or if
    /// `HF_HOME` is unset and the user has no home folder.
    pub fn from_env() -> Result<Self> {
        Self::read(&Env::process())
    }

    /// Reads variables through `lookup` instead, so that a test or an embedding program need not change the
    /// process environment.
    ///
    /// # Errors
    /// The same as [`from_env`](Self::from_env). The home folder is taken only from `HOME` (`USERPROFILE` on
    /// Windows) of `lookup`.
    pub fn from_lookup<V: Into<OsString>>(lookup: impl Fn(&str) -> Option<V>) -> Result<Self> {
        Self::read(&Env::of(&|name| lookup(name).map(Into::into)))
    }

    /// Returns the default settings with `hf_home` as the folder for everything that is kept between runs. No
    /// variable is read.
    pub fn in_folder(hf_home: impl Into<PathBuf>) -> Self {
        let hf_home = hf_home.into();
        Self {
            endpoint: Endpoint::default(),
            hub_cache: hf_home.join("hub"),
            token_path: hf_home.join("token"),
            xet_cache: hf_home.join("xet"),
            hf_home,
            offline: false,
            disable_implicit_token: false,
            etag_timeout: DEFAULT_TIMEOUT,
            download_timeout: DEFAULT_TIMEOUT,
            disable_progress_bars: None,
            disable_symlinks: false,
            durability: Durability::Relaxed,
            disable_xet: false,
            disable_shared_blobs: false,
            user_agent_origin: None,
            ca_bundle: Vec::new(),
            proxies: Proxies::default(),
        }
    }

    fn read(env: &Env<'_>) -> Result<Self> {
        let endpoint = match env
            .text("HF_ENDPOINT")?
            .filter(|text| !text.trim().is_empty())
        {
            Some(text) => Endpoint::parse(&text).map_err(|e| e.with_context("HF_ENDPOINT"))?,
            None if env.is_true("HUGGINGFACE_CO_STAGING")? => {
                Endpoint::parse("https://hub-ci.huggingface.co")?
            }
            None => Endpoint::parse(CANONICAL_ENDPOINT)?,
        };
        let etag_timeout = env.seconds("HF_HUB_ETAG_TIMEOUT")?;
        let download_timeout = env.seconds("HF_HUB_DOWNLOAD_TIMEOUT")?;
        let offline = match env.text("HF_HUB_OFFLINE")? {
            Some(_) => env.is_true("HF_HUB_OFFLINE")?,
            None => env.is_true("TRANSFORMERS_OFFLINE")?,
        };
        let hf_home = match (env.path("HF_HOME")?, env.path("XDG_CACHE_HOME")?) {
            (Some(home), _) => home,
            (None, Some(cache)) => cache.join("huggingface"),
            (None, None) => env.home()?.join(".cache").join("huggingface"),
        };
        let defaults = Self::in_folder(hf_home);
        let hub_cache = match env.path("HF_HUB_CACHE")? {
            Some(cache) => Some(cache),
            None => env.path("HUGGINGFACE_HUB_CACHE")?,
        };
        Ok(Self {
            endpoint,
            hub_cache: hub_cache.unwrap_or(defaults.hub_cache),
            token_path: env.path("HF_TOKEN_PATH")?.unwrap_or(defaults.token_path),
            hf_home: defaults.hf_home,
            offline,
            disable_implicit_token: env.is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN")?,
            etag_timeout,
            download_timeout,
            disable_progress_bars: env.flag("HF_HUB_DISABLE_PROGRESS_BARS")?,
            disable_symlinks: env.is_true("HF_HUB_DISABLE_SYMLINKS")?,
            durability: if env.is_true("HF_HUB_FSYNC")? {
                Durability::Fsync
            } else {
                Durability::Relaxed
            },
            disable_xet: env.is_true("HF_HUB_DISABLE_XET")?,
            xet_cache: env.path("HF_XET_CACHE")?.unwrap_or(defaults.xet_cache),
            disable_shared_blobs: env.is_true("HF_HUB_DISABLE_SHARED_BLOBS")?,
            user_agent_origin: env.text("HF_HUB_USER_AGENT_ORIGIN")?,
            ca_bundle: ca_bundle(env)?,
            proxies: Proxies {
                http: env.proxy("HTTP_PROXY")?,
                https: env.proxy("HTTPS_PROXY")?,
                all: env.proxy("ALL_PROXY")?,
                no: env.proxy("NO_PROXY")?,
            },
        })
    }

    /// Sets the endpoint.
    pub fn with_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Sets the cache of repository files.
    pub fn with_hub_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.hub_cache = folder.into();
        self
    }

    /// Sets the file from which the token is read.
    pub fn with_token_path(mut self, file: impl Into<PathBuf>) -> Self {
        self.token_path = file.into();
        self
    }

    /// Sets whether requests fail instead of being sent.
    pub fn with_offline(mut self, offline: bool) -> Self {
        self.offline = offline;
        self
    }

    /// Sets whether downloads and the cache's metadata are forced to disk.
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets the timeout for requests for a file's metadata.
    pub fn with_etag_timeout(mut self, limit: Duration) -> Self {
        self.etag_timeout = limit;
        self
    }

    /// Sets the idle timeout while a body is read.
    pub fn with_download_timeout(mut self, limit: Duration) -> Self {
        self.download_timeout = limit;
        self
    }

    /// Sets the PEM file, or the folder of PEM files, whose certificates replace the platform's.
    pub fn with_ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_bundle = vec![path.into()];
        self
    }

    /// Sets the proxies.
    pub fn with_proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }
}

/// Returns the files and folders of certificates. `SSL_CERT_FILE` and `SSL_CERT_DIR` are read as Python's
/// HTTP library reads them (the file wins), then the variables of its predecessor and of curl, each of which
/// may name a file or a folder.
fn ca_bundle(env: &Env<'_>) -> Result<Vec<PathBuf>> {
    if let Some(file) = env.path("SSL_CERT_FILE")? {
        return Ok(vec![file]);
    }
    let folders = env.paths("SSL_CERT_DIR");
    if !folders.is_empty() {
        return Ok(folders);
    }
    for name in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
        if let Some(path) = env.path(name)? {
            return Ok(vec![path]);
        }
    }
    Ok(Vec::new())
}
