//! The URL of a store, as the Hub sends it.

use std::fmt;

use hf_transport::{Endpoint, Error, Origin, Result, redact_url};
use http::Uri;

/// The URL of a store, checked: http or https, with a host, without credentials, query or fragment.
///
/// The URL comes from outside. Behind a mirror, one that means the public Hub is moved to the endpoint.
///
/// ```
/// use hf_cas::client::StoreUrl;
/// use hf_transport::Endpoint;
/// let hub = Endpoint::parse("https://huggingface.co")?;
/// let store = StoreUrl::parse("https://cas-server.xethub.hf.co/", &hub)?;
/// assert_eq!(store.as_str(), "https://cas-server.xethub.hf.co");
/// assert!(StoreUrl::parse("local:///tmp/store", &hub).is_err());
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl {
    text: String,
    uri: Uri,
}

impl StoreUrl {
    /// Checks a URL that the Hub sent.
    ///
    /// # Errors
    /// `Validation` that says what is wrong with it.
    pub fn parse(text: &str, hub: &Endpoint) -> Result<Self> {
        let refuse = |why: &str| {
            Error::validation(format!(
                "the Hub names `{}` as its Xet store: {why}",
                redact_url(text).escape_debug()
            ))
            .with_hint("nothing was sent there; set HF_HUB_DISABLE_XET=1 to do without the store")
        };
        let moved = hub.rewrite(text.trim());
        let starts_with = |scheme: &str| {
            let start = moved.get(..scheme.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        if !starts_with("http://") && !starts_with("https://") {
            return Err(refuse("only http and https URLs are used"));
        }
        let uri: Uri = moved.parse().map_err(|_| refuse("that is not a URL"))?;
        let Some(origin) = Origin::of(&uri) else {
            return Err(refuse("that is not a URL"));
        };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err(refuse("it has credentials in it"));
        }
        if uri.query().is_some() || moved.contains('#') {
            return Err(refuse("it has a query or a fragment"));
        }
        if hub.origin().is_https() && !origin.is_https() {
            return Err(refuse(
                "it is not encrypted, though the connection to the Hub is",
            ));
        }
        let text = moved.trim_end_matches('/').to_owned();
        Ok(Self { text, uri })
    }

    /// Returns the URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the URL, for what is known of its host.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Returns the URL of a route.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

/// Whether it is an http or https URL with a host and without credentials.
pub(super) fn is_web(uri: &Uri) -> bool {
    Origin::of(uri).is_some_and(|origin| !origin.host().is_empty())
        && uri
            .authority()
            .is_some_and(|authority| !authority.as_str().contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_urls_are_used() {
        let hub = Endpoint::parse("http://hub.test").unwrap();
        for (url, why) in [
            ("local:///tmp/store", "only http and https"),
            ("file:///etc", "only http and https"),
            ("ftp://store.test", "only http and https"),
            ("/relative", "only http and https"),
            ("http://user:secret@store.test", "credentials"),
            ("http://store.test/?x=1", "query"),
            ("http://store.test/#x", "fragment"),
            ("http://", "not a URL"),
            ("http://store test/", "not a URL"),
            ("", "only http and https"),
        ] {
            let error = StoreUrl::parse(url, &hub).unwrap_err().to_string();
            assert!(error.contains(why), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
        let https = Endpoint::parse("https://hub.test").unwrap();
        let error = StoreUrl::parse("http://store.test", &https).unwrap_err();
        assert!(error.to_string().contains("not encrypted"), "{error}");
    }

    #[test]
    fn the_public_hub_is_moved_to_the_endpoint() {
        let hub = Endpoint::parse("https://mirror.test/hf").unwrap();
        let store = StoreUrl::parse("https://huggingface.co/cas/", &hub).unwrap();
        assert_eq!(store.as_str(), "https://mirror.test/hf/cas");
        let store = StoreUrl::parse("https://cas.test//", &hub).unwrap();
        assert_eq!(store.join("/v1/x"), "https://cas.test/v1/x");
    }
}
