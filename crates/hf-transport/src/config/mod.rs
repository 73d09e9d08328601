mod durability;
mod env;
mod proxies;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::endpoint::{CANONICAL_ENDPOINT, Endpoint};
use crate::error::Result;
use env::{Env, first, is_true};

pub use durability::Durability;
pub(crate) use env::environment;
pub use proxies::Proxies;

/// Seconds allowed for a file's metadata, and for silence in a download, unless the environment says
/// otherwise; Python's values.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the environment says about the Hub, read once.
///
/// The variables are those of `huggingface_hub`; booleans are `1`, `ON`, `YES`, `TRUE` in any case,
/// and paths may hold `~`, `$NAME` and `${NAME}`.
///
/// ```
/// use hf_transport::Config;
/// let config = Config::from_lookup(|name| match name {
///     "HF_HOME" => Some("/data/hf".to_owned()),
///     "HF_HUB_OFFLINE" => Some("yes".to_owned()),
///     _ => None,
/// })?;
/// assert_eq!(config.hub_cache.to_str(), Some("/data/hf/hub"));
/// assert!(config.offline);
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// `HF_ENDPOINT`, by default the public Hub.
    pub endpoint: Endpoint,
    /// `HF_HOME`, by default `$XDG_CACHE_HOME/huggingface` or `~/.cache/huggingface`.
    pub hf_home: PathBuf,
    /// `HF_HUB_CACHE` or `HUGGINGFACE_HUB_CACHE`, by default `hub` in the home.
    pub hub_cache: PathBuf,
    /// `HF_ASSETS_CACHE` or `HUGGINGFACE_ASSETS_CACHE`, by default `assets` in the home.
    pub assets_cache: PathBuf,
    /// `HF_XET_CACHE`, by default `xet` in the home.
    pub xet_cache: PathBuf,
    /// `HF_TOKEN_PATH`, by default `token` in the home.
    pub token_path: PathBuf,
    /// The named tokens, next to the token file.
    pub stored_tokens_path: PathBuf,
    /// `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE`: nothing is sent.
    pub offline: bool,
    /// `HF_HUB_DISABLE_IMPLICIT_TOKEN`: a token is only sent where a call asks for one.
    pub disable_implicit_token: bool,
    /// `HF_HUB_ETAG_TIMEOUT` (seconds): for a file's metadata.
    pub etag_timeout: Duration,
    /// `HF_HUB_DOWNLOAD_TIMEOUT` (seconds): for silence while a body is read.
    pub download_timeout: Duration,
    /// `HF_HUB_DISABLE_PROGRESS_BARS`; `None`: code decides.
    pub disable_progress_bars: Option<bool>,
    /// `HF_HUB_DISABLE_SYMLINKS`: copies instead of links in the cache.
    pub disable_symlinks: bool,
    /// `HF_HUB_FSYNC`: whether downloads and the marks of the cache are forced to the disk. A variable of this client.
    pub durability: Durability,
    /// `HF_HUB_DISABLE_SYMLINKS_WARNING`.
    pub disable_symlinks_warning: bool,
    /// `HF_HUB_DISABLE_XET`: plain HTTP for all files.
    pub disable_xet: bool,
    /// `HF_HUB_DISABLE_SHARED_BLOBS`: no store of blobs shared by repositories.
    pub disable_shared_blobs: bool,
    /// `HF_HUB_DISABLE_TELEMETRY`, `DISABLE_TELEMETRY` or `DO_NOT_TRACK`.
    pub disable_telemetry: bool,
    /// `HF_DEBUG`.
    pub debug: bool,
    /// `HF_HUB_USER_AGENT_ORIGIN`: goes to the end of the user agent.
    pub user_agent_origin: Option<String>,
    /// A PEM file whose certificates replace the built-in roots: `SSL_CERT_FILE`,
    /// `REQUESTS_CA_BUNDLE` or `CURL_CA_BUNDLE`, in this order.
    pub ca_bundle: Option<PathBuf>,
    /// The proxies of the environment.
    pub proxies: Proxies,
}

