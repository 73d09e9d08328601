//! The Xet content store: `/v1/...` and `/v2/...` on its own origin, by its own tokens.
use std::fmt::Write as _;
use std::io;

use bytes::Bytes;
use hf_cas::Hash;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RANGE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::decode;
use super::xorbs::{CHECKSUM, checksum_header, grant_url, xorb_url};
use crate::blob::mix;
use crate::hub::Hub;
use crate::range::{Wanted, parse};
use crate::request_body::RequestBody;
use crate::response::HubResponse;
use crate::xet::{Grant, Scope, Version, Xorb, accept, answer as reconstruct};

/// Why the store refuses a request.
struct Refusal(StatusCode, String);

type CasResult = Result<HubResponse, Refusal>;

impl From<Refusal> for HubResponse {
    fn from(Refusal(status, message): Refusal) -> Self {
        let response = Self::text(status, message);
        if status == StatusCode::UNAUTHORIZED {
            return response.header(WWW_AUTHENTICATE, "Bearer");
        }
        response
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, message.into())
}

fn missing(message: impl Into<String>) -> Refusal {
    Refusal(StatusCode::NOT_FOUND, message.into())
}

#[expect(clippy::needless_pass_by_value, reason = "taken by `map_err`")]
fn broken(error: tokio::task::JoinError) -> Refusal {
    Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

/// Handles a request to the content store.
pub(crate) async fn answer(
    hub: &Hub,
    parts: &Parts,
    body: &mut RequestBody,
) -> io::Result<HubResponse> {
    let path = parts.uri.path().trim_start_matches('/');
    let steps: Vec<String> = path.split('/').map(decode).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let write = parts.method != Method::GET && parts.method != Method::HEAD;
    let scope = match authorize(hub, parts, write) {
        Ok(scope) => scope,
        Err(refusal) => {
            body.drain().await?;
            return Ok(refusal.into());
        }
    };
    let content = body.collect().await?;
    let outcome = match (parts.method.as_str(), steps.as_slice()) {
        ("POST", ["v1", "xorb-grants", "default", hash]) => grant(hub, hash, &content),
        ("POST", ["v1", "xorb-commits", "default", hash, "grant", id]) => {
            commit(hub, hash, id).await
        }
        ("POST", ["v1", "xorbs", "default", hash]) => put_xorb(hub, hash, content).await,
        ("POST", ["v1", "shards"]) => put_shard(hub, scope, content, Version::V1).await,
        ("POST", ["v2", "shards"]) => put_shard(hub, scope, content, Version::V2).await,
        ("GET", ["v1", "chunks", "default" | "default-merkledb", hash]) => chunk(hub, hash),
        ("GET", ["v1", "reconstructions", hash]) => {
            reconstruction(hub, parts, &scope, hash, Version::V1)
        }
        ("GET", ["v2", "reconstructions", hash]) => {
            reconstruction(hub, parts, &scope, hash, Version::V2)
        }
        _ => Err(missing("Not found")),
    };
    Ok(outcome.unwrap_or_else(HubResponse::from))
}

/// What the token of a request was given for.
fn authorize(hub: &Hub, parts: &Parts, write: bool) -> Result<Scope, Refusal> {
    let unauthorized = |message: &str| Refusal(StatusCode::UNAUTHORIZED, message.to_owned());
    let token = parts
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| unauthorized("Missing access token"))?;
    let state = hub.xet_state();
    let token = state
        .tokens
        .check(token)
        .map_err(|refused| unauthorized(refused.message()))?;
    if write && !token.write {
        let message = "This access token may not write".to_owned();
        return Err(Refusal(StatusCode::FORBIDDEN, message));
    }
    Ok(token.scope.clone())
}

fn hash(text: &str) -> Result<Hash, Refusal> {
    text.parse()
        .map_err(|error: hf_cas::FormatError| bad(error.to_string()))
}

/// `POST /v1/xorb-grants/default/{hash}`
fn grant(hub: &Hub, xorb: &str, body: &[u8]) -> CasResult {
    let xorb = hash(xorb)?;
    let body: Value = serde_json::from_slice(body).map_err(|error| bad(error.to_string()))?;
    let length = body.get("length").and_then(Value::as_u64);
    let checksum = body
        .pointer("/checksum/value")
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok())
        .filter(|_| body.pointer("/checksum/algo") == Some(&json!("crc64nvme")));
    let hub_state = hub.state();
    let mut state = hub.xet_state();
    if !state.settings.grants {
        return Err(missing("Grants are not offered"));
    }
    let (Some(length), Some(checksum)) = (length, checksum) else {
        return Err(bad(
            "A grant needs the length and the CRC-64/NVME of the xorb",
        ));
    };
    if state.xorb(&xorb).is_some() {
        return Ok(HubResponse::new(StatusCode::OK, ""));
    }
    let id = format!("{:016x}", mix(state.next_number()));
    let grant = Grant {
        xorb,
        length,
        checksum,
        content: None,
    };
    state.grants.insert(id.clone(), grant);
    Ok(HubResponse::json(&json!({
        "id": id,
        "method": "PUT",
        "url": grant_url(hub, &hub_state, &id),
        "headers": {"if-none-match": "*", CHECKSUM: checksum_header(checksum)},
    }))
    .with_status(StatusCode::CREATED))
}

