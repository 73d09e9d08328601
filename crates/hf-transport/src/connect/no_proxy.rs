//! Hosts that are reached without a proxy: the variable `NO_PROXY`, read as Python's client reads it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::origin::Origin;

/// The entries of a `NO_PROXY` list.
///
/// Entries are separated by commas. White space around an entry is ignored, and so are malformed entries.
///
/// | entry | reached directly |
/// |---|---|
/// | `*` | everything |
/// | `hub.test` | `hub.test` and everything below it |
/// | `.hub.test`, `*.hub.test` | everything below `hub.test` |
/// | `localhost` | that name alone |
/// | `10.0.0.7`, `::1` | that address |
/// | `10.0.0.0/8`, `fd00::/8` | addresses (not names) in that network |
/// | `hub.test:8443`, `[::1]:8443` | the same at that port only |
/// | `https://hub.test` | that name alone, for that scheme |
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct NoProxy(Vec<Entry>);

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    https: Option<bool>,
    host: Host,
    port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Any,
    Exact(String),
    /// `hub.test`: the name and all below it.
    Domain(String),
    /// `.hub.test`: all below the name.
    Below(String),
    Network(IpAddr, u8),
}

impl NoProxy {
    pub(super) fn parse(list: &str) -> Self {
        Self(list.split(',').filter_map(Entry::parse).collect())
    }

    /// Returns whether the server of a URL is reached without a proxy.
    pub(super) fn matches(&self, uri: &Uri) -> bool {
        let Some(origin) = Origin::of(uri) else {
            return false;
        };
        let host = origin.host().trim_end_matches('.');
        self.0.iter().any(|entry| {
            entry.https.is_none_or(|https| https == origin.is_https())
                && entry.port.is_none_or(|port| port == origin.port())
                && entry.host.matches(host)
        })
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if let Some((scheme, rest)) = text.split_once("://") {
            let https = match scheme {
                "https" => Some(true),
                "http" => Some(false),
                "all" => None,
                _ => return None,
            };
            let rest = rest.split(['/', '?', '#']).next()?;
            let (host, port) = split_port(rest)?;
            let host = match host {
                "" | "*" => Host::Any,
                _ => match host.strip_prefix('*') {
                    Some(below) if below.starts_with('.') => Host::Below(below[1..].to_owned()),
                    Some(domain) => Host::Domain(domain.to_owned()),
                    None => Host::Exact(host.to_owned()),
                },
            };
            return Some(Self { https, host, port });
        }
        let any = |host, port| {
            Some(Self {
                https: None,
                host,
                port,
            })
        };
        if text.is_empty() {
            return None;
        }
        if text == "*" {
            return any(Host::Any, None);
        }
        if let Some((address, length)) = text.split_once('/') {
            let address: IpAddr = address.parse().ok()?;
            let length = length.parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            return (length <= most)
                .then(|| any(Host::Network(address, length), None))
                .flatten();
        }
        if text.parse::<IpAddr>().is_ok() {
            return any(Host::Exact(text), None);
        }
        let (host, port) = split_port(&text)?;
        let host = host.trim_end_matches('.');
        if host == "localhost" || host.parse::<IpAddr>().is_ok() {
            return any(Host::Exact(host.to_owned()), port);
        }
        let below = host.strip_prefix('*').unwrap_or(host);
        match below.strip_prefix('.') {
            Some("") => None,
            Some(domain) => any(Host::Below(domain.to_owned()), port),
            None if below.is_empty() => any(Host::Any, port),
            None => any(Host::Domain(below.to_owned()), port),
        }
    }
}

/// Splits `host`, `host:port`, `[address]` or `[address]:port`. Returns `None` if the port is not a number.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, after) = rest.split_once(']')?;
        return match after.strip_prefix(':') {
            Some(port) => Some((address, Some(port.parse().ok()?))),
            None => after.is_empty().then_some((address, None)),
        };
    }
    match text.split_once(':') {
        Some((host, port)) => Some((host, Some(port.parse().ok()?))),
        None => Some((text, None)),
    }
}

