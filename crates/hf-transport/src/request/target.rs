//! Validates the target of a request and builds its query.

use std::borrow::Cow;

use http::Uri;

use crate::error::{Error, Result};
use crate::path::push_form;
use crate::redact::redact_url;

/// Parses an absolute URL or a path.
pub(super) fn parse(text: &str) -> Result<Uri> {
    let refuse = |why: &str| {
        Error::validation(format!(
            "invalid request target `{}`: {why}",
            redact_url(text).escape_debug()
        ))
        .with_hint("pass a percent-encoded path that starts with `/`, or an http(s) URL")
    };
    if !text.starts_with('/') && !text.starts_with("http://") && !text.starts_with("https://") {
        return Err(refuse("it is neither a path nor an http(s) URL"));
    }
    if text.starts_with("//") {
        return Err(refuse("it starts with two slashes"));
    }
    let path = text.split(['?', '#']).next().unwrap_or_default();
    if path.split('/').any(is_dots) {
        return Err(refuse("its path contains `.` or `..`"));
    }
    // `Uri` accepts raw UTF-8, which a server may not.
    if !text.is_ascii() {
        return Err(refuse("it contains characters that are not allowed there"));
    }
    text.parse()
        .map_err(|_| refuse("it contains characters that are not allowed there"))
}

/// Returns whether a segment is `.` or `..`, possibly encoded. Servers and proxies resolve these segments,
/// and thereby leave the intended folder.
fn is_dots(segment: &str) -> bool {
    let mut rest = segment;
    let mut dots = 0;
    while !rest.is_empty() {
        let Some(next) = rest
            .strip_prefix('.')
            .or_else(|| rest.strip_prefix("%2e"))
            .or_else(|| rest.strip_prefix("%2E"))
        else {
            return false;
        };
        rest = next;
        dots += 1;
    }
    dots == 1 || dots == 2
}

pub(super) fn append(text: &mut String, key: &str, value: &str) {
    if !text.is_empty() {
        text.push('&');
    }
    push_form(text, key);
    text.push('=');
    push_form(text, value);
}

pub(super) fn with_query(target: &str, query: &str) -> String {
    if query.is_empty() {
        return target.to_owned();
    }
    let joint = if target.contains('?') { '&' } else { '?' };
    let mut text = String::with_capacity(target.len() + 1 + query.len());
    text.push_str(target);
    text.push(joint);
    text.push_str(query);
    text
}

pub(super) fn decode(text: &str) -> Cow<'_, str> {
    let spaced = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    match spaced {
        Cow::Borrowed(text) => percent_encoding::percent_decode_str(text).decode_utf8_lossy(),
        Cow::Owned(text) => Cow::Owned(
            percent_encoding::percent_decode_str(&text)
                .decode_utf8_lossy()
                .into_owned(),
        ),
    }
}
