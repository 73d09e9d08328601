//! Downloads a file or a snapshot, as the environment configures the client.
//!
//! ```text
//! download REPO_ID [--file PATH] [--revision REVISION] [--local-dir DIR] [--allow PATTERN] [--offline] [--force]
//! download --scan        what is in the cache, and whether it is right
//! ```

use hf_cache::{HfHubDownload, SnapshotDownload, scan_cache_dir};
use hf_transport::Client;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let repo_id = arguments.next().ok_or("which repository?")?;
    let client = Client::new()?;
    if repo_id == "--scan" {
        return scan(&client);
    }
    let mut call = SnapshotDownload::new(repo_id.parse()?);
    let mut file = None;
    while let Some(name) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{name} needs a value"))
        };
        match name.as_str() {
            "--file" => file = Some(value()?),
            "--revision" => call.revision = value()?.parse()?,
            "--local-dir" => call.local_dir = Some(value()?.into()),
            "--allow" => call.allow_patterns.get_or_insert_default().push(value()?),
            "--offline" => call.local_files_only = true,
            "--force" => call.force_download = true,
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    let Some(file) = file else {
        let snapshot = call.run(&client).await?;
        println!("{}", snapshot.folder().ok_or("no folder")?.display());
        return Ok(());
    };
    let mut single = HfHubDownload::new(call.repo_id, file);
    single.revision = call.revision;
    single.local_dir = call.local_dir;
    single.local_files_only = call.local_files_only;
    single.force_download = call.force_download;
    println!("{}", single.run(&client).await?.path().display());
    Ok(())
}

fn scan(client: &Client) -> Result<(), Failure> {
    let info = scan_cache_dir(&client.config().hub_cache)?;
    let report = info.verify();
    for warning in &info.warnings {
        println!("{warning}");
    }
    for file in &report.corrupted {
        println!("{}: {}", file.file_path.display(), file.reason);
    }
    println!(
        "{} bytes, {} repositories, {} contents checked",
        info.size_on_disk,
        info.repos.len(),
        report.checked
    );
    if info.warnings.is_empty() && report.corrupted.is_empty() {
        return Ok(());
    }
    Err("the cache is not as it should be".into())
}
