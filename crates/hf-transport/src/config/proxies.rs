use std::fmt;

use crate::redact::redact_url;

/// The proxies of a client, by what they serve, as URLs: `http://`, `https://`, `socks5://` (names are resolved here)
/// or `socks5h://` (names are resolved by the proxy), with `user:password@` where the proxy asks for them.
///
/// A password may be percent-encoded, or hold `@`, `/` and `#` as they are. Debug output shows no credentials.
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
    /// The proxy for both, where they have none of their own: `ALL_PROXY`.
    pub all: Option<String>,
    /// What is reached directly, separated by commas: `NO_PROXY`.
    ///
    /// `*` (everything); `hub.test` (with all below it); `.hub.test` and `*.hub.test` (all below it); `localhost`;
    /// addresses and networks (`10.0.0.0/8`, `fd00::/8`); each perhaps at one port (`hub.test:8443`) or with one
    /// scheme (`https://hub.test`, that name alone). What cannot be read does not count.
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

    /// Sets the proxy for URLs that have none of their own.
    pub fn with_all(mut self, url: impl Into<String>) -> Self {
        self.all = Some(url.into());
        self
    }

    /// Sets what is reached directly; see [`no`](Self::no).
    pub fn with_no_proxy(mut self, hosts: impl Into<String>) -> Self {
        self.no = Some(hosts.into());
        self
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clean = |url: &Option<String>| {
            url.as_deref().map(|url| {
                // A password may hold `/`, `?` and `#`: all before the last `@` goes.
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
