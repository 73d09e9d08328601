//! Downloads the weights of a model and reads its tensors.

use std::path::Path;

use hf_api::Result;
use hf_api::safetensors::shards::Sharded;
use hf_api::safetensors::write::{TensorData, serialize};
use hf_testhub::{RepoType, TestHub};
use serde_json::json;

use super::api;

/// Returns the sum of all elements of a model of `f32` tensors.
async fn sum_of_weights(api: &hf_api::HfApi, repo_id: &str, cache: &Path) -> Result<f32> {
    let folder = api
        .snapshot_download(repo_id)
        .allow_patterns(["*.safetensors", "*.safetensors.index.json"])
        .cache_dir(cache)
        .await?;
    let model = Sharded::open_folder(folder).expect("a safetensors checkpoint");
    let mut sum = 0.0;
    for (name, entry) in model.tensors() {
        assert_eq!(entry.shape(), [2], "{name}");
        let bytes = model.read(name).expect("a readable tensor");
        sum += bytes
            .chunks_exact(4)
            .map(|number| f32::from_le_bytes(number.try_into().unwrap()))
            .sum::<f32>();
    }
    Ok(sum)
}

fn shard(tensor: &str, elements: &[f32]) -> Vec<u8> {
    let shape = [elements.len()];
    let data = TensorData::from_elements(&shape, elements).unwrap();
    serialize([(tensor, data)], None).unwrap()
}

#[tokio::test]
async fn a_sharded_model_is_downloaded_and_its_tensors_are_read() {
    let hub = TestHub::start().await;
    let repo = hub.create_repo(RepoType::Model, "user/sharded");
    let (first, second) = (
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    );
    hub.add_file(&repo, first, shard("wte.weight", &[1.0, 2.0]));
    hub.add_file(&repo, second, shard("wpe.weight", &[3.0, 4.0]));
    let index = json!({
        "metadata": {"total_size": 16},
        "weight_map": {"wte.weight": first, "wpe.weight": second},
    });
    hub.add_file(&repo, "model.safetensors.index.json", index.to_string());
    hub.add_file(&repo, "pytorch_model.bin", vec![0; 1000]);

    let cache = tempfile::tempdir().unwrap();
    let api = api(&hub);
    let sum = sum_of_weights(&api, "user/sharded", cache.path())
        .await
        .unwrap();
    assert!((sum - 10.0).abs() < f32::EPSILON);
    let downloaded = hub.count_requests(|request| request.path.ends_with("pytorch_model.bin"));
    assert_eq!(downloaded, 0, "the other format is left alone");
}
