//! The metadata of a model in 60 shards from a Hub 40 ms away, beside a bare client that only
//! fetches what must be fetched: `cargo run --release -p hf-api --example bench_metadata`.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use hf_api::HfApi;
use hf_api::transport::Client;
use hf_testhub::{RepoType, TestHub};
use http::header::{LOCATION, RANGE};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Map, Value, json};

type Failure = Box<dyn Error + Send + Sync>;
type Bare = legacy::Client<HttpConnector, Empty<bytes::Bytes>>;

const REPO: &str = "user/sharded";
const SHARDS: usize = 60;
const TENSORS: usize = 12;
const LATENCY: Duration = Duration::from_millis(40);
const ROUNDS: usize = 11;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let hub = TestHub::start_blocking();
    seed(&hub);
    hub.set_latency(LATENCY);
    let mut times = [Vec::new(), Vec::new()];
    let mut requests = [0, 0];
    for round in 0..2 * ROUNDS {
        let which = round % 2;
        hub.clear_requests();
        let start = Instant::now();
        let tensors = match which {
            0 => typed(&hub).await?,
            _ => bare(&hub.endpoint()).await?,
        };
        times[which].push(start.elapsed());
        requests[which] = hub.requests().len();
        assert_eq!(tensors, SHARDS * TENSORS);
    }
    for (which, name) in ["get_safetensors_metadata", "bare"].into_iter().enumerate() {
        times[which].sort();
        let (median, requests) = (times[which][ROUNDS / 2].as_millis(), requests[which]);
        println!("{name:26} {median:>4} ms  {requests} requests");
    }
    Ok(())
}

fn shard(number: usize) -> String {
    format!("model-{:05}-of-{SHARDS:05}.safetensors", number + 1)
}

fn seed(hub: &TestHub) {
    const BYTES: usize = 1 << 14;
    let repo = hub.create_repo(RepoType::Model, REPO);
    let mut weight_map = BTreeMap::new();
    for number in 0..SHARDS {
        let mut header = Map::new();
        for tensor in 0..TENSORS {
            let name = format!("model.layers.{number}.{tensor}.weight");
            let offsets = [tensor * BYTES, (tensor + 1) * BYTES];
            let info = json!({"dtype": "U8", "shape": [BYTES], "data_offsets": offsets});
            header.insert(name.clone(), info);
            weight_map.insert(name, shard(number));
        }
        let header = Value::Object(header).to_string();
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(header.as_bytes());
        file.resize(file.len() + TENSORS * BYTES, 0);
        hub.add_file(&repo, &shard(number), file);
    }
    let index = json!({"metadata": {}, "weight_map": weight_map});
    hub.add_file(&repo, "model.safetensors.index.json", index.to_string());
}

/// From a new client to the tensors.
async fn typed(hub: &TestHub) -> Result<usize, Failure> {
    let client = Client::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .build()?;
    let metadata = HfApi::from_client(client)
        .get_safetensors_metadata(REPO)
        .await?;
    let files = metadata.files_metadata.values();
    Ok(files.map(|file| file.tensors.len()).sum())
}

/// The same requests; of the headers the tensors are counted, and no more.
async fn bare(endpoint: &str) -> Result<usize, Failure> {
    let client: Bare = legacy::Client::builder(TokioExecutor::new()).build_http();
    let url = |file: &str| format!("{endpoint}/{REPO}/resolve/main/{file}");
    get(&client, url("model.safetensors")).await?;
    let index = get(&client, url("model.safetensors.index.json")).await?;
    let index: Value = serde_json::from_slice(&index)?;
    let map = index["weight_map"].as_object().ok_or("no weight map")?;
    let mut shards: Vec<_> = map.values().filter_map(Value::as_str).collect();
    shards.dedup();
    let files = shards.into_iter().map(|file| get(&client, url(file)));
    let mut tensors = 0;
    for file in try_join_all(files).await? {
        let (length, rest) = file.split_first_chunk().ok_or("too short")?;
        let length = usize::try_from(u64::from_le_bytes(*length))?;
        let header: Map<String, Value> = serde_json::from_slice(&rest[..length])?;
        tensors += header.len();
    }
    Ok(tensors)
}

async fn get(client: &Bare, mut url: String) -> Result<bytes::Bytes, Failure> {
    loop {
        let request = http::Request::get(&url)
            .header(RANGE, "bytes=0-100000")
            .body(Empty::new())?;
        let answer = client.request(request).await?;
        let location = answer.headers().get(LOCATION).cloned();
        let body = answer.into_body().collect().await?.to_bytes();
        let Some(location) = location else {
            return Ok(body);
        };
        let location = location.to_str()?;
        url = if location.starts_with('/') {
            let authority = url.parse::<http::Uri>()?;
            let authority = authority.authority().ok_or("no authority")?.clone();
            format!("http://{authority}{location}")
        } else {
            location.to_owned()
        };
    }
}
