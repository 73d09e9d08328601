//! Large objects: upload and download URLs, verification, listing, deletion.
use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::signed_url::{part_url, sign, upload_url};
use super::{Request, RouteResult, open, own, page, see, xet};
use crate::blob::{Blob, hex, mix};
use crate::hub::Hub;
use crate::names::{RepoName, RepoType, repo_type_of};
use crate::response::{HubError, HubResponse};
use crate::store::{LfsRecord, Multipart, State, date};

const LFS_JSON: &str = "application/vnd.git-lfs+json; charset=utf-8";
/// The maximum number of objects in a batch.
const MOST: usize = 1000;

fn is_sha256(oid: &str) -> bool {
    oid.len() == 64
        && oid
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// `POST /{id}.git/info/lfs/objects/batch`
pub(super) fn batch(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let body = request.json()?;
    let objects = body
        .get("objects")
        .and_then(Value::as_array)
        .ok_or_else(|| HubError::bad_request("✖ Invalid input: expected array\n  → at objects"))?;
    if objects.len() > MOST {
        return Err(HubError::bad_request(format!(
            "✖ Too big: expected array to have <={MOST} items\n  → at objects"
        ))
        .into());
    }
    let download = body.get("operation").and_then(Value::as_str) == Some("download");
    let multipart_offered = body
        .get("transfers")
        .and_then(Value::as_array)
        .is_some_and(|transfers| transfers.iter().any(|t| t == "multipart"));
    let xet_offered = body
        .get("transfers")
        .and_then(Value::as_array)
        .is_some_and(|transfers| transfers.iter().any(|t| t == "xet"));
    let mut state = hub.change();
    let xet = xet_offered && !download && state.settings.xet;
    if download {
        open(&mut state, request, name)?;
    } else {
        see(&mut state, request, name)?;
        // Whoever may open a pull request may upload its objects.
        request.writer()?;
    }
    let mut transfer = if xet { "xet" } else { "basic" };
    let mut results = Vec::with_capacity(objects.len());
    for object in objects {
        let oid = object
            .get("oid")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some(size) = object
            .get("size")
            .and_then(Value::as_u64)
            .filter(|_| is_sha256(oid))
        else {
            results.push(json!({
                "oid": oid, "size": object.get("size").cloned().unwrap_or(0.into()),
                "error": {"code": 422, "message": "Object is not described by a SHA-256 and a size"},
            }));
            continue;
        };
        let present = state
            .repos
            .get(name)
            .is_some_and(|repo| repo.lfs.contains_key(oid));
        let mut result = json!({"oid": oid, "size": size, "authenticated": true});
        if download {
            if present {
                let href = super::object_url(hub, &state, oid);
                result["actions"] = json!({"download": {"href": href}});
            } else {
                result["error"] = json!({"code": 404, "message": "Object does not exist"});
            }
        } else if xet && !present {
            result["actions"] = json!({"upload": xet::lfs_action(hub, name)});
        } else if !present {
            let upload = if multipart_offered && size > state.settings.multipart_threshold {
                transfer = "multipart";
                multipart_action(hub, &mut state, name, oid, size)
            } else {
                json!({"href": upload_url(hub, &state, name, oid, size)})
            };
            result["actions"] = json!({
                "upload": upload,
                "verify": {"href": format!("{}/{name}.git/info/lfs/verify", hub.endpoint())},
            });
        }
        results.push(result);
    }
    let body = json!({"transfer": transfer, "objects": results});
    Ok(HubResponse::json(&body).header(CONTENT_TYPE, LFS_JSON))
}

fn multipart_action(hub: &Hub, state: &mut State, name: &RepoName, oid: &str, size: u64) -> Value {
    let part_size = state.settings.part_size;
    let id = format!("{:016x}", mix(state.next_number()));
    let mut header = Map::new();
    header.insert("chunk_size".to_owned(), part_size.to_string().into());
    let parts = u32::try_from(size.div_ceil(part_size)).unwrap_or(u32::MAX);
    for part in 1..=parts {
        header.insert(format!("{part:05}"), part_url(hub, state, &id, part).into());
    }
    let signature = sign(&format!("complete {id} {}", state.epoch));
    let href = format!(
        "{}/api/complete_multipart?uploadId={id}&repo={}&epoch={}&signature={signature}",
        hub.endpoint(),
        super::encode(&name.to_string()),
        state.epoch,
    );
    let upload = Multipart {
        sha256: oid.to_owned(),
        size,
        part_size,
        parts: BTreeMap::new(),
    };
    state.multiparts.insert(id, upload);
    json!({"href": href, "header": header})
}

/// `POST /api/complete_multipart`, signed instead of authenticated
pub(super) fn complete_multipart(hub: &Hub, request: &Request) -> RouteResult {
    let body = request.json()?;
    let id = request.get("uploadId").unwrap_or_default().to_owned();
    let repo = request.get("repo").unwrap_or_default();
    let name = match repo.split_once('/') {
        Some((kind @ ("datasets" | "spaces"), rest)) => {
            RepoName::new(repo_type_of(kind).unwrap_or(RepoType::Model), rest)
        }
        _ => RepoName::new(RepoType::Model, repo),
    };
    let mut state = hub.change();
    let signature = sign(&format!("complete {id} {}", state.epoch));
    if request.get("signature") != Some(&signature) {
        return Err(HubError::forbidden("The signature is wrong or has expired").into());
    }
    let gone = || {
        HubError::new(
            StatusCode::NOT_FOUND,
            "The specified upload does not exist.",
        )
    };
    let upload = state.multiparts.get(&id).ok_or_else(gone)?;
    if body.get("oid").and_then(Value::as_str) != Some(&upload.sha256) {
        return Err(HubError::bad_request("The completed object is another one").into());
    }
    let sent = body
        .get("parts")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let expected = upload.size.div_ceil(upload.part_size);
    if sent.len() as u64 != expected {
        return Err(HubError::bad_request(format!("{} parts of {expected}", sent.len())).into());
    }
    let mut whole = true;
    for (index, part) in sent.iter().enumerate() {
        let number = part
            .get("partNumber")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let etag = part.get("etag").and_then(Value::as_str).unwrap_or_default();
        let there = u32::try_from(number)
            .ok()
            .and_then(|number| upload.parts.get(&number));
        match there {
            Some((known, blob)) if known == etag && number == index as u64 + 1 => {
                whole &= !blob.is_discarded();
            }
            _ => {
                return Err(HubError::bad_request(format!(
                    "Part {number} was not uploaded, or its etag is another one"
                ))
                .into());
            }
        }
    }
    let upload = state.multiparts.remove(&id).ok_or_else(gone)?;
    drop(state);
    let length: u64 = upload.parts.values().map(|(_, blob)| blob.len()).sum();
    let blob = if whole {
        join(&upload)
    } else {
        // The bytes were not kept, so the hash is trusted; the length is checked.
        Blob::discarded(length, upload.sha256.clone())
    };
    if length != upload.size || blob.sha256() != upload.sha256 {
        return Err(
            HubError::bad_request("The object does not have the announced hash and size").into(),
        );
    }
    store(&mut hub.change(), &name, blob);
    Ok(HubResponse::json(&json!({"success": true})))
}

fn join(upload: &Multipart) -> Blob {
    let mut all = BytesMut::new();
    for (_, blob) in upload.parts.values() {
        all.extend_from_slice(&blob.to_bytes().unwrap_or_default());
    }
    let all: Bytes = all.freeze();
    let sha256 = hex(&Sha256::digest(&all));
    Blob::with_sha256(all, sha256)
}

/// Adds an object to the storage, for this repository.
pub(crate) fn store(state: &mut State, name: &RepoName, blob: Blob) {
    let sha256 = blob.sha256().to_owned();
    if let Some(repo) = state.repos.get_mut(name) {
        repo.lfs.entry(sha256.clone()).or_insert_with(|| LfsRecord {
            size: blob.len(),
            filename: None,
            reference: "refs/heads/main".to_owned(),
            pushed_at: Timestamp::now(),
            pusher: name.owner().to_owned(),
        });
    }
    let known = state.objects.get(&sha256);
    if known.is_none_or(|known| known.is_discarded() && !blob.is_discarded()) {
        state.objects.insert(sha256, blob);
    }
}

/// `POST /{id}.git/info/lfs/verify`
pub(super) fn verify(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let body = request.json()?;
    let mut state = hub.state();
    see(&mut state, request, name)?;
    request.writer()?;
    let repo = see(&mut state, request, name)?;
    let oid = body.get("oid").and_then(Value::as_str).unwrap_or_default();
    let size = body.get("size").and_then(Value::as_u64);
    match repo.lfs.get(oid) {
        Some(record) if Some(record.size) == size => {
            Ok(HubResponse::json(&json!({})).header(CONTENT_TYPE, LFS_JSON))
        }
        Some(record) => {
            Err(HubError::bad_request(format!("Object has {} bytes", record.size)).into())
        }
        None => Err(HubError::new(StatusCode::NOT_FOUND, "Object does not exist").into()),
    }
}

/// `GET /api/{type}s/{id}/lfs-files`
pub(super) fn list(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let mut state = hub.state();
    let xet = state.settings.xet;
    let hashes: BTreeMap<String, String> = state
        .repos
        .get(name)
        .filter(|_| xet)
        .into_iter()
        .flat_map(|repo| repo.lfs.keys())
        .filter_map(|sha256| {
            let hash = xet::xet_hash(hub, state.objects.get(sha256)?)?;
            Some((sha256.clone(), hash))
        })
        .collect();
    let most = state.settings.page_size;
    let repo = own(&mut state, request, name)?;
    let page = page(hub, request, repo.lfs.len(), most)?;
    let head = repo.resolve("main");
    let items: Vec<Value> = repo
        .lfs
        .iter()
        .skip(page.range.start)
        .take(page.range.len())
        .map(|(sha256, record)| {
            let mut body = json!({
                "fileOid": sha256,
                "oid": head.as_deref(),
                "size": record.size,
                "filename": record.filename,
                "pushedAt": date(record.pushed_at),
                "ref": record.reference,
                "pusher": {
                    "_id": super::people::account_id(&record.pusher), "name": record.pusher,
                    "fullname": record.pusher, "type": "user", "avatarUrl": "/avatars/user.svg",
                    "isPro": false, "isHf": false, "isMod": false,
                },
            });
            if let Some(hash) = hashes.get(sha256) {
                body["xetHash"] = hash.as_str().into();
            }
            body
        })
        .collect();
    Ok(HubResponse::json(&items.into()).link(page.next))
}

/// `POST /api/{type}s/{id}/lfs-files/batch`: deletes objects permanently
pub(super) fn delete_batch(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let body = request.json()?;
    let deletions = body.get("deletions").cloned().unwrap_or_default();
    let oids: Vec<String> = deletions
        .get("sha")
        .and_then(Value::as_array)
        .filter(|oids| !oids.is_empty() && oids.len() <= MOST)
        .ok_or_else(|| {
            HubError::bad_request("✖ Invalid input: expected 1 to 1000 items\n  → at deletions.sha")
        })?
        .iter()
        .filter_map(|oid| oid.as_str().map(ToOwned::to_owned))
        .collect();
    let rewrite = deletions
        .get("rewriteHistory")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    let author = request.user()?.to_owned();
    let mut state = hub.change();
    let number = state.next_number();
    let repo = own(&mut state, request, name)?;
    for oid in &oids {
        repo.lfs.remove(oid);
    }
    if rewrite {
        crate::store::forget_objects(repo, &oids, &author, number);
    }
    Ok(HubResponse::json(&json!({})))
}

/// `POST /api/{type}s/{id}/lfs-files/duplicate`: gives objects of this repository to another
pub(super) fn duplicate(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let body = request.json()?;
    let text = |key: &str| body.pointer(key).and_then(Value::as_str);
    let target = text("/target/type")
        .and_then(repo_type_of)
        .zip(text("/target/name"));
    let (repo_type, id) =
        target.ok_or_else(|| HubError::bad_request("✖ Invalid input\n  → at target"))?;
    let target = RepoName::new(repo_type, id);
    let files = body
        .get("files")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut state = hub.change();
    open(&mut state, request, name)?;
    see(&mut state, request, &target)?;
    request.writer()?;
    let mut failed = Vec::new();
    for file in &files {
        let sha256 = file
            .get("sha256")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let own = open(&mut state, request, name)?.lfs.contains_key(sha256);
        match state.objects.get(sha256).cloned().filter(|_| own) {
            Some(blob) => store(&mut state, &target, blob),
            None => failed.push(json!({
                "xetHash": file.get("xetHash"), "sha256": sha256, "error": "File not found in source repository",
            })),
        }
    }
    let succeeded = files.len() - failed.len();
    Ok(HubResponse::json(&json!({
        "success": failed.is_empty(), "processed": files.len(), "succeeded": succeeded, "failed": failed,
    })))
}
