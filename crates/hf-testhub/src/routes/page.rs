//! Listings in pages: `limit`, `cursor` and `Link`.
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Request;
use super::request::encode;
use crate::hub::Hub;
use crate::response::{HubError, HubResponse};

/// A page of `items` and the `Link` to the next one.
pub(crate) struct Page {
    pub(crate) range: Range<usize>,
    pub(crate) next: Option<String>,
}

/// Cuts a page out of `total` items: `limit` and `cursor` of the query say which.
pub(crate) fn page(
    hub: &Hub,
    request: &Request,
    total: usize,
    most: usize,
) -> Result<Page, HubError> {
    let limit = match request.get("limit") {
        None => most,
        Some(text) => match text.parse::<usize>() {
            Ok(0) | Err(_) => {
                return Err(HubError::bad_request(
                    "✖ Too small: expected number to be >=1\n  → at limit",
                ));
            }
            Ok(limit) => limit.min(most),
        },
    };
    let start = match request.get("cursor") {
        None => 0,
        Some(cursor) => {
            cursor_place(cursor).ok_or_else(|| HubError::bad_request("Invalid cursor"))?
        }
    };
    let start = start.min(total);
    let end = (start + limit).min(total);
    let next = (end < total).then(|| {
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
            encode(&cursor(end))
        )
    });
    Ok(Page {
        range: start..end,
        next,
    })
}

/// Cursors are opaque: base64 of JSON, as the Hub's are.
fn cursor(place: usize) -> String {
    STANDARD.encode(format!("{{\"at\":{place}}}"))
}

fn cursor_place(cursor: &str) -> Option<usize> {
    let bytes = STANDARD.decode(cursor).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    usize::try_from(value.get("at")?.as_u64()?).ok()
}

impl HubResponse {
    pub(crate) fn link(self, next: Option<String>) -> Self {
        match next {
            Some(next) => self.named("link", next),
            None => self,
        }
    }
}