impl Config {
    /// Reads the environment of the process.
    ///
    /// # Errors
    /// `Validation` if a variable holds what it cannot, naming it.
    pub fn from_env() -> Result<Self> {
        Self::from_lookup(environment)
    }

    /// Reads variables from `lookup` instead, so that a test or an embedder need not change the
    /// process.
    ///
    /// # Errors
    /// `Validation` if a variable holds what it cannot, naming it.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let env = Env(&lookup);
        let hf_home = match env.path("HF_HOME") {
            Some(home) => home,
            None => match lookup("XDG_CACHE_HOME") {
                Some(cache) => env.expand(&cache).join("huggingface"),
                None => env.home().join(".cache").join("huggingface"),
            },
        };
        let token_path = env
            .path("HF_TOKEN_PATH")
            .unwrap_or_else(|| hf_home.join("token"));
        let endpoint = match lookup("HF_ENDPOINT").filter(|text| !text.trim().is_empty()) {
            Some(text) => Endpoint::parse(&text).map_err(|e| e.with_context("HF_ENDPOINT"))?,
            None if env.is_true("HUGGINGFACE_CO_STAGING") => {
                Endpoint::parse("https://hub-ci.huggingface.co")?
            }
            None => Endpoint::parse(CANONICAL_ENDPOINT)?,
        };
        let offline = first(&lookup, &["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"]);
        Ok(Self {
            endpoint,
            hub_cache: env
                .path("HF_HUB_CACHE")
                .or_else(|| env.path("HUGGINGFACE_HUB_CACHE"))
                .unwrap_or_else(|| hf_home.join("hub")),
            assets_cache: env
                .path("HF_ASSETS_CACHE")
                .or_else(|| env.path("HUGGINGFACE_ASSETS_CACHE"))
                .unwrap_or_else(|| hf_home.join("assets")),
            xet_cache: env
                .path("HF_XET_CACHE")
                .unwrap_or_else(|| hf_home.join("xet")),
            stored_tokens_path: token_path
                .parent()
                .unwrap_or(Path::new(""))
                .join("stored_tokens"),
            token_path,
            hf_home,
            offline: offline.as_deref().is_some_and(is_true),
            disable_implicit_token: env.is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN"),
            etag_timeout: env.seconds("HF_HUB_ETAG_TIMEOUT")?,
            download_timeout: env.seconds("HF_HUB_DOWNLOAD_TIMEOUT")?,
            disable_progress_bars: lookup("HF_HUB_DISABLE_PROGRESS_BARS").map(|v| is_true(&v)),
            disable_symlinks: env.is_true("HF_HUB_DISABLE_SYMLINKS"),
            durability: if env.is_true("HF_HUB_FSYNC") {
                Durability::Fsync
            } else {
                Durability::Relaxed
            },
            disable_symlinks_warning: env.is_true("HF_HUB_DISABLE_SYMLINKS_WARNING"),
            disable_xet: env.is_true("HF_HUB_DISABLE_XET"),
            disable_shared_blobs: env.is_true("HF_HUB_DISABLE_SHARED_BLOBS"),
            disable_telemetry: [
                "HF_HUB_DISABLE_TELEMETRY",
                "DISABLE_TELEMETRY",
                "DO_NOT_TRACK",
            ]
            .into_iter()
            .any(|name| env.is_true(name)),
            debug: env.is_true("HF_DEBUG"),
            user_agent_origin: lookup("HF_HUB_USER_AGENT_ORIGIN").filter(|v| !v.is_empty()),
            ca_bundle: ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
                .into_iter()
                .find_map(|name| env.path(name)),
            proxies: Proxies {
                // In a CGI program HTTP_PROXY is the request header `Proxy`, set by anybody.
                http: first(&lookup, &["HTTP_PROXY", "http_proxy"])
                    .filter(|_| lookup("REQUEST_METHOD").is_none()),
                https: first(&lookup, &["HTTPS_PROXY", "https_proxy"]),
                all: first(&lookup, &["ALL_PROXY", "all_proxy"]),
                no: first(&lookup, &["NO_PROXY", "no_proxy"]),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<Config> {
        Config::from_lookup(|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn places() {
        let home = ("HOME", "/h");
        for (pairs, hf_home, hub, token) in [
            (
                vec![home],
                "/h/.cache/huggingface",
                "/h/.cache/huggingface/hub",
                "/h/.cache/huggingface/token",
            ),
            (
                vec![home, ("XDG_CACHE_HOME", "/x")],
                "/x/huggingface",
                "/x/huggingface/hub",
                "/x/huggingface/token",
            ),
            (
                vec![home, ("HF_HOME", "~/hf"), ("XDG_CACHE_HOME", "/x")],
                "/h/hf",
                "/h/hf/hub",
                "/h/hf/token",
            ),
            (
                vec![home, ("HF_HOME", "$A/${B}/$C"), ("A", "/a"), ("B", "b")],
                "/a/b/$C",
                "/a/b/$C/hub",
                "/a/b/$C/token",
            ),
            (
                vec![
                    ("HF_HOME", "/f"),
                    ("HF_HUB_CACHE", "/c"),
                    ("HUGGINGFACE_HUB_CACHE", "/o"),
                ],
                "/f",
                "/c",
                "/f/token",
            ),
            (
                vec![
                    ("HF_HOME", "/f"),
                    ("HUGGINGFACE_HUB_CACHE", "/o"),
                    ("HF_TOKEN_PATH", "/t/k"),
                ],
                "/f",
                "/o",
                "/t/k",
            ),
        ] {
            let config = config(&pairs).unwrap();
            assert_eq!(
                (config.hf_home, config.hub_cache, config.token_path),
                (hf_home.into(), hub.into(), token.into()),
            );
        }
    }

    #[test]
    fn switches_and_limits() {
        let config = config(&[
            ("HF_HOME", "/f"),
            ("HF_ENDPOINT", "http://h/p/"),
            ("TRANSFORMERS_OFFLINE", "On"),
            ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "0"),
            ("HF_HUB_ETAG_TIMEOUT", "1.5"),
            ("HF_HUB_DOWNLOAD_TIMEOUT", "0"),
            ("HF_HUB_DISABLE_PROGRESS_BARS", "no"),
            ("DO_NOT_TRACK", "1"),
            ("REQUESTS_CA_BUNDLE", "/ca.pem"),
            ("https_proxy", "http://u:secret@p:1"),
        ])
        .unwrap();
        assert_eq!(config.endpoint.as_str(), "http://h/p");
        assert!(config.offline && !config.disable_implicit_token && config.disable_telemetry);
        assert_eq!(config.etag_timeout, Duration::from_millis(1_500));
        assert_eq!(config.download_timeout, Duration::from_secs(10));
        assert_eq!(config.disable_progress_bars, Some(false));
        assert_eq!(config.ca_bundle, Some("/ca.pem".into()));
        assert!(config.proxies.https.is_some());
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn a_wrong_value_names_its_variable() {
        for (name, value) in [
            ("HF_ENDPOINT", "huggingface"),
            ("HF_HUB_ETAG_TIMEOUT", "soon"),
            ("HF_HUB_DOWNLOAD_TIMEOUT", "-1"),
        ] {
            let error = config(&[("HF_HOME", "/f"), (name, value)]).unwrap_err();
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }

    #[test]
    fn a_cgi_program_takes_no_proxy_from_its_caller() {
        let config = config(&[
            ("HF_HOME", "/f"),
            ("HTTP_PROXY", "http://p"),
            ("REQUEST_METHOD", "GET"),
        ]);
        assert_eq!(config.unwrap().proxies.http, None);
    }
}
