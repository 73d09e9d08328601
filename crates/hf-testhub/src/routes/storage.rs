//! The storage origin, where objects are uploaded and downloaded at signed URLs, without a token.
use std::io;

use bytes::BytesMut;
use http::header::{CONTENT_TYPE, ETAG};
use http::request::Parts;
use http::{Method, StatusCode};
use sha2::{Digest as _, Sha256};

use super::signed_url::sign;
use super::{decode, pairs, xorbs};
use crate::blob::{Blob, hex};
use crate::hub::Hub;
use crate::names::{RepoName, repo_type_of};
use crate::range::ranged;
use crate::request_body::RequestBody;
use crate::response::{HubResponse, storage_error};
use crate::store::Settings;

/// Handles a request to the storage.
pub(crate) async fn respond(
    hub: &Hub,
    parts: &Parts,
    body: &mut RequestBody,
) -> io::Result<HubResponse> {
    let path = parts.uri.path();
    let query = pairs(parts.uri.query().unwrap_or_default());
    let get = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let epoch = hub.state().epoch;
    let expected = match get("X-Xet-Signed-Range") {
        Some(ranges) => sign(&format!("{path} {ranges} {epoch}")),
        None => sign(&format!("{path} {epoch}")),
    };
    if get("X-Amz-Signature") != Some(&expected) {
        body.drain().await?;
        return Ok(storage_error(
            StatusCode::FORBIDDEN,
            "AccessDenied",
            "Request has expired",
        ));
    }
    let steps: Vec<String> = path
        .trim_start_matches('/')
        .split('/')
        .map(decode)
        .collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    match (&parts.method, steps.as_slice()) {
        (&Method::GET | &Method::HEAD, ["objects", sha256]) => {
            body.drain().await?;
            let blob = hub.state().objects.get(*sha256).cloned();
            Ok(match blob {
                None => storage_error(
                    StatusCode::NOT_FOUND,
                    "NoSuchKey",
                    "The specified key does not exist.",
                ),
                Some(blob) if blob.is_discarded() => storage_error(
                    StatusCode::GONE,
                    "Discarded",
                    "This Hub keeps no uploaded content.",
                ),
                Some(blob) => {
                    let response = HubResponse::new(StatusCode::OK, blob)
                        .header(CONTENT_TYPE, "application/octet-stream")
                        .header(ETAG, format!("\"{sha256}\""));
                    ranged(&parts.headers, response)
                }
            })
        }
        (&Method::PUT, ["uploads", sha256]) => {
            put_object(hub, sha256, get("size"), get("repo"), body).await
        }
        (&Method::GET, ["xorbs", hash]) => {
            body.drain().await?;
            let allowed = get("X-Xet-Signed-Range").unwrap_or_default();
            Ok(xorbs::fetch(hub, hash, allowed, &parts.headers))
        }
        (&Method::PUT, ["grants", id]) => xorbs::put_granted(hub, id, parts, body).await,
        (&Method::PUT, ["parts", id, part]) => put_part(hub, id, part, body).await,
        _ => {
            body.drain().await?;
            Ok(storage_error(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "The specified method is not allowed.",
            ))
        }
    }
}

/// Reads a body, and hashes and keeps it if this Hub does so. Without hashing, the body is assumed
/// to be `announced`.
async fn take(hub: &Hub, body: &mut RequestBody, announced: &str) -> io::Result<Blob> {
    let Settings {
        keep_uploads: keep,
        hash_uploads: hashed,
        ..
    } = hub.state().settings;
    let mut hash = Sha256::new();
    let mut kept = BytesMut::new();
    let mut length = 0;
    while let Some(bytes) = body.next().await? {
        if hashed {
            hash.update(&bytes);
        }
        length += bytes.len() as u64;
        if keep {
            kept.extend_from_slice(&bytes);
        }
    }
    let sha256 = if hashed {
        hex(&hash.finalize())
    } else {
        announced.to_owned()
    };
    Ok(if keep {
        Blob::with_sha256(kept.freeze(), sha256)
    } else {
        Blob::discarded(length, sha256)
    })
}

async fn put_object(
    hub: &Hub,
    sha256: &str,
    size: Option<&str>,
    repo: Option<&str>,
    body: &mut RequestBody,
) -> io::Result<HubResponse> {
    let blob = take(hub, body, sha256).await?;
    if blob.sha256() != sha256 || size.and_then(|size| size.parse().ok()) != Some(blob.len()) {
        return Ok(storage_error(
            StatusCode::BAD_REQUEST,
            "BadDigest",
            "The content does not have the announced hash and size.",
        ));
    }
    let name = repo.unwrap_or_default().split_once('/');
    let name = name.and_then(|(kind, id)| Some(RepoName::new(repo_type_of(kind)?, id)));
    if let Some(name) = name {
        super::lfs::store(&mut hub.change(), &name, blob);
    }
    Ok(HubResponse::new(StatusCode::OK, "").header(ETAG, format!("\"{}\"", &sha256[..32])))
}

async fn put_part(
    hub: &Hub,
    id: &str,
    part: &str,
    body: &mut RequestBody,
) -> io::Result<HubResponse> {
    let blob = take(hub, body, &sign(&format!("part {id} {part}"))).await?;
    let mut state = hub.change();
    let (Some(upload), Ok(number)) = (state.multiparts.get_mut(id), part.parse::<u32>()) else {
        return Ok(storage_error(
            StatusCode::NOT_FOUND,
            "NoSuchUpload",
            "The specified upload does not exist.",
        ));
    };
    let start = u64::from(number.saturating_sub(1)) * upload.part_size;
    let expected = upload.size.saturating_sub(start).min(upload.part_size);
    if number == 0 || blob.len() != expected {
        return Ok(storage_error(
            StatusCode::BAD_REQUEST,
            "EntityTooSmall",
            &format!(
                "Part {number} has {} bytes, expected {expected}.",
                blob.len()
            ),
        ));
    }
    let etag = format!("\"{}\"", &blob.sha256()[..32]);
    upload.parts.insert(number, (etag.clone(), blob));
    Ok(HubResponse::new(StatusCode::OK, "").header(ETAG, etag))
}
