//! The main job of the Hub, end to end: a model repository is created,
//! filled, listed, downloaded and read.
//!
//! ```sh
//! cargo run --example quickstart
//! cargo run --example quickstart -- --endpoint https://huggingface.co
//! ```
//!
//! Without an endpoint it runs against an embedded Hub; with one it needs a
//! token in `HF_TOKEN`, and deletes the repository it made.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use hf_api::HfApi;
use hf_api::cache::{Bar, SnapshotDownload};
use hf_api::types::RepoTreeEntry;
use hf_safetensors::write::{TensorData, serialize_to_file};
use hf_testhub::TestHub;

const HIDDEN: usize = 512;
const VOCABULARY: usize = 2048;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => None,
        (Some("--endpoint"), Some(endpoint)) => Some(endpoint),
        _ => return Err("usage: quickstart [--endpoint URL]".into()),
    };

    let (_hub, api) = if let Some(endpoint) = endpoint {
        (None, HfApi::builder().endpoint(&endpoint).build()?)
    } else {
        let hub = TestHub::start().await;
        let api = HfApi::builder()
            .endpoint(hub.endpoint())
            .token(hub.token())
            .build()?;
        (Some(hub), api)
    };
    let me = api.whoami().await?;
    let user = &me.name;
    let repo_id = format!("{user}/quickstart-{:08x}", std::process::id());
    println!("{user} at {}", api.client().endpoint());

    let url = api.create_repo(&repo_id).private(true).await?;
    println!("created    {url}");
    let done = fill_and_read(&api, &repo_id).await;
    api.delete_repo(&repo_id).await?;
    println!("deleted    {repo_id}");
    done
}

async fn fill_and_read(api: &HfApi, repo_id: &str) -> Result<(), Box<dyn Error>> {
    let work = tempfile::tempdir()?;
    let model = work.path().join("model");
    write_model(&model)?;

    let commit = api.upload_folder(repo_id, &model).await?;
    println!("uploaded   {}", commit.info().commit_url);

    println!("files");
    for entry in api.list_repo_tree(repo_id).recursive(true).await? {
        if let RepoTreeEntry::File(file) = entry {
            let kind = if file.lfs.is_some() { "LFS" } else { "git" };
            let size = file.size.unwrap_or_default();
            println!("  {size:>9} bytes  {kind}  {}", file.path);
        }
    }

    let folder = SnapshotDownload::new(repo_id.parse()?)
        .cache_dir(work.path().join("cache"))
        .progress(Arc::new(Bar::new(api.client().config())))
        .run(api.client())
        .await?;
    println!("downloaded {}", folder.display());

    let metadata = api.get_safetensors_metadata(repo_id).await?;
    println!("tensors");
    for file in metadata.files_metadata.values() {
        for (name, tensor) in &file.tensors {
            println!(
                "  {:5} {:12} {name}",
                tensor.dtype,
                format!("{:?}", tensor.shape)
            );
        }
    }
    let parameters: u64 = metadata.parameter_count.values().sum();
    println!("parameters {parameters}");
    Ok(())
}

/// A small model with a card: an embedding, a layer and a head.
fn write_model(folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(
        folder.join("README.md"),
        "---\nlicense: apache-2.0\nlibrary_name: safetensors\n---\n\n# A small model\n",
    )?;
    std::fs::write(
        folder.join("config.json"),
        format!("{{\"hidden_size\": {HIDDEN}, \"vocab_size\": {VOCABULARY}}}\n"),
    )?;
    let embedding = weights(VOCABULARY * HIDDEN);
    let layer = weights(HIDDEN * HIDDEN);
    let bias = weights(HIDDEN);
    let tensors = [
        (
            "embed.weight",
            TensorData::from_elements(&[VOCABULARY, HIDDEN], &embedding)?,
        ),
        (
            "layer.weight",
            TensorData::from_elements(&[HIDDEN, HIDDEN], &layer)?,
        ),
        ("layer.bias", TensorData::from_elements(&[HIDDEN], &bias)?),
    ];
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    serialize_to_file(tensors, Some(&metadata), folder.join("model.safetensors"))?;
    Ok(())
}

fn weights(count: usize) -> Vec<f32> {
    let scale = 1.0 / f32::from(u16::MAX);
    (0..count)
        .map(|at| {
            let mixed = at.wrapping_mul(0x9E37_79B9) >> 8;
            f32::from(u16::try_from(mixed & 0xFFFF).unwrap_or(0)) * scale - 0.5
        })
        .collect()
}
