//! Selects the proxy for a URL.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;

use super::no_proxy::NoProxy;
use crate::config::Proxies;
use crate::error::{Error, Result};

const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];

/// A proxy server, parsed from its URL. `Display` and `Debug` omit the credentials.
#[derive(Clone)]
pub(crate) struct ProxyServer {
    /// Scheme, host and port.
    uri: Uri,
    credentials: Option<(String, String)>,
    basic_auth: Option<HeaderValue>,
}

impl ProxyServer {
    /// Parses `scheme://user:password@host:port`. The default scheme is `http`; user and password may be
    /// percent-encoded.
    ///
    /// A proxy URL has no path, and its host starts after the last `@`, so a password may contain `@`, `/`
    /// and `#` literally.
    ///
    /// # Errors
    /// Returns `Validation`, with the name of `variable` and the host, but never the credentials.
    fn parse(variable: &str, text: &str) -> Result<Self> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = scheme.to_ascii_lowercase();
        let (user_info, rest) = match rest.rsplit_once('@') {
            Some((user_info, rest)) => (Some(user_info), rest),
            None => (None, rest),
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let refuse = |why: &str| {
            Error::validation(format!("{variable}: `{scheme}://{host}` is not a usable proxy: {why}"))
                .with_hint("write it as http://host:port, https://, socks5:// or socks5h://, with user:password@ before the host if the proxy asks for them")
        };
        if !SCHEMES.contains(&scheme.as_str()) {
            return Err(refuse("its scheme is not supported"));
        }
        let uri: Uri = format!("{scheme}://{host}/")
            .parse()
            .map_err(|_| refuse("its host or port is malformed"))?;
        if uri.host().is_none_or(str::is_empty) {
            return Err(refuse("it has no host"));
        }
        let is_bare = uri.authority().map(http::uri::Authority::as_str) == uri.host();
        let uri = match uri.port() {
            Some(_) => uri,
            // `http::Uri` accepts any text as a port and then reports that there is none.
            None if !is_bare => return Err(refuse("its port is not a number up to 65535")),
            None => with_default_port(&uri).ok_or_else(|| refuse("its host is malformed"))?,
        };
        let credentials = user_info
            .map(|text| {
                let (user, password) = text.split_once(':').unwrap_or((text, ""));
                let decode = |part| {
                    percent_decode_str(part)
                        .decode_utf8()
                        .map(std::borrow::Cow::into_owned)
                        .map_err(|_| refuse("its user or password is not UTF-8"))
                };
                Ok::<_, Error>((decode(user)?, decode(password)?))
            })
            .transpose()?;
        let basic_auth = credentials.as_ref().and_then(|(user, password)| {
            let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
            let mut value = HeaderValue::try_from(format!("Basic {encoded}")).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Ok(Self {
            uri,
            credentials,
            basic_auth,
        })
    }

    /// Returns the scheme, host and port.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(crate) fn scheme(&self) -> &str {
        self.uri.scheme_str().unwrap_or_default()
    }

    /// Returns whether the proxy speaks HTTP, in which case it forwards plain http requests and tunnels
    /// https.
    pub(crate) fn is_http(&self) -> bool {
        matches!(self.scheme(), "http" | "https")
    }

    /// Returns the user and password, decoded.
    pub(crate) fn credentials(&self) -> Option<&(String, String)> {
        self.credentials.as_ref()
    }

    /// Returns the value of the `Proxy-Authorization` header, marked as sensitive.
    pub(crate) fn basic_auth(&self) -> Option<HeaderValue> {
        self.basic_auth.clone()
    }
}

fn with_default_port(uri: &Uri) -> Option<Uri> {
    let port = match uri.scheme_str()? {
        "http" => 80,
        "https" => 443,
        _ => 1080,
    };
    format!("{}://{}:{port}/", uri.scheme_str()?, uri.host()?)
        .parse()
        .ok()
}

impl fmt::Display for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.uri.to_string().trim_end_matches('/'))
    }
}

impl fmt::Debug for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyServer({self})")
    }
}

/// Selects the proxy for a URL by its scheme, unless its host is reached directly.
#[derive(Debug, Default)]
pub(crate) struct ProxyRules {
    http: Option<ProxyServer>,
    https: Option<ProxyServer>,
    no_proxy: NoProxy,
}

