//! Entry points of the fuzz targets, one for everything that parses bytes from outside. Not part of the
//! public API.
//!
//! Each accepts arbitrary bytes and panics only if an invariant is broken.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::endpoint::Endpoint;
use crate::error::FailedResponse;
use crate::json;
use crate::lines::{Assembler, Ends, Splitter};
use crate::pages::find_link;
use crate::retry::{RateLimit, retry_after};

fn headers(name: &'static str, value: &[u8]) -> Option<HeaderMap> {
    let value = HeaderValue::from_bytes(value).ok()?;
    Some(HeaderMap::from_iter([(
        HeaderName::from_static(name),
        value,
    )]))
}

/// Parses a `Link` header and resolves its target. The result must be an http or https URL with a host.
pub fn link(data: &[u8]) {
    let Some(headers) = headers("link", data) else {
        return;
    };
    let Some(target) = find_link(&headers, "next") else {
        return;
    };
    for endpoint in ["https://hub.test", "http://hub.test:8080/a/b"] {
        let endpoint = Endpoint::parse(endpoint).expect("it is valid");
        let base = endpoint
            .join("/api/models?limit=1")
            .parse()
            .expect("it is valid");
        if let Ok(url) = endpoint.resolve(&base, &target) {
            assert!(matches!(url.scheme_str(), Some("http" | "https")), "{url}");
            assert!(url.host().is_some_and(|host| !host.is_empty()), "{url}");
        }
    }
}

/// Parses `RateLimit`, `RateLimit-Policy` and `Retry-After`.
pub fn rate_limit(data: &[u8]) {
    let half = data.len() / 2;
    for (limit, policy) in [(data, data), data.split_at(half)] {
        let Some(mut all) = headers("ratelimit", limit) else {
            continue;
        };
        all.extend(headers("ratelimit-policy", policy).unwrap_or_default());
        if let Some(limit) = RateLimit::from_headers(&all) {
            assert!(!limit.resource.is_empty());
            assert_eq!(limit.quota.is_some(), limit.window.is_some());
        }
    }
    if let Some(headers) = headers("retry-after", data) {
        let _ = retry_after(&headers, std::time::SystemTime::UNIX_EPOCH);
    }
}

/// Converts an error response. The message must stay short and must not contain the secret in the URL.
pub fn error_body(data: &[u8]) {
    let (first, body) = data.split_first().unwrap_or((&0, &[]));
    let status = StatusCode::from_u16(400 + u16::from(*first)).unwrap_or(StatusCode::BAD_REQUEST);
    let url: http::Uri = "https://hub.test/api/models/a/b?token=s3cr3tvalue"
        .parse()
        .expect("it is valid");
    let error = FailedResponse {
        status,
        headers: &HeaderMap::new(),
        body: Bytes::copy_from_slice(body),
        method: &Method::GET,
        url: &url,
        path: url.path(),
    }
    .into_error();
    let shown = format!("{error}\n{error:?}\n{error:#?}");
    let echoes = body.windows(11).any(|part| part == b"s3cr3tvalue");
    assert!(echoes || !shown.contains("s3cr3tvalue"), "{shown}");
    assert!(
        error
            .server_messages()
            .iter()
            .map(String::len)
            .sum::<usize>()
            <= 20 * 8_100
    );
}

/// Decodes JSON. Whatever `serde_json` accepts must decode to the same value; the rest must not panic.
pub fn json(data: &[u8]) {
    let ours = json::from_slice::<serde_json::Value>(data);
    if let Ok(theirs) = serde_json::from_slice::<serde_json::Value>(data) {
        assert_eq!(ours.expect("serde_json accepts it"), theirs);
    }
    let mut items: Vec<serde_json::Value> = Vec::new();
    let appended = std::str::from_utf8(data).map(|text| json::append(text, &mut items));
    if let Ok(Ok(())) = appended {
        assert_eq!(
            serde_json::Value::Array(items),
            serde_json::from_slice::<serde_json::Value>(data).expect("it was read")
        );
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = json::member::<serde_json::Value>(text, "a");
    }
}

/// Splits bytes into lines and events. The positions at which the chunks end must not matter.
pub fn lines(data: &[u8]) {
    let (first, text) = data.split_first().unwrap_or((&0, &[]));
    for ends in [Ends::Lf, Ends::Any] {
        let split = |size: usize| {
            let mut splitter = Splitter::new(ends);
            let mut lines = Vec::new();
            for chunk in text.chunks(size) {
                splitter.push(chunk);
                while let Some(line) = splitter.next_line() {
                    lines.push(line);
                }
            }
            lines.extend(splitter.rest());
            lines
        };
        let whole = split(usize::MAX);
        assert_eq!(split(usize::from(*first).max(1)), whole);
        let mut assembler = Assembler::default();
        for line in &whole {
            if let Some(event) = assembler.line(line) {
                assert!(!event.event.is_empty());
                let _ = event.json::<serde_json::Value>();
            }
        }
        let _ = assembler.end();
    }
}
