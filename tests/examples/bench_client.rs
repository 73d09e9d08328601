//! The client that `cargo xtask bench` measures: one task a process.

use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use hf_api::HfApi;
use hf_api::cache::scan_cache_dir;
use hf_api::commit::{CommitScheduler, RepoTarget};
use hf_api::transport::Request;
use hf_api::types::ModelInfo;
use tokio::runtime::Builder;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: bench_client whoami | list | tree REPO | info REPO | metadata REPO | pages MS \
                     | pages-in-turn MS | stream | plan REPO | calls N | scan FOLDER | pushes REPO N | delete REPO PATTERN \
                     | snapshot REPO | download REPO FILE | upload REPO FOLDER | sync SOURCE DEST | sync-plan SOURCE DEST";

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let moves_files = matches!(
        words.first(),
        Some(&("snapshot" | "download" | "upload" | "pushes" | "sync"))
    );
    let runtime = if moves_files {
        Builder::new_multi_thread().enable_all().build()?
    } else {
        Builder::new_current_thread().enable_all().build()?
    };
    let count = runtime.block_on(perform(&words))?;
    println!("{count}");
    // Ending by itself would wait for idle connections to be dropped one by one.
    std::io::stdout().flush()?;
    std::process::exit(0)
}

async fn perform(words: &[&str]) -> Result<usize> {
    let api = HfApi::new()?;
    Ok(match *words {
        ["whoami"] => api.whoami().await?.name.len(),
        ["list"] => api.list_models().await?.len(),
        ["tree", repo_id] => api.list_repo_tree(repo_id).recursive(true).await?.len(),
        ["info", repo_id] => {
            let info = api.model_info(repo_id).await?;
            info.siblings.map_or(0, |files| files.len())
        }
        ["metadata", repo_id] => {
            let metadata = api.get_safetensors_metadata(repo_id).await?;
            let files = metadata.files_metadata.values();
            files.map(|file| file.tensors.len()).sum()
        }
        ["stream"] => {
            let models = api.list_models().stream();
            models.try_fold(0, async |n, _| Ok(n + 1)).await?
        }
        ["plan", repo_id] => api.snapshot_download(repo_id).dry_run().await?.len(),
        ["calls", n] => {
            let calls = (0..n.parse()?).map(|_| api.whoami().into_future());
            futures_util::future::try_join_all(calls).await?.len()
        }
        ["scan", folder] => scan_cache_dir(folder)?.repos.len(),
        ["pushes", repo_id, n] => pushes(&api, repo_id, n.parse()?).await?,
        ["delete", repo_id, pattern] => {
            api.delete_files(repo_id, [pattern]).await?;
            1
        }
        ["pages", work] => pages(&api, work, true).await?,
        ["pages-in-turn", work] => pages(&api, work, false).await?,
        ["snapshot", repo_id] => {
            api.snapshot_download(repo_id).await?;
            1
        }
        ["download", repo_id, file] => {
            api.hf_hub_download(repo_id, file).await?;
            1
        }
        ["upload", repo_id, folder] => {
            api.upload_folder(repo_id, folder).await?;
            1
        }
        ["sync", source, dest] => {
            api.create_bucket("user/data").exist_ok(true).await?;
            let call = api.sync_bucket().source(source).dest(dest);
            call.await?.operations.len()
        }
        ["sync-plan", source, dest] => {
            let call = api.sync_bucket().source(source).dest(dest).dry_run(true);
            call.await?.operations.len()
        }
        _ => return Err(USAGE.into()),
    })
}

/// Reads all models and works this many milliseconds on each page, which keeps the only thread busy.
async fn pages(api: &HfApi, work: &str, ahead: bool) -> Result<usize> {
    let work = Duration::from_millis(work.parse()?);
    let request = Request::get("/api/models").query("limit", 1000);
    let mut pages = api.client().response_pages(request).prefetch(ahead);
    let mut count = 0;
    while let Some(page) = pages.try_next().await? {
        count += page.json::<Vec<ModelInfo>>()?.len();
        let start = Instant::now();
        while start.elapsed() < work {
            std::hint::spin_loop();
        }
    }
    Ok(count)
}

/// Pushes a file so often, which grows by a line each time.
async fn pushes(api: &HfApi, repo_id: &str, n: usize) -> Result<usize> {
    let folder = tempfile::tempdir()?;
    let target = RepoTarget::model(repo_id)?;
    let scheduler = CommitScheduler::builder(api.client().clone(), target, folder.path())
        .every(Duration::from_secs(86_400))
        .start()
        .await?;
    let mut log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.path().join("log.jsonl"))?;
    let mut commits = 0;
    for line in 0..n {
        writeln!(log, "{{\"line\": {line}}}")?;
        commits += usize::from(scheduler.trigger().await?.is_some());
    }
    scheduler.stop().await?;
    Ok(commits)
}