impl ProxyRules {
    /// # Errors
    /// Returns `Validation` for an unusable proxy, which must not turn into a direct connection.
    pub(crate) fn new(proxies: &Proxies) -> Result<Self> {
        let server = |variable: &str, url: &Option<String>| {
            url.as_deref()
                .map(str::trim)
                .filter(|url| !url.is_empty())
                .map(|url| ProxyServer::parse(variable, url))
                .transpose()
        };
        let all = server("ALL_PROXY", &proxies.all)?;
        Ok(Self {
            http: server("HTTP_PROXY", &proxies.http)?.or_else(|| all.clone()),
            https: server("HTTPS_PROXY", &proxies.https)?.or(all),
            no_proxy: NoProxy::parse(proxies.no.as_deref().unwrap_or_default()),
        })
    }

    /// Returns the proxy for a URL, or `None` if the server is reached directly.
    pub(crate) fn proxy_for(&self, uri: &Uri) -> Option<&ProxyServer> {
        let proxy = match uri.scheme_str() {
            Some("https") => self.https.as_ref()?,
            _ => self.http.as_ref()?,
        };
        (!self.no_proxy.matches(uri)).then_some(proxy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn all(url: &str) -> Result<ProxyRules> {
        ProxyRules::new(&Proxies::default().with_all(url))
    }

    #[test]
    fn proxies_apply_by_scheme_and_host() {
        let proxies = Proxies::default()
            .with_https("http://u:p@proxy:3128")
            .with_all("socks5h://socks")
            .with_no_proxy("localhost,.internal,10.0.0.0/8");
        let rules = ProxyRules::new(&proxies).unwrap();
        for (url, expected) in [
            ("https://huggingface.co/x", Some("http://proxy:3128")),
            ("http://huggingface.co/x", Some("socks5h://socks:1080")),
            ("https://a.internal/x", None),
            ("http://localhost:80/x", None),
            ("http://10.1.2.3/x", None),
        ] {
            let found = rules.proxy_for(&url.parse().unwrap());
            assert_eq!(found.map(ToString::to_string).as_deref(), expected, "{url}");
        }
    }

    /// The forms that people write, with the credentials that Python's client sends for them.
    #[test]
    fn passwords_arrive_as_they_were_meant() {
        for (url, user, password, host) in [
            ("http://us:pass@proxy:1", "us", "pass", "proxy:1"),
            ("http://us:p%40ss@proxy:1", "us", "p@ss", "proxy:1"),
            ("http://us:p@ss@proxy:1", "us", "p@ss", "proxy:1"),
            ("http://us:p:ss@proxy:1", "us", "p:ss", "proxy:1"),
            ("http://us:p#ss@proxy:1", "us", "p#ss", "proxy:1"),
            ("http://us:p/ss@proxy:1/", "us", "p/ss", "proxy:1"),
            ("http://us:100%@proxy:1", "us", "100%", "proxy:1"),
            ("http://us:pä%C3%9F@proxy:1", "us", "päß", "proxy:1"),
            ("us:pass@proxy:1", "us", "pass", "proxy:1"),
            ("http://us@proxy:1", "us", "", "proxy:1"),
            ("https://us:@proxy", "us", "", "proxy:443"),
            ("socks5://us:p@[::1]:1", "us", "p", "[::1]:1"),
            (" http://us:p@proxy \r\n", "us", "p", "proxy:80"),
        ] {
            let rules = all(url).unwrap();
            let proxy = rules
                .proxy_for(&"https://hub.test/".parse().unwrap())
                .unwrap();
            assert_eq!(
                proxy.credentials(),
                Some(&(user.to_owned(), password.to_owned())),
                "{url}"
            );
            let basic = BASE64_STANDARD.encode(format!("{user}:{password}"));
            assert_eq!(proxy.basic_auth().unwrap(), format!("Basic {basic}"));
            assert_eq!(proxy.uri().authority().unwrap().as_str(), host);
            assert!(!format!("{proxy} {proxy:?} {rules:?}").contains("us:"));
        }
    }

    #[test]
    fn an_unusable_proxy_is_refused_without_its_password() {
        for bad in [
            "ftp://u:secret@h:1",
            "socks4://h:1",
            "http://",
            "http://u:secret@",
            "http://u:secret@h h",
            "http://u:sec#ret@h:port",
            "http://u:secret@h:99999",
            "http://u:secret%ff@h",
        ] {
            let error = all(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Validation, "{bad}");
            let text = format!("{error} {error:?}");
            assert!(text.contains("ALL_PROXY"), "{text}");
            assert!(!text.contains("secret") && !text.contains("ret@"), "{text}");
        }
    }
}
