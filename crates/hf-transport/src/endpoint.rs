//! The URL of a Hub.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::Uri;
use http::uri::PathAndQuery;

use crate::error::{Error, Result};
use crate::origin::Origin;
use crate::url;

/// The public Hub.
pub const CANONICAL_ENDPOINT: &str = "https://huggingface.co";

/// Hosts whose URLs refer to the public Hub, whichever endpoint reaches it.
const CANONICAL_HOSTS: &[&str] = &["huggingface.co", "hf.co", "hub-ci.huggingface.co"];

/// The URL at which a Hub is reached: the public Hub, a mirror, or a proxy with a path prefix.
///
/// ```
/// use hf_transport::Endpoint;
/// let hub = Endpoint::parse("https://mirror.test/artifactory/api/hf/")?;
/// assert_eq!(hub.join("/api/models"), "https://mirror.test/artifactory/api/hf/api/models");
/// assert_eq!(
///     hub.rewrite("https://huggingface.co/api/models?cursor=x"),
///     "https://mirror.test/artifactory/api/hf/api/models?cursor=x",
/// );
/// assert_eq!(hub.rewrite("https://cdn.test/x"), "https://cdn.test/x");
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Clone)]
pub struct Endpoint(Arc<Parts>);

struct Parts {
    text: String,
    uri: Uri,
    origin: Origin,
    /// The length of `scheme://authority` in `text`; the prefix follows.
    prefix_at: usize,
}

/// The public Hub.
impl Default for Endpoint {
    fn default() -> Self {
        Self::parse(CANONICAL_ENDPOINT).expect("the constant is an endpoint")
    }
}

