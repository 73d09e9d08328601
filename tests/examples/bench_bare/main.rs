//! What `cargo xtask bench` compares with: a client that makes the requests that must be made, and does nothing else with
//! what it gets. No retry, no check, no resume, no token but where the Hub asks for one.

mod calls;
mod download;
mod http;
mod upload;

use std::io::Write as _;
use std::path::Path;

use hf_api::transport::digest::Sha256Hasher;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

const USAGE: &str = "usage: bench_bare whoami | list | tree REPO | metadata REPO | snapshot REPO \
                     | snapshot-linked REPO | download REPO FILE | upload REPO FOLDER | sha256 BYTES";

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let ["sha256", bytes] = words[..] {
        hash(bytes.parse()?);
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let count = runtime.block_on(perform(&words))?;
    println!("{count}");
    std::io::stdout().flush()?;
    std::process::exit(0)
}

async fn perform(words: &[&str]) -> Result<usize, Failure> {
    let http = http::Http::from_env()?;
    let home = std::env::var("HF_HOME").unwrap_or_else(|_| ".".to_owned());
    let home = Path::new(&home);
    match *words {
        ["whoami"] => calls::whoami(&http).await,
        ["list"] => calls::list(&http).await,
        ["tree", repo] => calls::tree(&http, repo).await,
        ["metadata", repo] => calls::metadata(&http, repo).await,
        ["snapshot", repo] => download::snapshot(&http, repo, home, false).await,
        ["snapshot-linked", repo] => download::snapshot(&http, repo, home, true).await,
        ["download", repo, file] => download::file(&http, repo, file, home).await,
        ["upload", repo, folder] => upload::folder(repo, Path::new(folder)).await,
        _ => Err(USAGE.into()),
    }
}

/// The time that SHA-256 takes for so many bytes.
fn hash(bytes: usize) {
    let part = vec![7; 256 * 1024];
    let mut hasher = Sha256Hasher::new();
    for _ in 0..bytes / part.len() {
        hasher.update(&part);
    }
    std::hint::black_box(hasher.finish());
}
