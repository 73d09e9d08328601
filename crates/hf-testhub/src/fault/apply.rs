use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderName, HeaderValue, LOCATION};
use serde_json::Value;

use super::Effects;
use super::answer::set;
use crate::blob::Blob;
use crate::reply::{Reply, header_value};
use crate::wire::BodyPlan;

const X_LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");

/// Spoils an answer as the fault wants it. `target` is the path and query that was asked for.
pub(crate) fn apply(effects: &Effects, mut reply: Reply, target: &str) -> (Reply, BodyPlan) {
    if let Some(status) = effects.redirect_to_self {
        let status = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::FOUND);
        reply = Reply::redirect(status, target);
    }
    if let Some(body) = &effects.body {
        reply.range = 0..body.len();
        reply.body = body.clone();
    }
    if !effects.inject.is_empty() {
        inject(effects, &mut reply);
    }
    if let Some(extra) = &effects.append {
        replace(&mut reply, |body| body.extend_from_slice(extra));
    }
    if effects.gzip {
        replace(&mut reply, |body| *body = gzip(body));
        reply
            .headers
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Some(n) = effects.truncate {
        reply.range.end = reply.range.end.min(reply.range.start + n);
    }
    if let Some(etag) = &effects.etag {
        for name in [ETAG, X_LINKED_ETAG] {
            if reply.headers.contains_key(&name) {
                reply
                    .headers
                    .insert(name, header_value(&format!("\"{etag}\"")));
            }
        }
    }
    for name in &effects.drop_headers {
        reply.headers.remove(name.as_str());
    }
    for (name, value) in &effects.set_headers {
        set(&mut reply.headers, name, value);
    }
    if let Some(location) = reply.headers.get(LOCATION)
        && location.is_empty()
    {
        reply.headers.remove(LOCATION);
    }

    let mut plan = BodyPlan {
        stop: effects.body_stop,
        corrupt: effects.corrupt,
        hide_length: effects.chunked || reply.headers.contains_key(CONTENT_LENGTH),
    };
    if let Some(off) = effects.length_off_by {
        let length = (reply.range.end - reply.range.start).saturating_add_signed(off);
        reply.headers.insert(CONTENT_LENGTH, length.into());
        plan.hide_length = true;
    }
    (reply, plan)
}

fn replace(reply: &mut Reply, change: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    let mut at = reply.range.start;
    while let Some(piece) = reply.body.piece(at, reply.range.end) {
        at += piece.len() as u64;
        body.extend_from_slice(&piece);
    }
    change(&mut body);
    reply.range = 0..body.len() as u64;
    reply.body = Blob::from(body);
}

fn inject(effects: &Effects, reply: &mut Reply) {
    replace(reply, |body| {
        if let Ok(Value::Array(mut entries)) = serde_json::from_slice(body) {
            entries.extend(effects.inject.iter().cloned());
            *body = Value::Array(entries).to_string().into_bytes();
        }
    });
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}
