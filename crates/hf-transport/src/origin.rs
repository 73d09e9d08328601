//! The origin of a URL.

use std::fmt;
use std::sync::Arc;

use http::Uri;

/// The scheme, host and port of a URL. A token is sent to one origin only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    https: bool,
    /// Shared: the layers of the stack that know an origin are cloned for each request.
    host: Arc<str>,
    port: u16,
}

impl Origin {
    /// Returns the origin of an absolute http or https URL.
    pub fn of(uri: &Uri) -> Option<Self> {
        let (https, host, port) = parts(uri)?;
        Some(Self {
            https,
            host: host.to_ascii_lowercase().into(),
            port,
        })
    }

    /// Returns whether a URL belongs to this origin.
    pub fn contains(&self, uri: &Uri) -> bool {
        parts(uri).is_some_and(|(https, host, port)| {
            https == self.https && port == self.port && host.eq_ignore_ascii_case(&self.host)
        })
    }

    /// Returns whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Returns the host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, explicit or implied by the scheme.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Returns the parts of an http or https URL: whether it is https, the host and the port.
fn parts(uri: &Uri) -> Option<(bool, &str, u16)> {
    let https = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let authority = uri.authority()?;
    let written = authority.as_str().rsplit('@').next()?;
    let port = match written.strip_prefix(authority.host())?.strip_prefix(':') {
        None if https => 443,
        None => 80,
        Some(port) => port.parse().ok()?,
    };
    Some((https, authority.host(), port))
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_compare_scheme_host_and_port() {
        let origin = Origin::of(&"https://Hub.test/x".parse().unwrap()).unwrap();
        for (url, same) in [
            ("https://hub.test:443/y", true),
            ("https://hub.test/y", true),
            ("http://hub.test/y", false),
            ("https://hub.test:444/", false),
            ("https://hub.test:99999/", false),
            ("https://u@hub.test/", true),
            ("https://hub.test.evil/", false),
            ("/relative", false),
        ] {
            assert_eq!(origin.contains(&url.parse().unwrap()), same, "{url}");
        }
    }
}
