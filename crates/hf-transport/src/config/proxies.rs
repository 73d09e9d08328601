use std::fmt;

use crate::redact::redact_url;

/// Proxies by what they serve, as URLs (`http://`, `https://`, `socks5://`, `socks5h://`, with
/// `user:password@` if need be).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// `HTTP_PROXY`: for `http://` addresses.
    pub http: Option<String>,
    /// `HTTPS_PROXY`: for `https://` addresses.
    pub https: Option<String>,
    /// `ALL_PROXY`: for both, unless they have their own.
    pub all: Option<String>,
    /// `NO_PROXY`, separated by commas: domains with all below them (`hub.test`, `.hub.test`),
    /// addresses and networks (`10.0.0.0/8`, `fd00::/8`), each perhaps at one port only
    /// (`hub.test:8443`), or `*`, are reached directly.
    pub no: Option<String>,
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clean = |url: &Option<String>| url.as_deref().map(|url| redact_url(url).into_owned());
        f.debug_struct("Proxies")
            .field("http", &clean(&self.http))
            .field("https", &clean(&self.https))
            .field("all", &clean(&self.all))
            .field("no", &self.no)
            .finish()
    }
}