impl Endpoint {
    /// Parses an endpoint. Trailing slashes are ignored.
    ///
    /// # Errors
    /// Returns `Validation` unless the text is an http or https URL that consists of a host and, optionally,
    /// a port and a path.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |why: &str| {
            Error::validation(format!(
                "invalid endpoint `{}`: {why}",
                crate::redact::redact_url(text)
            ))
            .with_hint(
                "write it like https://huggingface.co or https://host/path (see HF_ENDPOINT)",
            )
        };
        let trimmed = text.trim().trim_end_matches('/');
        if trimmed.is_empty() {
            return Err(refuse("it is empty"));
        }
        if !trimmed.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refuse(
                "it contains spaces, control or non-ASCII characters",
            ));
        }
        let uri: Uri = trimmed.parse().map_err(|_| refuse("it is not a URL"))?;
        let Some(origin) = Origin::of(&uri) else {
            return Err(refuse(
                "it must be http:// or https://, a host, and a valid port if any",
            ));
        };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if origin.host().is_empty() {
            return Err(refuse("it has no host"));
        }
        if authority.contains('@') {
            return Err(refuse(
                "it contains a user name or password; use a token instead",
            ));
        }
        if authority.ends_with(':') || trimmed.contains(['?', '#']) {
            return Err(refuse("it must be scheme, host, port and path only"));
        }
        if uri
            .path()
            .split('/')
            .any(|part| part == "." || part == "..")
        {
            return Err(refuse("its path contains `.` or `..`"));
        }
        let scheme = if origin.is_https() { "https" } else { "http" };
        let prefix = uri.path().trim_end_matches('/');
        Ok(Self(Arc::new(Parts {
            text: format!("{scheme}://{authority}{prefix}"),
            prefix_at: scheme.len() + 3 + authority.len(),
            uri,
            origin,
        })))
    }

    /// Returns the URL, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Returns the scheme, host and port.
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// Returns the path prefix that precedes all of the Hub's paths; usually empty.
    pub fn prefix(&self) -> &str {
        &self.0.text[self.0.prefix_at..]
    }

    /// Returns whether this is the public Hub itself.
    pub fn is_canonical(&self) -> bool {
        self.0.text == CANONICAL_ENDPOINT
    }

    /// Converts a target to an absolute URL. A path is appended to the endpoint, a URL of the public Hub is
    /// [rewritten](Self::rewrite), and any other URL is returned unchanged.
    pub fn join(&self, target: &str) -> String {
        if target.starts_with('/') {
            let mut text = String::with_capacity(self.0.text.len() + target.len());
            text.push_str(&self.0.text);
            text.push_str(target);
            text
        } else {
            self.rewrite(target).into_owned()
        }
    }

    /// Appends a path and a query, which begin with `/`, to the endpoint.
    pub(crate) fn with_path(&self, path: &PathAndQuery) -> Result<Uri, http::Error> {
        if !self.prefix().is_empty() {
            return Ok(Uri::try_from(self.join(path.as_str()))?);
        }
        // All parts have been parsed already.
        let mut parts = self.0.uri.clone().into_parts();
        parts.path_and_query = Some(path.clone());
        Ok(Uri::from_parts(parts)?)
    }

    /// Returns a URL that the Hub sent, moved to this endpoint if it refers to the public Hub.
    ///
    /// Behind a mirror, the Hub still writes `https://huggingface.co/...` into `Link`, `Location` and JSON.
    pub fn rewrite<'a>(&self, url: &'a str) -> Cow<'a, str> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Cow::Borrowed(url);
        };
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return Cow::Borrowed(url);
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if !self.stands_for(authority) {
            return Cow::Borrowed(url);
        }
        Cow::Owned(format!("{}{path}", self.0.text))
    }

    /// Returns whether URLs with this host and port are served by this endpoint instead.
    fn stands_for(&self, authority: &str) -> bool {
        let host = authority
            .strip_suffix(":443")
            .or_else(|| authority.strip_suffix(":80"))
            .unwrap_or(authority);
        let Some(host) = CANONICAL_HOSTS
            .iter()
            .find(|known| known.eq_ignore_ascii_case(host))
        else {
            return false;
        };
        match self.0.origin.host() {
            own if own == *host => false,
            // The staging Hub and the public Hub are not interchangeable.
            "huggingface.co" => *host == "hf.co",
            "hub-ci.huggingface.co" => false,
            _ => true,
        }
    }

    /// Resolves a reference (`Location`, `Link`) in a response from `base`. Relative references are resolved
    /// against `base`, URLs of the public Hub are moved to this endpoint, and the prefix is added to the
    /// Hub's own paths.
    ///
    /// # Errors
    /// Returns `Validation` if the reference is not an http or https URL.
    pub fn resolve(&self, base: &Uri, reference: &str) -> Result<Uri> {
        let refuse = |why: url::ResolveError| {
            Error::validation(format!(
                "`{}` is not a usable URL: {why}",
                crate::redact::redact_url(reference).escape_debug()
            ))
        };
        let resolved = url::resolve(base, reference).map_err(refuse)?;
        let text = resolved.to_string();
        let parse = |text: &str| text.parse().map_err(|_| refuse(url::ResolveError::Invalid));
        if let Cow::Owned(moved) = self.rewrite(&text) {
            return parse(&moved);
        }
        let prefix = self.prefix();
        let path = resolved.path();
        let below = path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if prefix.is_empty() || below || !self.0.origin.contains(&resolved) || !is_hub_path(path) {
            return Ok(resolved);
        }
        let path_and_query = resolved.path_and_query().map_or("/", |pq| pq.as_str());
        parse(&format!("{}{path_and_query}", self.0.text))
    }

    /// Returns the path of a URL relative to this endpoint's prefix.
    pub(crate) fn path_of<'a>(&self, uri: &'a Uri) -> &'a str {
        let path = uri.path();
        if self.0.origin.contains(uri) {
            path.strip_prefix(self.prefix()).unwrap_or(path)
        } else {
            path
        }
    }

    /// Returns whether an absolute URL has this endpoint's scheme, host and port.
    pub fn is_same_origin(&self, url: &str) -> bool {
        url.parse().is_ok_and(|uri| self.0.origin.contains(&uri))
    }
}

