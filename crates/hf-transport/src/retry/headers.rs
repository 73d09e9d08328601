//! Parses `Retry-After`, `RateLimit` and `RateLimit-Policy`.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

/// The state of the Hub's rate limit, which it sends with every response.
///
/// The headers follow the IETF draft (`RateLimit: "api";r=0;t=55` and `RateLimit-Policy: "fixed
/// window";"api";q=500;w=300`); any other form is ignored.
///
/// ```
/// use hf_transport::RateLimit;
/// let mut headers = http::HeaderMap::new();
/// headers.insert("ratelimit", "\"api\";r=0;t=55".parse().unwrap());
/// headers.insert("ratelimit-policy", "\"fixed window\";\"api\";q=500;w=300".parse().unwrap());
/// let limit = RateLimit::from_headers(&headers).unwrap();
/// assert_eq!((limit.resource.as_str(), limit.remaining, limit.reset.as_secs()), ("api", 0, 55));
/// assert_eq!(limit.quota, Some(500));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// The kind of request that is counted: `api`, `resolvers` or `pages`.
    pub resource: String,
    /// The number of requests left in this window.
    pub remaining: u64,
    /// The time until the window is reset.
    pub reset: Duration,
    /// The number of requests allowed per window.
    pub quota: Option<u64>,
    /// The length of the window.
    pub window: Option<Duration>,
}

impl RateLimit {
    /// Parses the two headers. Returns `None` if there is no valid `RateLimit` header.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let limit = headers.get("ratelimit")?.to_str().ok()?;
        let (resource, parameters) = quoted_name(limit)?;
        let remaining = parameter(parameters, "r")?;
        let reset = parameter(parameters, "t")?;
        let policy = headers
            .get("ratelimit-policy")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let quota = parameter(policy, "q");
        let window = parameter(policy, "w");
        let both = quota.is_some() && window.is_some();
        Some(Self {
            resource: resource.to_owned(),
            remaining,
            reset: Duration::from_secs(reset),
            quota: quota.filter(|_| both),
            window: window.filter(|_| both).map(Duration::from_secs),
        })
    }
}

/// Finds `"name";rest`, with a name of word characters, anywhere in the text.
fn quoted_name(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    loop {
        let (_, from_name) = rest.split_once('"')?;
        let (name, after) = from_name.split_once('"')?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if !name.is_empty() && name.chars().all(is_word) && after.trim_start().starts_with(';') {
            return Some((name, after));
        }
        rest = from_name;
    }
}

/// Returns the number of `key=number` among `;`-separated parameters.
fn parameter(text: &str, key: &str) -> Option<u64> {
    text.split([';', ',']).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        (name.trim() == key).then(|| leading_number(value.trim()))?
    })
}

fn leading_number(text: &str) -> Option<u64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().ok()
}

/// Parses `Retry-After`, a number of seconds or a date, as a delay from `now`. A date in the past is no
/// delay.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    http::HeaderName::from_static(name),
                    http::HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn rate_limit_forms() {
        let read = |limit: &str, policy: &str| {
            RateLimit::from_headers(&headers(&[
                ("ratelimit", limit),
                ("ratelimit-policy", policy),
            ]))
            .map(|l| (l.resource, l.remaining, l.reset.as_secs(), l.quota))
        };
        let api = |r, t, q| Some(("api".to_owned(), r, t, q));
        assert_eq!(
            read("\"api\";r=0;t=55", "\"fixed window\";\"api\";q=500;w=300"),
            api(0, 55, Some(500))
        );
        assert_eq!(read("\"api\" ; r = 7 ; t = 1", ""), api(7, 1, None));
        assert_eq!(
            read("\"fixed window\";\"api\";r=1;t=2", "q=5"),
            api(1, 2, None)
        );
        for bad in [
            "",
            "api;r=0;t=1",
            "\"api\"",
            "\"api\";r=0",
            "\"api\";t=1",
            "\"api\";r=x;t=1",
            "\"a b\";r=0;t=1",
        ] {
            assert_eq!(read(bad, "q=1;w=1"), None, "{bad:?}");
        }
    }

    #[test]
    fn retry_after_forms() {
        let now = httpdate::parse_http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap();
        let read = |value: &str| {
            retry_after(&headers(&[("retry-after", value)]), now).map(|wait| wait.as_secs())
        };
        assert_eq!(read("120"), Some(120));
        assert_eq!(read(" 0 "), Some(0));
        assert_eq!(read("Wed, 21 Oct 2015 07:29:30 GMT"), Some(90));
        assert_eq!(read("Wed, 21 Oct 2015 07:00:00 GMT"), Some(0));
        for bad in ["", "-1", "1.5", "soon", "99999999999999999999999"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn parsers_never_panic(text in "[ -~]{0,80}", now in 0u64..4_000_000_000) {
            let headers = headers(&[("ratelimit", &text), ("ratelimit-policy", &text), ("retry-after", &text)]);
            let _ = RateLimit::from_headers(&headers);
            let _ = retry_after(&headers, SystemTime::UNIX_EPOCH + Duration::from_secs(now));
        }

        #[test]
        fn what_is_written_is_read(name in "[a-z_]{1,12}", r: u32, t: u32, q: u32, w: u32) {
            let limit = RateLimit::from_headers(&headers(&[
                ("ratelimit", &format!("\"{name}\";r={r};t={t}")),
                ("ratelimit-policy", &format!("\"fixed window\";\"{name}\";q={q};w={w}")),
            ])).unwrap();
            prop_assert_eq!(limit, RateLimit {
                resource: name,
                remaining: r.into(),
                reset: Duration::from_secs(t.into()),
                quota: Some(q.into()),
                window: Some(Duration::from_secs(w.into())),
            });
        }
    }
}
