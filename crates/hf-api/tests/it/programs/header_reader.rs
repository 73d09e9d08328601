//! Lists the tensors of a remote file from its header.

use hf_api::safetensors::write::{TensorData, serialize};
use hf_api::{HfApi, Result};
use hf_testhub::{Listener, RepoType, TestHub};
use serde_json::{Map, Value};

use super::api;

/// Returns the names of the tensors of a safetensors file, from two ranges of
/// it.
async fn tensor_names(api: &HfApi, repo_id: &str, filename: &str) -> Result<Vec<String>> {
    let file = api.open_file(repo_id, filename).await?;
    let length = file.read_range(0..8).await?;
    let length = u64::from_le_bytes(length[..].try_into().expect("eight bytes"));
    let header = file.read_range(8..8 + length).await?;
    let header: Map<String, Value> = serde_json::from_slice(&header).expect("a JSON header");
    Ok(header
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| name != "__metadata__")
        .collect())
}

#[tokio::test]
async fn the_tensors_of_a_large_file_are_listed_without_downloading_it() {
    let hub = TestHub::start().await;
    let repo = hub.create_repo(RepoType::Model, "user/large");
    let elements = vec![1.0_f32; 500_000];
    let shape = [elements.len()];
    let tensor = || TensorData::from_elements(&shape, &elements).unwrap();
    let file = serialize([("a", tensor()), ("b", tensor())], None).unwrap();
    let size = file.len() as u64;
    hub.add_file(&repo, "model.safetensors", file);

    let api = api(&hub);
    let names = tensor_names(&api, "user/large", "model.safetensors");
    assert_eq!(names.await.unwrap(), ["a", "b"]);
    // The same in one call.
    let metadata = api
        .parse_safetensors_file_metadata("user/large", "model.safetensors")
        .await
        .unwrap();
    assert_eq!(metadata.tensors["a"].shape, [500_000]);
    let sent = hub.bytes_sent(Listener::Hub) + hub.bytes_sent(Listener::Storage);
    assert!(sent < size / 4, "{sent} of {size} bytes were sent");
}