/// Returns whether the Hub itself serves this path, which it writes without knowledge of a prefix.
fn is_hub_path(path: &str) -> bool {
    ["/api/", "/datasets/", "/spaces/", "/kernels/", "/buckets/"]
        .iter()
        .any(|start| path.starts_with(start))
        || path.contains("/resolve/")
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.as_str())
    }
}

impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Endpoint {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn endpoints_are_read_or_refused() {
        for (text, expected) in [
            ("https://huggingface.co", "https://huggingface.co"),
            (" https://huggingface.co// ", "https://huggingface.co"),
            ("HTTP://Host:8080/a/b/", "http://Host:8080/a/b"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().to_string(), expected);
        }
        for bad in [
            "",
            "/",
            "huggingface.co",
            "ftp://h",
            "https://",
            "https:///x",
            "https://u:p@h",
            "https://h?x=1",
            "https://h#x",
            "https://h/a b",
            "https://h/\u{7}",
            "https://h/../x",
            "https://h:99999",
            "https://h:",
            "file:///etc/passwd",
            "https://\u{fc}.test",
            "C:\\hub",
        ] {
            let error = Endpoint::parse(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Validation, "{bad}");
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn addresses_of_the_public_hub_move_to_the_endpoint() {
        let mirror = Endpoint::parse("http://m:1/p").unwrap();
        let public = Endpoint::parse(CANONICAL_ENDPOINT).unwrap();
        let staging = Endpoint::parse("https://hub-ci.huggingface.co").unwrap();
        for (endpoint, url, expected) in [
            (
                &mirror,
                "https://huggingface.co/api/x?y",
                "http://m:1/p/api/x?y",
            ),
            (&mirror, "https://HF.co", "http://m:1/p"),
            (
                &mirror,
                "https://hub-ci.huggingface.co:443/a",
                "http://m:1/p/a",
            ),
            (
                &mirror,
                "https://huggingface.co.evil.test/a",
                "https://huggingface.co.evil.test/a",
            ),
            (
                &mirror,
                "https://huggingface.co@evil.test/a",
                "https://huggingface.co@evil.test/a",
            ),
            (
                &mirror,
                "https://u@huggingface.co/a",
                "https://u@huggingface.co/a",
            ),
            (
                &mirror,
                "https://cdn-lfs.huggingface.co/a",
                "https://cdn-lfs.huggingface.co/a",
            ),
            (&mirror, "/api/x", "/api/x"),
            (
                &public,
                "https://huggingface.co/a",
                "https://huggingface.co/a",
            ),
            (&public, "https://hf.co/a", "https://huggingface.co/a"),
            (
                &public,
                "https://hub-ci.huggingface.co/a",
                "https://hub-ci.huggingface.co/a",
            ),
            (
                &staging,
                "https://huggingface.co/a",
                "https://huggingface.co/a",
            ),
        ] {
            assert_eq!(endpoint.rewrite(url), expected);
        }
    }

    #[test]
    fn references_stay_below_the_prefix() {
        let hub = Endpoint::parse("https://m/art/hf").unwrap();
        let base: Uri = "https://m/art/hf/api/models?limit=1".parse().unwrap();
        for (reference, expected) in [
            ("?cursor=a", "https://m/art/hf/api/models?cursor=a"),
            (
                "/api/models?cursor=a",
                "https://m/art/hf/api/models?cursor=a",
            ),
            (
                "/art/hf/api/models?cursor=a",
                "https://m/art/hf/api/models?cursor=a",
            ),
            (
                "/ns/n/resolve/main/f",
                "https://m/art/hf/ns/n/resolve/main/f",
            ),
            ("/art/storage/x", "https://m/art/storage/x"),
            ("https://huggingface.co/api/x", "https://m/art/hf/api/x"),
            ("https://other/api/x", "https://other/api/x"),
        ] {
            assert_eq!(hub.resolve(&base, reference).unwrap().to_string(), expected);
        }
    }
}
