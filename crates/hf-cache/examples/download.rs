//! Downloads a file or a snapshot, as the environment configures the client.
//!
//! ```text
//! download REPO_ID [--file PATH] [--repo-type TYPE] [--revision REVISION] [--local-dir DIR] [--allow PATTERN] [--offline]
//!          [--force] [--lookup PATH]
//! download --scan             what is in the cache, as JSON, if all of it is right
//! download --delete COMMIT    removes a revision from the cache
//! ```

use hf_cache::{
    CachedFile, DownloadOptions, HfHubDownload, SnapshotDownload, scan_cache_dir,
    try_to_load_from_cache,
};
use hf_transport::Client;
use hf_types::{RepoId, RepoType, Revision};

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
    let repo_id: RepoId = repo_id.parse()?;
    let (mut repo_type, mut revision) = (RepoType::Model, Revision::default());
    let (mut file, mut lookup, mut local_dir) = (None, None, None);
    let mut patterns = Vec::new();
    let mut options = DownloadOptions::new();
    while let Some(name) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{name} needs a value"))
        };
        match name.as_str() {
            "--file" => file = Some(value()?),
            "--lookup" => lookup = Some(value()?),
            "--repo-type" => repo_type = value()?.parse()?,
            "--revision" => revision = value()?.parse()?,
            "--local-dir" => local_dir = Some(value()?),
            "--allow" => patterns.push(value()?),
            "--offline" => options = options.local_files_only(true),
            "--force" => options = options.force_download(true),
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    if let Some(path) = lookup {
        let (cache, path) = (&client.config().hub_cache, path.parse()?);
        match try_to_load_from_cache(cache, repo_type, &repo_id, &revision, &path) {
            CachedFile::Found(path) => println!("{}", path.display()),
            other => println!("{other:?}"),
        }
        return Ok(());
    }
    let path = if let Some(file) = file {
        let mut call = HfHubDownload::new(repo_id, file)
            .repo_type(repo_type)
            .revision(revision)
            .options(options);
        if let Some(folder) = local_dir {
            call = call.local_dir(folder);
        }
        call.run(&client).await?
    } else {
        let mut call = SnapshotDownload::new(repo_id)
            .repo_type(repo_type)
            .revision(revision)
            .options(options);
        if let Some(folder) = local_dir {
            call = call.local_dir(folder);
        }
        if !patterns.is_empty() {
            call = call.allow_patterns(patterns);
        }
        call.run(&client).await?
    };
    println!("{}", path.display());
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
