use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::config::Proxies;
use crate::error::{Error, Result};
use crate::origin::Origin;
use crate::redact::redact_url;

/// Which proxy serves an address, if any.
pub(crate) struct ProxyRules {
    matcher: Matcher,
    /// What `NO_PROXY` excludes at one port only.
    direct: Vec<(u16, Matcher)>,
}

impl ProxyRules {
    /// # Errors
    /// `Validation` for an unusable proxy: it must not become a direct connection.
    pub(crate) fn new(proxies: &Proxies) -> Result<Self> {
        for (name, url) in [
            ("HTTP_PROXY", &proxies.http),
            ("HTTPS_PROXY", &proxies.https),
            ("ALL_PROXY", &proxies.all),
        ] {
            match url.as_deref() {
                Some(url) if !url.is_empty() && !is_usable(url) => {
                    return Err(Error::validation(format!(
                        "{name}: `{}` is no usable proxy",
                        redact_url(url)
                    ))
                    .with_hint(
                        "give http://, https://, socks5:// or socks5h://, then host and port",
                    ));
                }
                _ => {}
            }
        }
        let text = |url: &Option<String>| url.clone().unwrap_or_default();
        let no = text(&proxies.no);
        let direct = no
            .split(',')
            .filter_map(|entry| with_port(entry.trim()))
            .map(|(host, port)| (port, Matcher::builder().all("http://any").no(host).build()))
            .collect();
        Ok(Self {
            matcher: Matcher::builder()
                .http(text(&proxies.http))
                .https(text(&proxies.https))
                .all(text(&proxies.all))
                .no(no)
                .build(),
            direct,
        })
    }

    pub(crate) fn intercept(&self, uri: &Uri) -> Option<Intercept> {
        let proxy = self.matcher.intercept(uri)?;
        let port = Origin::of(uri).map(|origin| origin.port());
        let excluded = self
            .direct
            .iter()
            .any(|(only, rule)| Some(*only) == port && rule.intercept(uri).is_none());
        (!excluded).then_some(proxy)
    }
}

fn is_usable(url: &str) -> bool {
    let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme);
    ["http", "https", "socks5", "socks5h"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme))
        && url
            .parse::<Uri>()
            .is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()))
}

/// `host:port` and `[address]:port`; an IPv6 address alone has no port.
fn with_port(entry: &str) -> Option<(&str, u16)> {
    let (host, port) = entry.rsplit_once(':')?;
    let port = port.parse().ok()?;
    match host.strip_prefix('[') {
        Some(address) => Some((address.strip_suffix(']')?, port)),
        None => (!host.contains(':')).then_some((host, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn proxies_apply_by_scheme_and_host() {
        let proxies = Proxies {
            https: Some("http://u:p@proxy:3128".into()),
            all: Some("socks5h://socks:1080".into()),
            no: Some("localhost,.internal,10.0.0.0/8".into()),
            ..Proxies::default()
        };
        let rules = ProxyRules::new(&proxies).unwrap();
        for (url, expected) in [
            ("https://huggingface.co/x", Some("http://proxy:3128/")),
            ("http://huggingface.co/x", Some("socks5h://socks:1080/")),
            ("https://a.internal/x", None),
            ("http://localhost:80/x", None),
            ("http://10.1.2.3/x", None),
        ] {
            let found = rules.intercept(&url.parse().unwrap());
            assert_eq!(
                found.map(|proxy| proxy.uri().to_string()).as_deref(),
                expected,
                "{url}"
            );
        }
    }

    #[test]
    fn no_proxy_rules() {
        for (no, url, direct) in [
            ("*", "https://hub.test/x", true),
            ("hub.test", "https://hub.test/x", true),
            ("hub.test", "https://HUB.test:8443/x", true),
            ("hub.test", "https://cdn.hub.test/x", true),
            ("hub.test", "https://nothub.test/x", false),
            (".hub.test", "https://hub.test/x", true),
            (".hub.test", "https://cdn.hub.test/x", true),
            ("a.test , hub.test", "http://hub.test/x", true),
            ("", "https://hub.test/x", false),
            ("10.0.0.0/8", "http://10.200.0.1:8080/x", true),
            ("10.0.0.0/8", "http://11.0.0.1/x", false),
            ("192.168.1.7", "http://192.168.1.7/x", true),
            ("192.168.1.7", "http://192.168.1.70/x", false),
            ("::1", "http://[::1]:9000/x", true),
            ("fd00::/8", "http://[fd12::1]/x", true),
            ("fd00::/8", "http://[fe80::1]/x", false),
            ("hub.test:8443", "https://hub.test:8443/x", true),
            ("hub.test:8443", "https://cdn.hub.test:8443/x", true),
            ("hub.test:8443", "https://hub.test/x", false),
            ("hub.test:443", "https://hub.test/x", true),
            ("hub.test:80", "http://hub.test/x", true),
            ("127.0.0.1:9000", "http://127.0.0.1:9000/x", true),
            ("127.0.0.1:9000", "http://127.0.0.1:9001/x", false),
            ("[::1]:9000", "http://[::1]:9000/x", true),
            ("[::1]:9000", "http://[::1]:9001/x", false),
            ("hub.test:port", "https://hub.test/x", false),
        ] {
            let proxies = Proxies {
                all: Some("http://proxy:3128".into()),
                no: Some(no.into()),
                ..Proxies::default()
            };
            let rules = ProxyRules::new(&proxies).unwrap();
            let found = rules.intercept(&url.parse().unwrap());
            assert_eq!(found.is_none(), direct, "{no:?} {url}");
        }
    }

    #[test]
    fn an_unusable_proxy_is_refused() {
        for bad in ["ftp://h:1", "socks4://h:1", "http://", "http://a b"] {
            let proxies = Proxies {
                all: Some(bad.into()),
                ..Proxies::default()
            };
            let error = ProxyRules::new(&proxies).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Validation, "{bad}");
        }
    }
}
