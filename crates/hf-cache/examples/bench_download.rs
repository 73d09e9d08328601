//! Measures downloads against `hf-testhub` in another process, and beside them a bare client that fetches the same bytes and
//! checks nothing.
//!
//! ```text
//! cargo build --release -p hf-testhub -p hf-cache --bins --examples
//! target/release/examples/bench_download [CASE...]
//! ```
//!
//! Each measurement is a process of its own: wall time from start to end, and peak memory. The best of several runs counts.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hf_cache::{HfHubDownload, SnapshotDownload};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client as Bare;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Requests that the bare client has under way at once; as many as ours.
const WORKERS: usize = 32;
const FILES: usize = 2000;

struct Case {
    name: &'static str,
    hub: &'static [&'static str],
    file: Option<&'static str>,
    warm: bool,
    /// Runs that count, after one that does not; 1: one run only.
    runs: usize,
}

const CASES: [Case; 6] = [
    Case {
        name: "cold snapshot of 2,000 files",
        hub: &["--seed-files", "2000"],
        file: None,
        warm: false,
        runs: 5,
    },
    Case {
        name: "warm snapshot of 2,000 files",
        hub: &["--seed-files", "2000"],
        file: None,
        warm: true,
        runs: 5,
    },
    Case {
        name: "cold, 40 ms latency",
        hub: &["--seed-files", "2000", "--latency", "40"],
        file: None,
        warm: false,
        runs: 1,
    },
    Case {
        name: "2 GiB file, verified",
        hub: &["--seed-blob", "2147483648"],
        file: Some("model.safetensors"),
        warm: false,
        runs: 3,
    },
    Case {
        name: "2 GiB file, present",
        hub: &["--seed-blob", "2147483648"],
        file: Some("model.safetensors"),
        warm: true,
        runs: 3,
    },
    Case {
        name: "1 GiB file, 50 MB/s per connection",
        hub: &["--seed-blob", "1073741824", "--bandwidth", "50000000"],
        file: Some("model.safetensors"),
        warm: false,
        runs: 1,
    },
];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, endpoint, folder, rest @ ..] = &arguments[..]
        && mode.starts_with("--child-")
    {
        return child(
            mode,
            endpoint,
            Path::new(folder),
            rest.first().map(String::as_str),
        );
    }
    println!(
        "{:36} {:>9} {:>9} {:>6} {:>8}",
        "case", "hf-cache", "bare", "ratio", "peak MB"
    );
    for case in &CASES {
        if arguments.is_empty() || arguments.iter().any(|a| case.name.contains(a.as_str())) {
            measure(case)?;
        }
    }
    Ok(())
}

struct Hub(Child, String);

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_hub(arguments: &[&str]) -> Result<Hub, Failure> {
    let program = std::env::current_exe()?
        .ancestors()
        .nth(2)
        .ok_or("no folder of programs")?
        .join("hf-testhub");
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let line = lines.next().ok_or("the Hub said nothing")??;
    let endpoint = line.trim_start_matches("HF_ENDPOINT=").to_owned();
    std::thread::spawn(move || lines.for_each(drop));
    Ok(Hub(child, endpoint))
}

fn measure(case: &Case) -> Result<(), Failure> {
    let hub = start_hub(case.hub)?;
    let dir = tempfile::tempdir()?;
    let mut best = [Duration::MAX; 2];
    let mut peak = 0;
    for run in 0..=case.runs {
        for (i, mode) in ["--child-ours", "--child-bare"].into_iter().enumerate() {
            let folder = if case.warm {
                dir.path().join(mode)
            } else {
                dir.path().join(format!("{mode}-{run}"))
            };
            let began = Instant::now();
            let output = Command::new(std::env::current_exe()?)
                .args([mode, &hub.1])
                .arg(&folder)
                .args(case.file)
                .stderr(Stdio::inherit())
                .output()?;
            let took = began.elapsed();
            if !output.status.success() {
                return Err(format!("{}: {mode} failed", case.name).into());
            }
            if !case.warm {
                std::fs::remove_dir_all(&folder)?;
            }
            // The first run warms the caches of the system, and makes a warm case warm.
            if run > 0 || (case.runs == 1 && !case.warm) {
                best[i] = best[i].min(took);
                if i == 0 {
                    peak = peak.max(String::from_utf8(output.stdout)?.trim().parse()?);
                }
            }
        }
        if case.runs == 1 && !case.warm {
            break;
        }
    }
    let [ours, bare] = best.map(|d| d.as_secs_f64());
    println!(
        "{:36} {ours:8.3}s {bare:8.3}s {:6.2} {:8.1}",
        case.name,
        ours / bare,
        f64::from(peak) / 1024.0
    );
    Ok(())
}

