//! Parses headers given as text.

use http::{HeaderName, HeaderValue};

/// Parses a header. The error never contains the value, which may be a secret.
pub(super) fn parse(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let legal = HeaderName::try_from(name)
        .map_err(|_| format!("`{}` is not a valid header name", name.escape_debug()))?;
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| format!("the value of header `{legal}` contains invalid characters"))?;
    mark_sensitive(&legal, &mut value);
    Ok((legal, value))
}

/// Marks the values of headers that commonly hold a secret as sensitive, so that they reach neither `Debug`
/// output nor, through a redirect, another host.
pub(super) fn mark_sensitive(name: &HeaderName, value: &mut HeaderValue) {
    const PARTS: [&str; 7] = [
        "auth",
        "cookie",
        "token",
        "secret",
        "password",
        "credential",
        "api-key",
    ];
    if PARTS.iter().any(|part| name.as_str().contains(part)) {
        value.set_sensitive(true);
    }
}
