//! One task by the `hf-hub` crate: `hf-hub-peer TASK WORDS` as `bench_client` takes them, or `hf-hub-peer METHOD
//! ARGUMENTS` with the arguments as JSON, as `hf call` takes them.

use futures_util::TryStreamExt as _;
use hf_hub::repository::AddSource;
use hf_hub::{HFClient, HFRepository, RepoTypeModel};
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match *words {
            [method, arguments] if arguments.starts_with('{') => {
                call(method, &serde_json::from_str(arguments)?).await
            }
            _ => perform(&words).await,
        }
    })
}

/// What `cargo xtask bench` asks for.
async fn perform(words: &[&str]) -> Result<()> {
    let client = HFClient::new()?;
    match *words {
        ["whoami"] => {
            client.whoami().send().await?;
        }
        ["list"] => {
            let models = client.list_models().send()?;
            models.try_for_each(|_| async { Ok(()) }).await?;
        }
        ["tree", id] => {
            let repo = model(&client, id);
            let tree = repo.list_tree().recursive(true).send()?;
            tree.try_for_each(|_| async { Ok(()) }).await?;
        }
        ["snapshot", id] => {
            model(&client, id).snapshot_download().send().await?;
        }
        ["download", id, file] => {
            model(&client, id).download_file().filename(file).send().await?;
        }
        ["upload", id, folder] => {
            model(&client, id).upload_folder().folder_path(folder).send().await?;
        }
        _ => return Err(format!("hf-hub has nothing for {words:?}").into()),
    }
    Ok(())
}

/// What `cargo xtask bench xet` asks for.
async fn call(method: &str, arguments: &Value) -> Result<()> {
    let text = |name: &str| arguments[name].as_str().unwrap_or_default().to_owned();
    let client = HFClient::new()?;
    let repo = model(&client, &text("repo_id"));
    match method {
        "hf_hub_download" => {
            let download = repo.download_file().filename(text("filename"));
            download.local_dir(text("local_dir")).send().await?;
        }
        "snapshot_download" => {
            repo.snapshot_download().local_dir(text("local_dir")).send().await?;
        }
        "upload_file" => {
            let source = AddSource::file(text("path_or_fileobj"));
            let upload = repo.upload_file().source(source);
            upload.path_in_repo(text("path_in_repo")).send().await?;
        }
        "upload_folder" => {
            repo.upload_folder().folder_path(text("folder_path")).send().await?;
        }
        _ => return Err(format!("hf-hub has nothing for {method}").into()),
    }
    Ok(())
}

fn model(client: &HFClient, id: &str) -> HFRepository<RepoTypeModel> {
    let (owner, name) = id.split_once('/').unwrap_or((id, ""));
    client.model(owner, name)
}
