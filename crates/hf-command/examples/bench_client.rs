//! The client that `cargo xtask bench` measures: one typed call a process.

use std::error::Error;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use hf_api::HfApi;
use hf_api::transport::Request;
use hf_api::types::ModelInfo;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let repo_id = arguments.next().unwrap_or_default();
    let api = HfApi::new()?;
    let count = match what.as_str() {
        "whoami" => usize::from(!api.whoami().await?.name.is_empty()),
        "list" => api.list_models().await?.len(),
        "tree" => api.list_repo_tree(repo_id).recursive(true).await?.len(),
        "info" => api
            .model_info(repo_id)
            .await?
            .siblings
            .map_or(0, |files| files.len()),
        "pages" => pages(&api, &repo_id, true).await?,
        "pages-in-turn" => pages(&api, &repo_id, false).await?,
        _ => {
            return Err("usage: bench_client whoami | list | tree REPO | info REPO \
                        | pages MS | pages-in-turn MS"
                .into());
        }
    };
    println!("{count}");
    Ok(())
}

/// Reads all models and works this many milliseconds on each page, which keeps
/// the only thread busy.
async fn pages(api: &HfApi, work: &str, ahead: bool) -> Result<usize, Box<dyn Error>> {
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
