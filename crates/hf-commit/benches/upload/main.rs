//! Uploads over loopback, ours and a bare client's that sends only what must be sent:
//!
//! ```sh
//! cargo bench -p hf-commit --bench upload [-- CASE...]
//! ```
//!
//! The Hub runs in this process, each client in one of its own, whose wall time (start to exit) and peak memory are
//! told. Cases: `small` (2,000 files of 1 KB), `large` (one of 2 GiB), `many` (200 of 5 MiB), `far` (the same at a
//! latency of 40 ms), `folder` (20,000 files of 1 KB), `huge` (100,000 of them). Each runs `ROUNDS` times (default 5);
//! the best counts. With `PYTHON` set to an interpreter that has `huggingface_hub`, that client runs as well.

mod bare;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use hf_commit::{RepoTarget, UploadFolder};
use hf_testhub::{RepoType, TestHub};
use hf_transport::{Client, Error, Result};

struct Case {
    name: &'static str,
    files: usize,
    bytes: usize,
    latency: Duration,
}

const CASES: [Case; 6] = [
    case("small", 2_000, 1_000, 0),
    case("many", 200, 5 << 20, 0),
    case("far", 200, 5 << 20, 40),
    case("large", 1, 2 << 30, 0),
    case("folder", 20_000, 1_000, 0),
    case("huge", 100_000, 1_000, 0),
];

const fn case(name: &'static str, files: usize, bytes: usize, millis: u64) -> Case {
    Case {
        name,
        files,
        bytes,
        latency: Duration::from_millis(millis),
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    if let [client, folder] = args.as_slice()
        && Path::new(folder).is_dir()
    {
        return run_client(client, Path::new(folder));
    }
    let rounds = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok());
    println!(
        "{:8} {:6} {:>9} {:>9} {:>9}",
        "case", "client", "seconds", "peak MB", "requests"
    );
    for case in CASES
        .iter()
        .filter(|c| args.is_empty() || args.iter().any(|a| a == c.name))
    {
        let dir = fill(case)?;
        let mut best: [Option<Outcome>; 3] = [None, None, None];
        for _ in 0..rounds.unwrap_or(5) {
            for (best, client) in best.iter_mut().zip(clients()) {
                let outcome = measure(case, client, dir.path())?;
                if best.as_ref().is_none_or(|b| outcome.took < b.took) {
                    *best = Some(outcome);
                }
            }
        }
        for (best, client) in best.iter().zip(clients()) {
            if let Some(Outcome {
                took,
                peak,
                requests,
            }) = best
            {
                let (took, peak) = (took.as_secs_f64(), peak / 1024);
                println!(
                    "{:8} {client:6} {took:9.3} {peak:9} {requests:9}",
                    case.name
                );
            }
        }
    }
    Ok(())
}

fn clients() -> impl Iterator<Item = &'static str> {
    let python = std::env::var_os("PYTHON").map(|_| "python");
    ["ours", "bare"].into_iter().chain(python)
}

/// What the Python client does, with the memory it took in KiB at the end.
const PYTHON_UPLOAD: &str = "import sys, resource
from huggingface_hub import HfApi
HfApi().upload_folder(repo_id='user/repo', folder_path=sys.argv[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)";

struct Outcome {
    took: Duration,
    /// KiB.
    peak: u64,
    requests: usize,
}

fn failed(what: &str) -> impl Fn(std::io::Error) -> Error {
    move |error| Error::io(what, error)
}

/// The files of a case, no two alike.
fn fill(case: &Case) -> Result<tempfile::TempDir> {
    let dir = tempfile::tempdir().map_err(failed("no folder"))?;
    let mut content = vec![0; case.bytes];
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    for word in content.chunks_exact_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        word.copy_from_slice(&state.to_le_bytes());
    }
    let end = if case.bytes > 100_000 { "bin" } else { "txt" };
    for i in 0..case.files {
        content[..8].copy_from_slice(&i.to_le_bytes());
        let folder = dir.path().join(format!("d{:02}", i / 500));
        std::fs::create_dir_all(&folder).map_err(failed("no folder"))?;
        std::fs::write(folder.join(format!("f{i:05}.{end}")), &content)
            .map_err(failed("no file"))?;
    }
    Ok(dir)
}

fn measure(case: &Case, client: &str, folder: &Path) -> Result<Outcome> {
    let hub = TestHub::start_blocking();
    hub.keep_uploads(false);
    hub.record_bodies(0);
    hub.set_latency(case.latency);
    hub.create_repo(RepoType::Model, "user/repo");
    let state = tempfile::tempdir().map_err(failed("no folder"))?;
    let mut command = if client == "python" {
        let mut python = Command::new(std::env::var_os("PYTHON").unwrap_or_default());
        python
            .args(["-c", PYTHON_UPLOAD])
            .env("HF_HUB_DISABLE_XET", "1");
        python.env("HF_HUB_DISABLE_PROGRESS_BARS", "1");
        python
    } else {
        let mut this = Command::new(std::env::current_exe().map_err(failed("no program"))?);
        this.arg(client);
        this
    };
    let started = Instant::now();
    let output = command
        .arg(folder)
        .env("HF_ENDPOINT", hub.endpoint())
        .env("HF_TOKEN", hub.token())
        .env("HF_HOME", state.path())
        .output()
        .map_err(failed("no process"))?;
    let took = started.elapsed();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let peak = text.trim().parse().map_err(|_| {
        Error::validation(format!(
            "{client} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    })?;
    assert_eq!(
        hub.files("user/repo", "main").len(),
        case.files + 1,
        "all arrived"
    );
    Ok(Outcome {
        took,
        peak,
        requests: hub.requests().len(),
    })
}

/// In a process of its own: uploads `folder` and prints the peak of its memory.
fn run_client(client: &str, folder: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(failed("no runtime"))?;
    if client == "bare" {
        runtime.block_on(bare::upload(&mut files_of(folder)?))?;
    } else {
        runtime.block_on(async {
            let target = RepoTarget::model("user/repo")?;
            UploadFolder::new(target, folder).run(&Client::new()?).await
        })?;
    }
    println!("{}", peak_kib());
    Ok(())
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed("no folder"))? {
        let folder = entry.map_err(failed("no entry"))?.path();
        for entry in std::fs::read_dir(folder).map_err(failed("no folder"))? {
            files.push(entry.map_err(failed("no entry"))?.path());
        }
    }
    files.sort();
    Ok(files)
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or_default()
}
