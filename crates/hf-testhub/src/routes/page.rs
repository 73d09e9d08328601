//! Paginated listings: `limit`, `cursor` and `Link`.
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Request;
use super::request::encode;
use crate::hub::Hub;
use crate::response::{HubError, HubResponse};

/// A page of `items`, and the `Link` to the next one.
pub(crate) struct Page {
    pub(crate) range: Range<usize>,
    pub(crate) next: Option<String>,
}

/// Selects a page of `total` items according to `limit` and `cursor` in the query.
pub(crate) fn page(
    hub: &Hub,
    request: &Request,
    total: usize,
    most: usize,
) -> Result<Page, HubError> {
    let limit = limit(request, most)?;
    let start = usize::try_from(start(request)?).unwrap_or(usize::MAX);
    let start = start.min(total);
    let end = start.saturating_add(limit).min(total);
    let next = (end < total).then(|| link(hub, request, end as u64));
    Ok(Page {
        range: start..end,
        next,
    })
}

/// Returns the maximum number of items in a page.
pub(super) fn limit(request: &Request, most: usize) -> Result<usize, HubError> {
    match request.get("limit") {
        None => Ok(most),
        Some(text) => match text.parse::<usize>() {
            Ok(0) | Err(_) => Err(HubError::bad_request(
                "✖ Too small: expected number to be >=1\n  → at limit",
            )),
            Ok(limit) => Ok(limit.min(most)),
        },
    }
}

/// Returns the position at which the page starts.
pub(super) fn start(request: &Request) -> Result<u64, HubError> {
    match request.get("cursor") {
        None => Ok(0),
        Some(cursor) => cursor_place(cursor).ok_or_else(|| HubError::bad_request("Invalid cursor")),
    }
}

/// Returns the `Link` to the page that starts at `position`.
pub(super) fn link(hub: &Hub, request: &Request, position: u64) -> String {
    let kept: Vec<&str> = request
        .raw_query
        .split('&')
        .filter(|p| !p.is_empty() && !p.starts_with("cursor="))
        .collect();
    let mut query = kept.join("&");
    if !query.is_empty() {
        query.push('&');
    }
    format!(
        "<{}{}?{query}cursor={}>; rel=\"next\"",
        hub.endpoint(),
        request.path,
        encode(&cursor(position))
    )
}

/// Returns an opaque cursor: base64 of JSON, as the Hub uses.
fn cursor(position: u64) -> String {
    STANDARD.encode(format!("{{\"at\":{position}}}"))
}

fn cursor_place(cursor: &str) -> Option<u64> {
    let bytes = STANDARD.decode(cursor).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    value.get("at")?.as_u64()
}

impl HubResponse {
    pub(crate) fn link(self, next: Option<String>) -> Self {
        match next {
            Some(next) => self.named("link", next),
            None => self,
        }
    }
}
