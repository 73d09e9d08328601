//! The five hottest paths, each so often as the command line says: `hf-hot-paths PATH TIMES`.
//!
//! `cargo xtask bench instructions` runs them under callgrind. No socket is opened, nothing is random: two runs take the
//! same instructions but for the seeds of hash maps and the order of threads.

mod hub;

use std::hint::black_box;

use futures_util::TryStreamExt as _;
use hf_cache::SnapshotDownload;
use hf_cas::{Hash, HashTree, chunks};
use hf_safetensors::Header;
use hf_transport::Request;
use hf_types::ModelInfo;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "usage: hf-hot-paths requests | models | header | chunks | snapshot TIMES";

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [path, times] = &words[..] else {
        return Err(USAGE.into());
    };
    let times: usize = times.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match path.as_str() {
        "requests" => runtime.block_on(requests(times)),
        "models" => runtime.block_on(models(times)),
        "header" => header(times),
        "chunks" => {
            chunked(times);
            Ok(())
        }
        "snapshot" => runtime.block_on(snapshot(times)),
        _ => Err(USAGE.into()),
    }
}

/// Hundred requests through the whole stack, one after the other.
async fn requests(times: usize) -> Result<()> {
    let client = hub::client()?;
    for _ in 0..times * 100 {
        let response = client.execute(Request::get("/api/models/user/one")).await?;
        let model: ModelInfo = response.json().await?;
        black_box(model);
    }
    Ok(())
}

/// A page of 1,000 models.
async fn models(times: usize) -> Result<()> {
    let client = hub::client()?;
    for _ in 0..times {
        let pages = client.pages::<ModelInfo>(Request::get("/api/models"));
        let models: Vec<ModelInfo> = pages.try_collect().await?;
        assert_eq!(models.len(), hub::MODELS);
    }
    Ok(())
}

/// The header of a file of 1,000 tensors.
fn header(times: usize) -> Result<()> {
    let file = hub::safetensors();
    for _ in 0..times {
        black_box(Header::parse(black_box(&file))?.len());
    }
    Ok(())
}

/// 4 MiB cut into chunks, and their BLAKE3 hashes.
fn chunked(times: usize) {
    let data = hub::noise(4 << 20);
    for _ in 0..times {
        let mut tree = HashTree::new();
        for chunk in chunks(black_box(&data)) {
            tree.push(Hash::of_chunk(chunk), chunk.len() as u64);
        }
        black_box(tree.file_hash());
    }
}

/// A snapshot of 500 files that are all in the cache; the first time, they are downloaded.
async fn snapshot(times: usize) -> Result<()> {
    let client = hub::client()?;
    let cache = tempfile::tempdir()?;
    for _ in 0..times {
        let call = SnapshotDownload::new("user/files".parse()?).cache_dir(cache.path());
        black_box(call.run(&client).await?);
    }
    Ok(())
}
