//! The client that `cargo xtask bench` measures: one typed call a process.

use std::error::Error;

use hf_api::HfApi;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let repo_id = arguments.next().unwrap_or_default();
    let api = HfApi::new()?;
    let count = match what.as_str() {
        "whoami" => usize::from(api.whoami().await?["name"].is_string()),
        "list" => api.list_models().await?.len(),
        "tree" => api.list_repo_tree(repo_id).recursive(true).await?.len(),
        "info" => api
            .model_info(repo_id)
            .await?
            .siblings
            .map_or(0, |files| files.len()),
        _ => return Err("usage: bench_client whoami | list | tree REPO | info REPO".into()),
    };
    println!("{count}");
    Ok(())
}
