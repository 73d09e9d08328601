//! Calls that return facts.

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Failure;
use crate::http::Http;

/// Of an item, the one field that tells it from the others.
#[derive(Deserialize)]
struct Model {
    id: String,
}

#[derive(Deserialize)]
struct Entry {
    path: String,
}

pub(crate) async fn whoami(http: &Http) -> Result<usize, Failure> {
    let body = http.bytes("/api/whoami-v2", None).await?;
    let me: Value = serde_json::from_slice(&body)?;
    Ok(me["name"].as_str().ok_or("no name")?.len())
}

pub(crate) async fn list(http: &Http) -> Result<usize, Failure> {
    let models: Vec<Model> = http.pages("/api/models?limit=1000".to_owned()).await?;
    Ok(models.iter().filter(|model| !model.id.is_empty()).count())
}

pub(crate) async fn tree(http: &Http, repo: &str) -> Result<usize, Failure> {
    let target = format!("/api/models/{repo}/tree/main?recursive=true");
    let entries: Vec<Entry> = http.pages(target).await?;
    Ok(entries
        .iter()
        .filter(|entry| !entry.path.is_empty())
        .count())
}

/// Counts the tensors in the headers of all shards.
pub(crate) async fn metadata(http: &Http, repo: &str) -> Result<usize, Failure> {
    const START: Option<&str> = Some("bytes=0-100000");
    let url = |file: &str| format!("/{repo}/resolve/main/{file}");
    http.bytes(&url("model.safetensors"), START).await?;
    let index = url("model.safetensors.index.json");
    let index: Value = serde_json::from_slice(&http.bytes(&index, None).await?)?;
    let map = index["weight_map"].as_object().ok_or("no weight map")?;
    let mut shards: Vec<_> = map.values().filter_map(Value::as_str).collect();
    shards.sort_unstable();
    shards.dedup();
    let files = shards.into_iter().map(|file| {
        let url = url(file);
        async move { http.bytes(&url, START).await }
    });
    let mut tensors = 0;
    for file in try_join_all(files).await? {
        let (length, rest) = file.split_first_chunk().ok_or("too short")?;
        let length = usize::try_from(u64::from_le_bytes(*length))?;
        let header: Map<String, Value> = serde_json::from_slice(&rest[..length])?;
        tensors += header.len();
    }
    Ok(tensors)
}
