//! Downloads a file or a snapshot, as the environment configures the client.
//!
//! ```text
//! download REPO_ID [--file PATH] [--repo-type TYPE] [--revision REVISION] [--local-dir DIR] [--allow PATTERN] [--offline]
//!          [--force] [--lookup PATH]
//! download --scan             what is in the cache, as JSON, if all of it is right
//! download --delete COMMIT    removes a revision from the cache
//! ```

use hf_cache::{
    CachedFile, HfHubDownload, SnapshotDownload, scan_cache_dir, try_to_load_from_cache,
};
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
    if repo_id == "--delete" {
        return delete(&client, &arguments.next().ok_or("which commit?")?);
    }
    let mut call = SnapshotDownload::new(repo_id.parse()?);
    let (mut file, mut lookup) = (None, None);
    while let Some(name) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{name} needs a value"))
        };
        match name.as_str() {
            "--file" => file = Some(value()?),
            "--lookup" => lookup = Some(value()?),
            "--repo-type" => call.repo_type = value()?.parse()?,
            "--revision" => call.revision = value()?.parse()?,
            "--local-dir" => call.local_dir = Some(value()?.into()),
            "--allow" => call.allow_patterns.get_or_insert_default().push(value()?),
            "--offline" => call.local_files_only = true,
            "--force" => call.force_download = true,
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    if let Some(path) = lookup {
        let (cache, path) = (&client.config().hub_cache, path.parse()?);
        match try_to_load_from_cache(cache, call.repo_type, &call.repo_id, &call.revision, &path) {
            CachedFile::Found(path) => println!("{}", path.display()),
            other => println!("{other:?}"),
        }
        return Ok(());
    }
    let Some(file) = file else {
        let snapshot = call.run(&client).await?;
        println!("{}", snapshot.folder().ok_or("no folder")?.display());
        return Ok(());
    };
    let mut single = HfHubDownload::new(call.repo_id, file);
    single.repo_type = call.repo_type;
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
    if info.warnings.is_empty() && report.corrupted.is_empty() {
        println!("{}", serde_json::to_string(&info)?);
        return Ok(());
    }
    Err("the cache is not as it should be".into())
}

fn delete(client: &Client, commit: &str) -> Result<(), Failure> {
    let strategy = scan_cache_dir(&client.config().hub_cache)?.delete_revisions([commit]);
    let report = strategy.execute();
    for (path, why) in &report.skipped {
        println!("{}: {why}", path.display());
    }
    println!("{} bytes", strategy.expected_freed_size);
    Ok(())
}
