//! `POST /api/{type}s/{id}/preupload/{revision}`: decides how each file is stored.
use serde_json::{Value, json};

use super::{Request, RouteResult, legal_path, own, see};
use crate::hub::Hub;
use crate::names::RepoName;
use crate::response::{HubError, HubResponse};
use crate::store::{Attributes, Ignore};

pub(super) fn preupload(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
) -> RouteResult {
    let body = request.json()?;
    let files = body
        .get("files")
        .and_then(Value::as_array)
        .ok_or_else(|| HubError::bad_request("✖ Invalid input: expected array\n  → at files"))?;
    let mut state = hub.state();
    let most = state.settings.preupload_limit;
    if files.len() > most {
        return Err(HubError::bad_request(format!(
            "✖ Too big: expected array to have <={most} items\n  → at files"
        ))
        .into());
    }
    let threshold = state.settings.lfs_threshold;
    let create_pr = request.flag("create_pr");
    let repo = if create_pr {
        request.writer()?;
        see(&mut state, request, name)?
    } else {
        own(&mut state, request, name)?
    };
    let head = repo
        .resolve(revision)
        .ok_or_else(|| HubError::revision_not_found(revision))?;
    let tree = repo.tree(&head).unwrap_or_default();
    let text = |path: &str| {
        let bytes = tree.get(path).and_then(|entry| entry.blob.to_bytes());
        bytes
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    };
    let attributes = Attributes::parse(&text(".gitattributes"));
    let ignore = match body.get("gitIgnore").and_then(Value::as_str) {
        Some(rules) => Ignore::parse(rules),
        None => Ignore::parse(&text(".gitignore")),
    };
    let mut results = Vec::with_capacity(files.len());
    for file in files {
        let path = file.get("path").and_then(Value::as_str).ok_or_else(|| {
            HubError::bad_request("✖ Invalid input: expected string\n  → at files.path")
        })?;
        let size = file.get("size").and_then(Value::as_u64).ok_or_else(|| {
            HubError::bad_request("✖ Invalid input: expected number\n  → at files.size")
        })?;
        legal_path(path)?;
        let lfs = attributes.is_lfs(path) || size >= threshold;
        let mut result = json!({
            "path": path,
            "uploadMode": if lfs { "lfs" } else { "regular" },
            "shouldIgnore": ignore.ignores(path),
        });
        if let Some(entry) = tree.get(path) {
            result["oid"] = entry.etag().into();
        }
        results.push(result);
    }
    Ok(HubResponse::json(
        &json!({"files": results, "commitOid": &*head}),
    ))
}
