//! Applies a fault to a response.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderName, HeaderValue, LOCATION};
use serde_json::Value;

use super::Effects;
use super::canned::set;
use crate::encoding::gzip;
use crate::response::{HubResponse, header_value};
use crate::wire::BodyPlan;

const X_LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");

/// Modifies a response according to the fault. `target` is the path and query of the request.
pub(crate) fn apply(
    effects: &Effects,
    mut response: HubResponse,
    target: &str,
) -> (HubResponse, BodyPlan) {
    if let Some(status) = effects.redirect_to_self {
        let status = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::FOUND);
        response = HubResponse::redirect(status, target);
    }
    if let Some(body) = &effects.body {
        response.range = 0..body.len();
        response.body = body.clone();
    }
    if let Some(rewrite) = &effects.rewrite
        && response.status.is_success()
    {
        replace(&mut response, |body| rewrite(body));
    }
    if !effects.inject.is_empty() {
        inject(effects, &mut response);
    }
    if let Some(extra) = &effects.append {
        replace(&mut response, |body| body.extend_from_slice(extra));
    }
    if effects.gzip {
        replace(&mut response, |body| *body = gzip(body));
        response
            .headers
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Some(n) = effects.truncate {
        response.range.end = response.range.end.min(response.range.start + n);
    }
    if let Some(etag) = &effects.etag {
        for name in [ETAG, X_LINKED_ETAG] {
            if response.headers.contains_key(&name) {
                response
                    .headers
                    .insert(name, header_value(&format!("\"{etag}\"")));
            }
        }
    }
    for name in &effects.drop_headers {
        response.headers.remove(name.as_str());
    }
    for (name, value) in &effects.set_headers {
        set(&mut response.headers, name, value);
    }
    if let Some(location) = response.headers.get(LOCATION)
        && location.is_empty()
    {
        response.headers.remove(LOCATION);
    }

    let mut plan = BodyPlan {
        stop: effects.body_stop,
        corrupt: effects.corrupt,
        hide_length: effects.chunked || response.headers.contains_key(CONTENT_LENGTH),
    };
    if let Some(off) = effects.length_off_by {
        let length = (response.range.end - response.range.start).saturating_add_signed(off);
        response.headers.insert(CONTENT_LENGTH, length.into());
        plan.hide_length = true;
    }
    (response, plan)
}

fn replace(response: &mut HubResponse, change: impl FnOnce(&mut Vec<u8>)) {
    let mut body = response.bytes();
    change(&mut body);
    response.set_body(body);
}

fn inject(effects: &Effects, response: &mut HubResponse) {
    replace(response, |body| {
        if let Ok(Value::Array(mut entries)) = serde_json::from_slice(body) {
            entries.extend(effects.inject.iter().cloned());
            *body = Value::Array(entries).to_string().into_bytes();
        }
    });
}
