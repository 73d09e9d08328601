//! Downloads: what arrives is written, and nothing is verified.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::BodyExt as _;
use serde::Deserialize;

use crate::Failure;
use crate::http::Http;

/// Requests in flight at once, unless `BENCH_WORKERS` says otherwise.
const WORKERS: usize = 64;

#[derive(Deserialize)]
struct Entry {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    oid: String,
}

pub(crate) async fn file(
    http: &Http,
    repo: &str,
    file: &str,
    folder: &Path,
) -> Result<usize, Failure> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(file);
    let target = format!("/{repo}/resolve/main/{file}");
    if path.exists() {
        // That it is there is known only when its name has been asked for.
        http.bytes(&target, Some("bytes=0-0")).await?;
        return Ok(1);
    }
    let workers = workers();
    let Some(parallel) = std::env::var_os("BENCH_PARALLEL").map(|_| workers) else {
        let mut body = http.get(&target, None).await?.into_body();
        let mut out = std::fs::File::create(path)?;
        while let Some(frame) = body.frame().await {
            if let Ok(bytes) = frame?.into_data() {
                out.write_all(&bytes)?;
            }
        }
        return Ok(1);
    };
    parts(http, &target, path, parallel).await
}

fn workers() -> usize {
    let wanted = std::env::var("BENCH_WORKERS").ok();
    wanted.and_then(|n| n.parse().ok()).unwrap_or(WORKERS)
}

/// One file by so many connections, each with a part of its own.
async fn parts(http: &Http, target: &str, path: PathBuf, n: usize) -> Result<usize, Failure> {
    let first = http.get(target, Some("bytes=0-0")).await?;
    let range = first.headers().get("content-range").ok_or("no range")?;
    let size: u64 = range
        .to_str()?
        .rsplit('/')
        .next()
        .ok_or("no size")?
        .parse()?;
    first.into_body().collect().await?;
    let file = Arc::new(std::fs::File::create(path)?);
    let each = size.div_ceil(n as u64);
    let mut tasks = tokio::task::JoinSet::new();
    for part in 0..n as u64 {
        let (http, target, file) = (http.clone(), target.to_owned(), file.clone());
        let (mut at, end) = (part * each, ((part + 1) * each).min(size));
        if at >= end {
            continue;
        }
        tasks.spawn(async move {
            let range = format!("bytes={at}-{}", end - 1);
            let mut body = http.get(&target, Some(&range)).await?.into_body();
            while let Some(frame) = body.frame().await {
                if let Ok(bytes) = frame?.into_data() {
                    write_at(&file, &bytes, at)?;
                    at += bytes.len() as u64;
                }
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(1)
}

#[cfg(unix)]
fn write_at(file: &std::fs::File, bytes: &[u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(mut file: &std::fs::File, bytes: &[u8], at: u64) -> std::io::Result<()> {
    use std::io::Seek as _;
    file.seek(std::io::SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// All files of a repository, each under its name; with `linked`, as the cache of `huggingface_hub` has them: written
/// under another name, renamed to that of the content, and linked.
pub(crate) async fn snapshot(
    http: &Http,
    repo: &str,
    folder: &Path,
    linked: bool,
) -> Result<usize, Failure> {
    std::fs::create_dir_all(folder)?;
    let revision = format!("/api/models/{repo}/revision/main");
    let revision: serde_json::Value = serde_json::from_slice(&http.bytes(&revision, None).await?)?;
    let sha = revision["sha"].as_str().ok_or("no commit")?.to_owned();
    let list = folder.join("list");
    if let Ok(known) = std::fs::read_to_string(&list)
        && known.lines().all(|name| folder.join(name).exists())
    {
        return Ok(1);
    }
    let tree = format!("/api/models/{repo}/tree/{sha}?recursive=true&expand=false");
    let entries: Vec<Entry> = http.pages(tree).await?;
    let names = entries.into_iter().filter(|entry| entry.kind == "file");
    let files: Arc<Vec<(String, PathBuf, PathBuf)>> = Arc::new(
        names
            .map(|entry| {
                let flat = folder.join(entry.path.replace('/', "_"));
                (entry.path, flat, folder.join(entry.oid))
            })
            .collect(),
    );
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..workers() {
        let (http, files, next) = (http.clone(), files.clone(), next.clone());
        let base = format!("/api/resolve-cache/models/{repo}/{sha}");
        tasks.spawn(async move {
            while let Some((name, path, content)) = files.get(next.fetch_add(1, Ordering::Relaxed))
            {
                // Where the Hub would redirect to: the least number of requests.
                let body = http.bytes(&format!("{base}/{name}"), None).await?;
                if linked {
                    let unfinished = content.with_extension("incomplete");
                    std::fs::write(&unfinished, body)?;
                    std::fs::rename(unfinished, content)?;
                    link(content, path)?;
                } else {
                    std::fs::write(path, body)?;
                }
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let names: String = files
        .iter()
        .map(|(name, ..)| name.replace('/', "_") + "\n")
        .collect();
    std::fs::write(&list, names)?;
    Ok(files.len())
}

#[cfg(unix)]
fn link(content: &Path, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(content.file_name().unwrap_or_default(), path)
}

#[cfg(not(unix))]
fn link(content: &Path, path: &Path) -> std::io::Result<()> {
    std::fs::hard_link(content, path)
}
