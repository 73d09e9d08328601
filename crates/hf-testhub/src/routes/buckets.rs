//! Buckets: `/api/buckets/...` and `/buckets/.../resolve/...`.
use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::bridge::bridge_url;
use super::{Request, RouteResult, check_name, may_own, page, xet};
use crate::hub::Hub;
use crate::response::{HubError, HubResponse, RouteError};
use crate::store::{Bucket, BucketFile, State, date};
use crate::xet::{Scope, learn};

/// `/api/buckets/{rest}`
pub(super) fn route(hub: &Hub, request: &Request, rest: &[String]) -> RouteResult {
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match (request.method.as_str(), rest.as_slice()) {
        ("GET", [namespace]) => list(hub, request, namespace),
        ("POST", [namespace, name]) => create(hub, request, namespace, name),
        (_, [namespace, name, tail @ ..]) => {
            bucket_route(hub, request, &format!("{namespace}/{name}"), tail)
        }
        _ => Err(request.not_offered().into()),
    }
}

fn bucket_route(hub: &Hub, request: &Request, id: &str, tail: &[&str]) -> RouteResult {
    match (request.method.as_str(), tail) {
        ("GET" | "HEAD", []) => {
            let state = hub.state();
            Ok(HubResponse::json(&describe(id, see(&state, request, id)?)))
        }
        ("DELETE", []) => {
            let mut state = hub.change();
            own(&mut state, request, id)?;
            state.services.buckets.remove(id);
            Ok(HubResponse::text(StatusCode::OK, "OK"))
        }
        ("PUT", ["settings"]) => settings(hub, request, id),
        ("GET", ["tree"]) => tree(hub, request, id, ""),
        ("GET", ["tree", prefix @ ..]) => tree(hub, request, id, &prefix.join("/")),
        ("POST", ["paths-info"]) => paths_info(hub, request, id),
        ("POST", ["batch"]) => batch(hub, request, id),
        ("GET", ["xet-read-token"]) => {
            see(&hub.state(), request, id)?;
            Ok(xet::token(hub, Scope::Bucket(id.to_owned()), false))
        }
        ("GET", ["xet-write-token"]) => {
            own(&mut hub.state(), request, id)?;
            Ok(xet::token(hub, Scope::Bucket(id.to_owned()), true))
        }
        _ => Err(request.not_offered().into()),
    }
}

fn missing(request: &Request) -> HubError {
    if request.viewer.name().is_none() {
        HubError::unauthorized()
    } else {
        HubError::repo_not_found()
    }
}

fn see<'a>(state: &'a State, request: &Request, id: &str) -> Result<&'a Bucket, RouteError> {
    let owner = id.split_once('/').map_or(id, |(owner, _)| owner);
    let bucket = state.services.buckets.get(id);
    let bucket = bucket.filter(|bucket| {
        !bucket.private
            || request
                .viewer
                .name()
                .is_some_and(|user| state.owns(user, owner))
    });
    bucket.ok_or_else(|| missing(request).into())
}

fn own<'a>(
    state: &'a mut State,
    request: &Request,
    id: &str,
) -> Result<&'a mut Bucket, RouteError> {
    see(state, request, id)?;
    let owner = id.split_once('/').map_or(id, |(owner, _)| owner);
    let user = request.writer()?;
    if !state.owns(user, owner) {
        return Err(HubError::no_permission().into());
    }
    let bucket = state.services.buckets.get_mut(id);
    bucket.ok_or_else(|| missing(request).into())
}

fn describe(id: &str, bucket: &Bucket) -> Value {
    json!({
        "_id": bucket.object_id,
        "author": id.split_once('/').map_or(id, |(owner, _)| owner),
        "id": id,
        "private": bucket.private,
        "createdAt": date(bucket.created),
        "updatedAt": date(bucket.updated),
        "size": bucket.files.values().map(|file| file.size).sum::<u64>(),
        "totalFiles": bucket.files.len(),
        "repoType": "bucket",
    })
}

fn list(hub: &Hub, request: &Request, namespace: &str) -> RouteResult {
    let state = hub.state();
    let namespace = if namespace == "me" {
        request.user()?
    } else {
        namespace
    };
    let search = request.get("search").map(str::to_lowercase);
    let prefix = format!("{namespace}/");
    let found: Vec<(&String, &Bucket)> = state
        .services
        .buckets
        .range(prefix.clone()..)
        .take_while(|(id, _)| id.starts_with(&prefix))
        .filter(|(id, _)| {
            search
                .as_ref()
                .is_none_or(|text| id.to_lowercase().contains(text))
        })
        .filter(|(id, _)| see(&state, request, id).is_ok())
        .collect();
    let page = page(hub, request, found.len(), state.settings.page_size)?;
    let items: Vec<Value> = found[page.range]
        .iter()
        .map(|(id, bucket)| describe(id, bucket))
        .collect();
    Ok(HubResponse::json(&items.into()).link(page.next))
}