impl Host {
    /// Returns whether the entry covers `host`, which is in lower case and, if an IPv6 address, without
    /// brackets.
    fn matches(&self, host: &str) -> bool {
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let is_below = |domain: &str| {
            host.strip_suffix(domain)
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|rest| !rest.is_empty())
        };
        match self {
            Self::Any => true,
            Self::Exact(name) => match (name.parse::<IpAddr>(), host.parse::<IpAddr>()) {
                (Ok(wanted), Ok(actual)) => wanted == actual,
                _ => name == host,
            },
            Self::Domain(domain) => domain == host || is_below(domain),
            Self::Below(domain) => is_below(domain),
            Self::Network(network, length) => host
                .parse()
                .is_ok_and(|address| contains(*network, *length, address)),
        }
    }
}

fn contains(network: IpAddr, length: u8, address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            Ipv4Addr::to_bits(network) & mask == Ipv4Addr::to_bits(address) & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            Ipv6Addr::to_bits(network) & mask == Ipv6Addr::to_bits(address) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URLS: [&str; 14] = [
        "http://hub.test/",
        "https://hub.test/",
        "https://HUB.test:8443/",
        "https://cdn.hub.test/",
        "https://a.cdn.hub.test:8443/",
        "https://nothub.test/",
        "http://localhost/",
        "http://a.localhost/",
        "http://127.0.0.1:9000/",
        "http://10.200.0.1/",
        "http://11.0.0.1:9000/",
        "http://[::1]:9000/",
        "http://[fd12::1]/",
        "http://[fe80::1]/",
    ];

    fn direct(list: &str) -> String {
        let rules = NoProxy::parse(list);
        URLS.iter()
            .map(|url| {
                if rules.matches(&url.parse().unwrap()) {
                    'D'
                } else {
                    '.'
                }
            })
            .collect()
    }

    /// Printed by Python's client for the same lists and URLs: `D` for those that it reaches directly.
    #[test]
    fn the_lists_mean_what_they_mean_to_python() {
        for (list, expected) in [
            ("*", "DDDDDDDDDDDDDD"),
            ("a.test,*", "DDDDDDDDDDDDDD"),
            ("hub.test", "DDDDD........."),
            ("HUB.TEST", "DDDDD........."),
            (".hub.test", "...DD........."),
            ("*.hub.test", "...DD........."),
            ("localhost", "......D......."),
            ("127.0.0.1", "........D....."),
            ("127.0.0.1:9000", "........D....."),
            ("127.0.0.0/8", "........D....."),
            ("10.0.0.0/8", ".........D...."),
            ("10.1.2.3/8", ".........D...."),
            ("0.0.0.0/0", "........DDD..."),
            ("::1", "...........D.."),
            ("[::1]", "...........D.."),
            ("[::1]:9000", "...........D.."),
            ("fd00::/8", "............D."),
            ("::/0", "...........DDD"),
            ("hub.test:8443", "..D.D........."),
            (".hub.test:8443", "....D........."),
            ("hub.test:port", ".............."),
            ("https://hub.test", ".DD..........."),
            ("http://hub.test", "D............."),
            ("all://hub.test", "DDD..........."),
            ("all://*hub.test", "DDDDD........."),
            ("https://", ".DDDDD........"),
            ("a.test , hub.test", "DDDDD........."),
            ("", ".............."),
            (",", ".............."),
            ("hub.test/x", ".............."),
            ("10.0.0.0/33", ".............."),
            ("10.0.0.0/x", ".............."),
            ("test", "DDDDDD........"),
            (" hub.test ", "DDDDD........."),
        ] {
            assert_eq!(direct(list), expected, "{list:?}");
        }
    }

    /// Python's client ignores both; curl and Go do not ignore the port.
    #[test]
    fn two_entries_mean_more_than_to_python() {
        assert_eq!(direct("hub.test:443"), ".D.D..........");
        assert_eq!(direct("*hub.test"), "DDDDD.........");
    }
}
