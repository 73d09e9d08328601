//! What safetensors files hold, read from afar: few requests, side by side, and never more than is needed.

use std::time::Duration;

use hf_api::HfApi;
use hf_testhub::{Blob, Fault, Listener, Op, RepoType, TestHub};
use http::Method;
use serde_json::json;

const SHARDS: usize = 20;
const REPO: &str = "user/model";

/// A file with one tensor of bytes, and `padding` bytes of notes in its header.
fn file(tensor: &str, bytes: usize, padding: usize) -> Blob {
    let header = json!({
        "__metadata__": {"notes": "x".repeat(padding)},
        tensor: {"dtype": "U8", "shape": [bytes], "data_offsets": [0, bytes]},
    })
    .to_string();
    let mut content = (header.len() as u64).to_le_bytes().to_vec();
    content.extend_from_slice(header.as_bytes());
    content.resize(content.len() + bytes, 0);
    Blob::from(content)
}

async fn hub() -> (TestHub, HfApi) {
    let hub = TestHub::start().await;
    hub.create_repo(RepoType::Model, REPO);
    let api = HfApi::builder()
        .endpoint(hub.endpoint())
        .no_token()
        .build()
        .unwrap();
    (hub, api)
}

fn gets(hub: &TestHub, name: &str) -> usize {
    hub.count_requests(|r| r.method == Method::GET && r.path.ends_with(name))
}

#[tokio::test]
async fn shards_side_by_side_one_request_each() {
    let (hub, api) = hub().await;
    let shard = |i: usize| format!("model-{i:05}.safetensors");
    let weights: serde_json::Map<_, _> = (0..SHARDS)
        .map(|i| (format!("tensor-{i}"), json!(shard(i))))
        .collect();
    let index = json!({"metadata": {"total_size": 10 * SHARDS}, "weight_map": weights});
    let shards = (0..SHARDS).map(|i| Op::add(shard(i), file(&format!("tensor-{i}"), 10, 0)));
    let index = Op::add("model.safetensors.index.json", index.to_string());
    hub.commit(REPO, "shards", shards.chain([index]));
    hub.set_resolve_cache(false);
    hub.set_latency(Duration::from_millis(50));
    hub.clear_requests();
    let metadata = api.get_safetensors_metadata(REPO).await.unwrap();
    assert_eq!(metadata.files_metadata.len(), SHARDS);
    for i in 0..SHARDS {
        assert_eq!(gets(&hub, &shard(i)), 1, "{i}");
    }
    // Besides the shards, each of which is in the storage: the single file that is not there, and the index.
    assert_eq!(hub.requests().len(), 2 * SHARDS + 2);
    assert!(hub.most_in_flight(Listener::Hub) > SHARDS / 2);
}

#[tokio::test]
async fn a_long_header_costs_a_second_request() {
    let (hub, api) = hub().await;
    hub.set_resolve_cache(false);
    hub.add_file(REPO, "short.safetensors", file("a", 10, 90_000));
    hub.add_file(REPO, "long.safetensors", file("a", 10, 110_000));
    for (name, count) in [("short.safetensors", 1), ("long.safetensors", 2)] {
        hub.clear_requests();
        let metadata = api.parse_safetensors_file_metadata(REPO, name).await;
        assert!(metadata.unwrap().tensors.contains_key("a"));
        assert_eq!(gets(&hub, name), count, "{name}");
    }
}

#[tokio::test]
async fn no_more_is_read_from_a_server_that_ignores_the_range() {
    let (hub, api) = hub().await;
    hub.set_resolve_cache(false);
    hub.add_file(REPO, "model.safetensors", file("a", 3_000_000, 0));
    // The whole file is on its way, and stops for ever not far behind what was asked for.
    let fault = hub.fault(
        Fault::on(Method::GET, "/objects/*")
            .at(Listener::Storage)
            .ignore_range()
            .stall_after(400_000)
            .always(),
    );
    let metadata = api.get_safetensors_metadata(REPO).await.unwrap();
    assert_eq!(fault.fired(), 1);
    assert!(
        metadata.files_metadata["model.safetensors"]
            .tensors
            .contains_key("a")
    );
}
