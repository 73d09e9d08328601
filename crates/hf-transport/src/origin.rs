//! What a token is bound to.

use std::fmt;

use http::Uri;

/// Scheme, host and port: what a token is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// Returns the origin of an absolute http or https URL.
    pub fn of(uri: &Uri) -> Option<Self> {
        let (https, host, port) = parts(uri)?;
        Some(Self {
            https,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// Returns whether a URL has this origin.
    pub fn contains(&self, uri: &Uri) -> bool {
        parts(uri).is_some_and(|(https, host, port)| {
            https == self.https && port == self.port && host.eq_ignore_ascii_case(&self.host)
        })
    }

    /// Returns whether it is https.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Returns the host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, written or implied by the scheme.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Returns whether it is https, the host and the port of an http or https URL.
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