fn child(mode: &str, endpoint: &str, folder: &Path, file: Option<&str>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match mode {
            "--child-ours" => ours(endpoint, folder, file).await,
            _ => bare(endpoint, folder, file).await,
        }
    })?;
    println!("{}", peak_memory_kib()?);
    // Ending by itself would wait for idle connections to be dropped one by one.
    std::io::stdout().flush()?;
    std::process::exit(0)
}

fn peak_memory_kib() -> Result<u32, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

async fn ours(endpoint: &str, folder: &Path, file: Option<&str>) -> Result<(), Failure> {
    let client = hf_transport::Client::builder()
        .endpoint(endpoint)
        .no_token()
        .build()?;
    if let Some(file) = file {
        let mut call = HfHubDownload::new("user/blob".parse()?, file);
        call.cache_dir = Some(folder.to_path_buf());
        call.run(&client).await?;
    } else {
        let mut call = SnapshotDownload::new("user/files".parse()?);
        call.cache_dir = Some(folder.to_path_buf());
        call.run(&client).await?;
    }
    Ok(())
}

type BareClient = Bare<HttpConnector, Empty<Bytes>>;

async fn get(
    client: &BareClient,
    endpoint: &str,
    target: &str,
) -> Result<http::Response<hyper::body::Incoming>, Failure> {
    let mut url = format!("{endpoint}{target}");
    loop {
        let answer = client.get(url.parse()?).await?;
        let Some(location) = answer.headers().get("location") else {
            return Ok(answer);
        };
        let location = location.to_str()?.to_owned();
        answer.into_body().collect().await?;
        url = if location.starts_with('/') {
            format!("{endpoint}{location}")
        } else {
            location
        };
    }
}

/// Fetches what must be fetched and writes it; no check, no link, no resume.
async fn bare(endpoint: &str, folder: &Path, file: Option<&str>) -> Result<(), Failure> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: BareClient = Bare::builder(TokioExecutor::new()).build(connector);
    std::fs::create_dir_all(folder)?;
    if let Some(file) = file {
        let path = folder.join(file);
        let head = client
            .request(
                http::Request::head(format!("{endpoint}/user/blob/resolve/main/{file}"))
                    .body(Empty::new())?,
            )
            .await?;
        if path.exists() {
            return Ok(());
        }
        drop(head);
        let mut body = get(
            &client,
            endpoint,
            &format!("/user/blob/resolve/main/{file}"),
        )
        .await?
        .into_body();
        let mut out = std::fs::File::create(path)?;
        while let Some(frame) = body.frame().await {
            if let Ok(bytes) = frame?.into_data() {
                out.write_all(&bytes)?;
            }
        }
        return Ok(());
    }
    let revision: serde_json::Value = {
        let body = get(&client, endpoint, "/api/models/user/files/revision/main")
            .await?
            .into_body();
        serde_json::from_slice(&body.collect().await?.to_bytes())?
    };
    let sha = revision["sha"].as_str().ok_or("no commit")?.to_owned();
    let list = folder.join("list");
    if let Ok(known) = std::fs::read_to_string(&list)
        && known.lines().all(|name| folder.join(name).exists())
    {
        return Ok(());
    }
    let mut names = Vec::new();
    let mut target = Some(format!(
        "/api/models/user/files/tree/{sha}?recursive=true&expand=false"
    ));
    while let Some(page) = target.take() {
        let answer = get(&client, endpoint, &page).await?;
        let next = answer.headers().get("link").and_then(|l| l.to_str().ok());
        target = next.and_then(|l| {
            Some(
                l.split_once('>')?
                    .0
                    .trim_start_matches('<')
                    .trim_start_matches(endpoint)
                    .to_owned(),
            )
        });
        let entries: Vec<serde_json::Value> =
            serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?;
        names.extend(
            entries
                .iter()
                .filter(|e| e["type"] == "file")
                .filter_map(|e| e["path"].as_str().map(str::to_owned)),
        );
    }
    assert!(names.len() >= FILES);
    let flat: Vec<PathBuf> = names
        .iter()
        .map(|n| folder.join(n.replace('/', "_")))
        .collect();
    std::fs::write(
        &list,
        names
            .iter()
            .map(|n| n.replace('/', "_") + "\n")
            .collect::<String>(),
    )?;
    let (names, flat, next) = (
        Arc::new(names),
        Arc::new(flat),
        Arc::new(AtomicUsize::new(0)),
    );
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..WORKERS {
        let (client, endpoint, sha) = (client.clone(), endpoint.to_owned(), sha.clone());
        let (names, flat, next) = (names.clone(), flat.clone(), next.clone());
        workers.spawn(async move {
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let Some(name) = names.get(i) else {
                    return Ok::<_, Failure>(());
                };
                let answer = get(
                    &client,
                    &endpoint,
                    &format!("/user/files/resolve/{sha}/{name}"),
                )
                .await?;
                std::fs::write(&flat[i], answer.into_body().collect().await?.to_bytes())?;
            }
        });
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    Ok(())
}