fn create(hub: &Hub, request: &Request, namespace: &str, name: &str) -> RouteResult {
    let body = request.json()?;
    check_name(name)?;
    let user = request.user()?.to_owned();
    let owner = if namespace == "me" { &user } else { namespace };
    let id = format!("{owner}/{name}");
    let url = format!("{}/buckets/{id}", hub.endpoint());
    let mut state = hub.change();
    may_own(&state, request, "bucket", owner)?;
    if let Some(known) = state.services.buckets.get(&id) {
        let more = json!({"url": url, "id": known.object_id});
        return Err(HubError::conflict("You already created this bucket")
            .more(more)
            .into());
    }
    let private = body.get("private").and_then(Value::as_bool) == Some(true)
        || body.get("visibility").and_then(Value::as_str) == Some("private");
    let object_id = state.object_id();
    insert(&mut state, &id, object_id.clone(), private);
    Ok(HubResponse::json(
        &json!({"url": url, "name": id, "id": object_id}),
    ))
}

/// Adds an empty bucket.
pub(crate) fn insert(state: &mut State, id: &str, object_id: String, private: bool) {
    let now = Timestamp::now();
    let bucket = Bucket {
        object_id,
        private,
        created: now,
        updated: now,
        files: BTreeMap::new(),
        hashes: BTreeSet::new(),
    };
    state.services.buckets.insert(id.to_owned(), bucket);
}

fn settings(hub: &Hub, request: &Request, id: &str) -> RouteResult {
    let body = request.json()?;
    let mut state = hub.change();
    let bucket = own(&mut state, request, id)?;
    if let Some(private) = body.get("private").and_then(Value::as_bool) {
        bucket.private = private;
    }
    Ok(HubResponse::json(&json!({
        "private": bucket.private,
        "cdnRegions": body.get("cdnRegions").cloned().unwrap_or_else(|| json!([])),
    })))
}

/// `POST /api/repos/move` with type `bucket`
pub(super) fn rename(hub: &Hub, request: &Request, from: &str, to: &str) -> RouteResult {
    let Some((owner, name)) = to.split_once('/') else {
        return Err(HubError::invalid("expected namespace/name", "toRepo").into());
    };
    check_name(name)?;
    let mut state = hub.change();
    own(&mut state, request, from)?;
    may_own(&state, request, "bucket", owner)?;
    if state.services.buckets.contains_key(to) {
        return Err(HubError::conflict(format!("A bucket named {to} exists already")).into());
    }
    if let Some(bucket) = state.services.buckets.remove(from) {
        state.services.buckets.insert(to.to_owned(), bucket);
    }
    Ok(HubResponse::json(&json!({})))
}

fn show(path: &str, file: &BucketFile) -> Value {
    let mut body = json!({
        "type": "file", "path": path, "size": file.size, "xetHash": file.xet_hash,
        "uploadedAt": date(file.uploaded),
    });
    if let Some(mtime) = &file.mtime {
        body["mtime"] = mtime.clone().into();
    }
    if let Some(kind) = &file.content_type {
        body["contentType"] = kind.clone().into();
    }
    body
}

fn tree(hub: &Hub, request: &Request, id: &str, prefix: &str) -> RouteResult {
    let state = hub.state();
    let bucket = see(&state, request, id)?;
    let prefix = prefix.trim_matches('/');
    let below = if prefix.is_empty() {
        String::new()
    } else {
        format!("{prefix}/")
    };
    let recursive = request.flag("recursive");
    let mut folders = BTreeSet::new();
    // Only what is on the page is described: many pages would cost the square of their number.
    let mut entries: Vec<(&str, bool, &BucketFile)> = Vec::new();
    for (path, file) in bucket
        .files
        .range(below.clone()..)
        .take_while(|(path, _)| path.starts_with(&below))
    {
        match path[below.len()..].find('/') {
            Some(slash) if !recursive => {
                let folder = &path[..below.len() + slash];
                if folders.insert(folder) {
                    entries.push((folder, true, file));
                }
            }
            _ => entries.push((path, false, file)),
        }
    }
    let page = page(hub, request, entries.len(), state.settings.page_size)?;
    let entry = |&(path, is_folder, file): &(&str, bool, &BucketFile)| {
        if is_folder {
            json!({"type": "directory", "path": path, "uploadedAt": date(file.uploaded)})
        } else {
            show(path, file)
        }
    };
    let items: Vec<Value> = entries[page.range].iter().map(entry).collect();
    Ok(HubResponse::json(&items.into()).link(page.next))
}