/// `POST /v1/xorb-commits/default/{hash}/grant/{id}`
async fn commit(hub: &Hub, xorb: &str, id: &str) -> CasResult {
    let xorb = hash(xorb)?;
    let content = {
        let mut state = hub.xet_state();
        if state.xorb(&xorb).is_some() {
            state.grants.remove(id);
            return Ok(HubResponse::new(StatusCode::OK, ""));
        }
        let grant = state.grants.get(id).filter(|grant| grant.xorb == xorb);
        grant.and_then(|grant| grant.content.clone())
    };
    let content = content.ok_or_else(|| missing("No uploaded data for this grant"))?;
    insert(hub, xorb, content).await?;
    hub.xet_state().grants.remove(id);
    Ok(HubResponse::new(StatusCode::OK, ""))
}

/// `POST /v1/xorbs/default/{hash}`
async fn put_xorb(hub: &Hub, xorb: &str, content: Bytes) -> CasResult {
    let inserted = insert(hub, hash(xorb)?, content).await?;
    Ok(HubResponse::json(&json!({"was_inserted": inserted})))
}

/// Takes a xorb that must have this hash; `false` if it was there.
async fn insert(hub: &Hub, expected: Hash, content: Bytes) -> Result<bool, Refusal> {
    let keep = hub.state().settings.keep_uploads;
    let length = content.len() as u64;
    let xorb = tokio::task::spawn_blocking(move || Xorb::uploaded(&content, keep))
        .await
        .map_err(broken)?
        .map_err(|error| bad(error.to_string()))?;
    if xorb.hash != expected {
        let is = xorb.hash;
        return Err(bad(format!("The xorb has the hash {is}, not {expected}")));
    }
    let mut state = hub.xet_state();
    let new = state.insert_xorb(xorb);
    state.stats.xorb_bytes += length;
    if new {
        state.stats.new_xorbs += 1;
    } else {
        state.stats.known_xorbs += 1;
    }
    Ok(new)
}

/// `POST /v1/shards` and `POST /v2/shards`
async fn put_shard(hub: &Hub, scope: Scope, content: Bytes, version: Version) -> CasResult {
    if version == Version::V2 && !hub.xet_state().settings.shards_v2 {
        return Err(missing("Not found"));
    }
    let inner = hub.clone();
    let accepted = tokio::task::spawn_blocking(move || accept(&inner, &scope, &content))
        .await
        .map_err(broken)?;
    if version == Version::V1 {
        let new = accepted.map_err(bad)?;
        return Ok(HubResponse::json(&json!({"result": u8::from(new)})));
    }
    // The status is sent before the shard is looked at: what is wrong with it comes as the last event.
    let mut events = vec![json!({"type": "validating", "verified": 0, "total": 1})];
    match accepted {
        Ok(_) => events.extend([
            json!({"type": "validating", "verified": 1, "total": 1}),
            json!({"type": "committing", "stage": "uploading"}),
            json!({"type": "committing", "stage": "syncing"}),
            json!({"type": "result"}),
        ]),
        Err(message) => {
            events.push(json!({"type": "error", "message": message, "retryable": false}));
        }
    }
    let mut lines = String::new();
    for event in &events {
        let _ = writeln!(lines, "{event}");
    }
    Ok(HubResponse::new(StatusCode::OK, lines).header(CONTENT_TYPE, "application/x-ndjson"))
}

/// `GET /v1/chunks/{default|default-merkledb}/{hash}`
fn chunk(hub: &Hub, chunk: &str) -> CasResult {
    let chunk = hash(chunk)?;
    let shard = hub.xet_state().dedup_answer(&chunk);
    let shard = shard.ok_or_else(|| missing("Chunk not found"))?;
    Ok(HubResponse::new(StatusCode::OK, shard).header(CONTENT_TYPE, "application/octet-stream"))
}

/// `GET /v1/reconstructions/{hash}` and `GET /v2/reconstructions/{hash}`
fn reconstruction(
    hub: &Hub,
    parts: &Parts,
    scope: &Scope,
    file: &str,
    version: Version,
) -> CasResult {
    let hash = hash(file)?;
    let hub_state = hub.state();
    let mut state = hub.xet_state();
    if version == Version::V2 && !state.settings.reconstructions_v2 {
        return Err(missing("Not found"));
    }
    let uploaded = state.was_uploaded_for(scope, &hash);
    let file = state.file(&hash).cloned();
    let file = file.filter(|file| {
        uploaded
            || match scope {
                Scope::Repo(name, _) => hub_state.repos.get(name).is_some_and(|repo| {
                    file.blob.knows_sha256() && repo.lfs.contains_key(file.blob.sha256())
                }),
                Scope::Bucket(id) => hub_state
                    .services
                    .buckets
                    .get(id)
                    .is_some_and(|bucket| bucket.hashes.contains(&hash.to_string())),
            }
    });
    let file = file.ok_or_else(|| missing("File not found"))?;
    let unsatisfiable = || {
        let message = format!("The file has {} bytes", file.len());
        Refusal(StatusCode::RANGE_NOT_SATISFIABLE, message)
    };
    let part = match parts.headers.get(RANGE) {
        None => 0..file.len(),
        Some(header) => match parse(header.to_str().unwrap_or_default(), file.len()) {
            Wanted::Part(part) => part,
            Wanted::All | Wanted::Nothing => return Err(unsatisfiable()),
        },
    };
    state.stats.reconstructions += 1;
    drop(state);
    let sign =
        |xorb: &Hash, ranges: &[std::ops::Range<u64>]| xorb_url(hub, &hub_state, xorb, ranges);
    Ok(HubResponse::json(&reconstruct(&file, part, version, sign)))
}
