//! `GET /api/models/{id}/safetensors-metadata/{index}`: the headers of all shards of an index.
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Request, RouteResult, open};
use crate::blob::Blob;
use crate::hub::Hub;
use crate::names::RepoName;
use crate::response::{HubError, HubResponse};

/// The maximum length of a header.
const LONGEST: u64 = 25_000_000;

pub(super) fn metadata(hub: &Hub, request: &Request, name: &RepoName, path: &str) -> RouteResult {
    let mut state = hub.state();
    let repo = open(&mut state, request, name)?;
    let tree = repo.resolve("main").and_then(|head| repo.tree(&head));
    let tree = tree.unwrap_or_default();
    let missing = || HubError::entry_not_found("Entry not found");
    let index = tree.get(path).ok_or_else(missing)?;
    let index = index.blob.to_bytes().unwrap_or_default();
    let index: Value = serde_json::from_slice(&index)
        .map_err(|error| HubError::bad_request(format!("{path} is no JSON: {error}")))?;
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let shards: BTreeSet<&str> = index
        .get("weight_map")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::values)
        .filter_map(Value::as_str)
        .collect();
    let mut headers = Map::new();
    for shard in shards {
        let path = format!("{folder}/{shard}");
        let entry = tree.get(path.trim_start_matches('/')).ok_or_else(missing)?;
        let header = header(&entry.blob)
            .ok_or_else(|| HubError::bad_request(format!("{shard} has no safetensors header")))?;
        headers.insert(shard.to_owned(), header);
    }
    let metadata = index.get("metadata").cloned().unwrap_or_default();
    Ok(HubResponse::json(
        &json!({"index": {"metadata": metadata}, "headers": headers}),
    ))
}

/// Returns the JSON header of a safetensors file, which follows its length in 8 bytes.
fn header(blob: &Blob) -> Option<Value> {
    let length = read(blob, 0, 8)?;
    let length = u64::from_le_bytes(length.try_into().ok()?);
    if length > LONGEST {
        return None;
    }
    serde_json::from_slice(&read(blob, 8, length)?).ok()
}

fn read(blob: &Blob, from: u64, length: u64) -> Option<Vec<u8>> {
    let end = from + length;
    let mut bytes = Vec::new();
    while from + (bytes.len() as u64) < end {
        bytes.extend_from_slice(&blob.piece(from + bytes.len() as u64, end)?);
    }
    Some(bytes)
}
