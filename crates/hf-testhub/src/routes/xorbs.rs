//! Xorbs in the storage: ranges fetched and uploads put by signed URLs, without a token.
use std::fmt::Write as _;
use std::io;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hf_cas::{Hash, crc64_nvme};
use http::header::{CONTENT_RANGE, CONTENT_TYPE, IF_NONE_MATCH, RANGE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use super::signed_url::{sign, signed};
use crate::hub::Hub;
use crate::request_body::RequestBody;
use crate::response::{HubResponse, storage_error};
use crate::store::State;

const BOUNDARY: &str = "hf-testhub-boundary";
/// The header that an upload by grant must have, with the checksum that the grant was asked for.
pub(super) const CHECKSUM: &str = "x-amz-checksum-crc64nvme";

/// Where some ranges of a xorb are fetched, and nothing else of it.
pub(super) fn xorb_url(hub: &Hub, state: &State, xorb: &Hash, ranges: &[Range<u64>]) -> String {
    let path = format!("/xorbs/{xorb}");
    let mut list = String::new();
    for range in ranges {
        let comma = if list.is_empty() { "" } else { "," };
        let _ = write!(
            list,
            "{comma}{}-{}",
            range.start,
            range.end.saturating_sub(1)
        );
    }
    let epoch = state.epoch;
    let signature = sign(&format!("{path} {list} {epoch}"));
    format!(
        "{}{path}?X-Xet-Signed-Range={list}&X-Amz-Expires=3600&epoch={epoch}&X-Amz-Signature={signature}",
        hub.storage_endpoint()
    )
}

/// Where a xorb is put by grant.
pub(super) fn grant_url(hub: &Hub, state: &State, id: &str) -> String {
    signed(hub, state, &format!("/grants/{id}"), "")
}

/// The value of the header of a checksum.
pub(super) fn checksum_header(checksum: u64) -> String {
    STANDARD.encode(checksum.to_be_bytes())
}

/// Parses `first-last,first-last,...` within content of `size` bytes. Returns `None` for anything else.
fn ranges(list: &str, size: u64) -> Option<Vec<Range<u64>>> {
    list.split(',')
        .map(|range| {
            let (first, last) = range.trim().split_once('-')?;
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last && first < size).then(|| first..last.saturating_add(1).min(size))
        })
        .collect()
}

/// `GET /xorbs/{hash}`
pub(super) fn fetch(hub: &Hub, hash: &str, allowed: &str, headers: &HeaderMap) -> HubResponse {
    let xorb = hash
        .parse()
        .ok()
        .and_then(|hash: Hash| hub.xet_state().xorb(&hash).cloned());
    let Some(xorb) = xorb else {
        return storage_error(
            StatusCode::NOT_FOUND,
            "NoSuchKey",
            "The specified key does not exist.",
        );
    };
    if xorb.is_discarded() {
        return storage_error(
            StatusCode::GONE,
            "Discarded",
            "This Hub keeps no uploaded content.",
        );
    }
    let size = xorb.content.len();
    let wanted = headers
        .get(RANGE)
        .and_then(|value| value.to_str().ok()?.strip_prefix("bytes="))
        .and_then(|list| ranges(list, size));
    let allowed = ranges(allowed, size).unwrap_or_default();
    let Some(wanted) = wanted.filter(|wanted| {
        wanted.iter().all(|range| {
            allowed
                .iter()
                .any(|within| within.start <= range.start && range.end <= within.end)
        })
    }) else {
        return storage_error(
            StatusCode::FORBIDDEN,
            "AccessDenied",
            "The range is not the signed one",
        );
    };
    let response = HubResponse::new(StatusCode::PARTIAL_CONTENT, xorb.content.clone());
    if let [range] = wanted.as_slice() {
        let value = content_range(range, size);
        let mut response = response
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_RANGE, value);
        response.range = range.clone();
        return response;
    }
    let mut body = Vec::new();
    for range in &wanted {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Type: application/octet-stream\r\nContent-Range: {}\r\n\r\n",
            content_range(range, size)
        );
        body.extend_from_slice(head.as_bytes());
        let mut at = range.start;
        while let Some(piece) = xorb.content.piece(at, range.end) {
            at += piece.len() as u64;
            body.extend_from_slice(&piece);
        }
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    HubResponse::new(StatusCode::PARTIAL_CONTENT, Bytes::from(body)).header(
        CONTENT_TYPE,
        format!("multipart/byteranges; boundary={BOUNDARY}"),
    )
}

fn content_range(range: &Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end - 1)
}

/// `PUT /grants/{id}`
pub(super) async fn put_granted(
    hub: &Hub,
    id: &str,
    parts: &Parts,
    body: &mut RequestBody,
) -> io::Result<HubResponse> {
    let content = body.collect().await?;
    let sent = crc64_nvme(&content);
    let mut state = hub.xet_state();
    let Some(grant) = state.grants.get_mut(id) else {
        return Ok(storage_error(
            StatusCode::NOT_FOUND,
            "NoSuchUpload",
            "The specified upload does not exist.",
        ));
    };
    let has = |name: &str, value: &str| {
        let header = parts.headers.get(name);
        header.is_some_and(|header| header == value)
    };
    if !has(IF_NONE_MATCH.as_str(), "*") || !has(CHECKSUM, &checksum_header(grant.checksum)) {
        return Ok(storage_error(
            StatusCode::FORBIDDEN,
            "SignatureDoesNotMatch",
            "The request does not have the headers that were signed.",
        ));
    }
    if grant.content.is_some() {
        return Ok(storage_error(
            StatusCode::PRECONDITION_FAILED,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
        ));
    }
    if content.len() as u64 != grant.length || sent != grant.checksum {
        return Ok(storage_error(
            StatusCode::BAD_REQUEST,
            "BadDigest",
            "The content does not have the announced length and checksum.",
        ));
    }
    grant.content = Some(content);
    Ok(HubResponse::new(StatusCode::OK, ""))
}
