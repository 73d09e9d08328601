//! The proxies of a client, by scheme.

use std::fmt;

use crate::redact::redact_url;

/// The proxies of a client, by the scheme of the URLs that they serve. Each is a URL that starts with
/// `http://`, `https://`, `socks5://` (host names are resolved locally) or `socks5h://` (host names are
/// resolved by the proxy), with `user:password@` if the proxy requires authentication.
///
/// A password may be percent-encoded, or contain `@`, `/` and `#` literally. `Debug` output shows no
/// credentials.
///
/// ```
/// use hf_transport::{Client, Proxies};
/// let proxies = Proxies::default()
///     .with_https("http://user:p@ss@proxy.corp.example:3128")
///     .with_no_proxy("localhost,.corp.example,10.0.0.0/8");
/// assert!(!format!("{proxies:?}").contains("p@ss"));
/// # let config = hf_transport::Config::in_folder("/data/hf");
/// let client = Client::builder().config(config).proxies(proxies).build()?;
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proxies {
    /// The proxy for `http://` URLs: `HTTP_PROXY`.
    pub http: Option<String>,
    /// The proxy for `https://` URLs: `HTTPS_PROXY`.
    pub https: Option<String>,
    /// The proxy for both schemes where they have none of their own: `ALL_PROXY`.
    pub all: Option<String>,
    /// A comma-separated list of hosts that are reached directly: `NO_PROXY`.
    ///
    /// The entries are `*` (every host), `hub.test` (this host and all below it), `.hub.test` and
    /// `*.hub.test` (all below it), `localhost`, IP addresses and networks (`10.0.0.0/8`, `fd00::/8`). An
    /// entry may be limited to a port (`hub.test:8443`) or a scheme (`https://hub.test`, this name only).
    /// Malformed entries are ignored.
    pub no: Option<String>,
}

impl Proxies {
    /// Sets the proxy for `http://` URLs.
    pub fn with_http(mut self, url: impl Into<String>) -> Self {
        self.http = Some(url.into());
        self
    }

    /// Sets the proxy for `https://` URLs.
    pub fn with_https(mut self, url: impl Into<String>) -> Self {
        self.https = Some(url.into());
        self
    }

    /// Sets the proxy for URLs whose scheme has no proxy of its own.
    pub fn with_all(mut self, url: impl Into<String>) -> Self {
        self.all = Some(url.into());
        self
    }

    /// Sets the hosts that are reached directly; see [`no`](Self::no).
    pub fn with_no_proxy(mut self, hosts: impl Into<String>) -> Self {
        self.no = Some(hosts.into());
        self
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clean = |url: &Option<String>| {
            url.as_deref().map(|url| {
                // A password may contain `/`, `?` and `#`: everything before the last `@` is removed.
                let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
                let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                redact_url(&format!("{scheme}://{host}")).into_owned()
            })
        };
        f.debug_struct("Proxies")
            .field("http", &clean(&self.http))
            .field("https", &clean(&self.https))
            .field("all", &clean(&self.all))
            .field("no", &self.no)
            .finish()
    }
}