fn paths_info(hub: &Hub, request: &Request, id: &str) -> RouteResult {
    let body = request.json_or_form()?;
    let paths: Vec<&str> = match body.get("paths") {
        Some(Value::Array(paths)) => paths.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(path)) => vec![path],
        _ => return Err(HubError::invalid("expected array", "paths").into()),
    };
    let state = hub.state();
    let bucket = see(&state, request, id)?;
    let found: Vec<Value> = paths
        .iter()
        .filter_map(|path| Some(show(path, bucket.files.get(*path)?)))
        .collect();
    Ok(HubResponse::json(&found.into()))
}

/// Executes NDJSON with one operation per line: additions and copies first, then deletions, in
/// order.
fn batch(hub: &Hub, request: &Request, id: &str) -> RouteResult {
    learn(hub, None);
    let mut state = hub.change();
    own(&mut state, request, id)?;
    let mut operations = Vec::new();
    for (number, line) in request.body.split(|byte| *byte == b'\n').enumerate() {
        if !line.trim_ascii().is_empty() {
            let operation: Value = serde_json::from_slice(line).map_err(|error| {
                HubError::invalid(
                    &format!("no JSON ({error})"),
                    &format!("line {}", number + 1),
                )
            })?;
            operations.push(operation);
        }
    }
    if operations.is_empty() {
        return Err(HubError::invalid("expected at least one operation", "body").into());
    }
    let mut failed = Vec::new();
    for operation in &operations {
        if let Err(problem) = apply(hub, &mut state, id, operation) {
            let path = operation.get("path").cloned().unwrap_or_default();
            failed.push(json!({"path": path, "error": problem}));
        }
    }
    if let Some(bucket) = state.services.buckets.get_mut(id) {
        bucket.updated = Timestamp::now();
    }
    let status = if failed.len() == operations.len() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(HubResponse::json(&json!({
        "success": failed.is_empty(),
        "processed": operations.len(),
        "succeeded": operations.len() - failed.len(),
        "failed": failed,
    }))
    .with_status(status))
}

fn apply(hub: &Hub, state: &mut State, id: &str, operation: &Value) -> Result<(), String> {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let path = text("path").filter(|path| !path.is_empty());
    let path = path.ok_or("The operation names no path")?.to_owned();
    let kind = text("type").unwrap_or_default();
    if kind == "deleteFile" {
        let files = state.services.buckets.get_mut(id).map(|b| &mut b.files);
        return match files.and_then(|files| files.remove(&path)) {
            Some(_) => Ok(()),
            None => Err("File not found".to_owned()),
        };
    }
    super::legal_path(&path).map_err(|error| error.message)?;
    let hash = text("xetHash").ok_or("The operation names no xetHash")?;
    let size = match (kind, hub.xet().file(hash)) {
        ("addFile" | "copyFile", Some(blob)) => blob.len(),
        ("addFile" | "copyFile", None) => return Err(format!("Xet file {hash} not found")),
        _ => return Err(format!("Unknown operation {kind:?}")),
    };
    let mtime = operation.get("mtime").and_then(|mtime| match mtime {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => {
            let at = Timestamp::from_millisecond(number.as_i64()?).ok()?;
            Some(date(at))
        }
        _ => None,
    });
    let file = BucketFile {
        size,
        xet_hash: hash.to_owned(),
        mtime,
        uploaded: Timestamp::now(),
        content_type: text("contentType").map(ToOwned::to_owned),
    };
    if let Some(bucket) = state.services.buckets.get_mut(id) {
        bucket.insert(path, file);
    }
    Ok(())
}

/// `GET` and `HEAD /buckets/{id}/resolve/{path}`
pub(super) fn resolve(hub: &Hub, request: &Request, id: &str, path: &str) -> RouteResult {
    let state = hub.state();
    let bucket = see(&state, request, id)?;
    let file = bucket
        .files
        .get(path)
        .ok_or_else(|| HubError::entry_not_found("Entry not found"))?;
    let route = format!("/api/buckets/{id}/xet-read-token");
    let located = xet::Located::new(hub, file.xet_hash.clone(), file.size, &route);
    let etag = format!("\"{}\"", file.xet_hash);
    let response = if xet::wants_info(&request.headers) {
        located.info(&etag)
    } else {
        HubResponse::redirect(StatusCode::FOUND, &bridge_url(hub, &state, &located.hash))
            .header(CONTENT_TYPE, "text/plain; charset=utf-8")
    };
    Ok(located
        .tell(response)
        .named("x-linked-size", file.size.to_string())
        .named("x-linked-etag", etag))
}
