//! Measures downloads against an embedded `hf-testhub`, and beside them a bare client that fetches the same bytes and checks
//! nothing.
//!
//! ```text
//! cargo run --release -p hf-cache --example bench_download -- [--peer PROGRAM] [--python PYTHON] [CASE...]
//! ```
//!
//! Each measurement is a process of its own: wall time from start to end, requests, and peak memory. The best of several runs
//! counts. `--peer` is a program of another client that takes `snapshot REPO` and `download REPO FILE`; `--python` an
//! interpreter that has `huggingface_hub`. Both read `HF_ENDPOINT` and `HF_HOME`. Files go below `TMPDIR`.

mod bare;

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hf_cache::{HfHubDownload, SnapshotDownload};
use hf_testhub::{Blob, RepoType, TestHub};
use hf_transport::digest::Sha256Hasher;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const FILES: usize = 2000;
const FILE: &str = "model.safetensors";

struct Case {
    name: &'static str,
    /// Bytes of the one file; without it, it is about [`FILES`] small ones.
    blob: Option<u64>,
    latency_ms: u64,
    bandwidth: u64,
    warm: bool,
    /// Whether other clients are measured too.
    peers: bool,
    /// Runs that count, after one that does not; 1: one run only.
    runs: usize,
}

const SMALL: Case = Case {
    name: "cold snapshot of 2,000 files",
    blob: None,
    latency_ms: 0,
    bandwidth: 0,
    warm: false,
    peers: true,
    runs: 5,
};

const LARGE: Case = Case {
    name: "2 GiB file, verified",
    blob: Some(2 << 30),
    runs: 5,
    ..SMALL
};

const CASES: [Case; 6] = [
    SMALL,
    Case {
        name: "warm snapshot of 2,000 files",
        warm: true,
        ..SMALL
    },
    Case {
        name: "cold, 40 ms latency",
        latency_ms: 40,
        peers: false,
        runs: 1,
        ..SMALL
    },
    LARGE,
    Case {
        name: "2 GiB file, present",
        warm: true,
        runs: 3,
        ..LARGE
    },
    Case {
        name: "1 GiB file, 50 MB/s per connection",
        blob: Some(1 << 30),
        bandwidth: 50_000_000,
        peers: false,
        runs: 1,
        ..LARGE
    },
];

/// Who downloads.
enum Program {
    /// This program, as a child.
    Own(&'static str, &'static str),
    Peer(String),
    Python(String),
}

const PYTHON: &str = "
import sys, huggingface_hub as hub
if len(sys.argv) > 2: hub.hf_hub_download(*sys.argv[1:])
else: hub.snapshot_download(sys.argv[1])
";

fn main() -> Result<(), Failure> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, endpoint, folder, rest @ ..] = &arguments[..]
        && mode.starts_with("--child-")
    {
        let file = rest.first().map(String::as_str);
        return child(mode, endpoint, Path::new(folder), file);
    }
    let mut option = |name: &str| {
        let at = arguments.iter().position(|a| a == name)?;
        (at + 1 < arguments.len()).then(|| arguments.drain(at..at + 2).nth(1))?
    };
    let mut programs = vec![
        Program::Own("hf-cache", "--child-ours"),
        Program::Own("bare", "--child-bare"),
        Program::Own("bare, SHA-256 after", "--child-sha"),
    ];
    programs.extend(option("--peer").map(Program::Peer));
    programs.extend(option("--python").map(Program::Python));
    println!(
        "{:36} {:20} {:>9} {:>6} {:>9} {:>8}",
        "case", "program", "time", "ratio", "requests", "peak MB"
    );
    for case in &CASES {
        if arguments.is_empty() || arguments.iter().any(|a| case.name.contains(a.as_str())) {
            measure(case, &programs)?;
        }
    }
    Ok(())
}

struct Measured {
    time: Duration,
    requests: usize,
    peak_kib: u32,
}

impl Program {
    fn name(&self) -> &str {
        match self {
            Self::Own(name, _) => name,
            Self::Peer(_) => "peer",
            Self::Python(_) => "Python",
        }
    }

    fn takes_part(&self, case: &Case) -> bool {
        match self {
            Self::Own(_, mode) => *mode != "--child-sha" || (case.blob.is_some() && !case.warm),
            Self::Peer(_) | Self::Python(_) => case.peers,
        }
    }

    fn command(&self, endpoint: &str, folder: &Path, case: &Case) -> Result<Command, Failure> {
        let (repo, file) = match case.blob {
            Some(_) => ("user/blob", Some(FILE)),
            None => ("user/files", None),
        };
        let mut command = match self {
            Self::Own(_, mode) => {
                let mut own = Command::new(std::env::current_exe()?);
                own.args([mode, endpoint]).arg(folder).args(file);
                own
            }
            Self::Peer(program) => {
                let mut peer = Command::new(program);
                peer.arg(if file.is_some() {
                    "download"
                } else {
                    "snapshot"
                });
                peer.arg(repo).args(file);
                peer
            }
            Self::Python(python) => {
                let mut peer = Command::new(python);
                peer.args(["-c", PYTHON, repo]).args(file);
                peer
            }
        };
        command
            .env("HF_ENDPOINT", endpoint)
            .env("HF_HOME", folder)
            .env("HF_HUB_DISABLE_XET", "1")
            .env("HF_HUB_DISABLE_PROGRESS_BARS", "1")
            .env_remove("HF_TOKEN")
            .env_remove("HF_HUB_CACHE");
        Ok(command)
    }

    fn run(&self, hub: &TestHub, folder: &Path, case: &Case) -> Result<Measured, Failure> {
        let mut command = self.command(&hub.endpoint(), folder, case)?;
        hub.clear_requests();
        let began = Instant::now();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // What ours say of themselves is exact; the others are looked at while they run.
        let mut peak_kib = 0;
        if !matches!(self, Self::Own(..)) {
            let status = format!("/proc/{}/status", child.id());
            while child.try_wait()?.is_none() {
                peak_kib = peak_memory_kib(&status).unwrap_or(0).max(peak_kib);
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        let mut said = String::new();
        child
            .stdout
            .take()
            .ok_or("no output")?
            .read_to_string(&mut said)?;
        let ended = child.wait()?;
        let time = began.elapsed();
        if !ended.success() {
            let mut why = String::new();
            child
                .stderr
                .take()
                .ok_or("no output")?
                .read_to_string(&mut why)?;
            return Err(format!("{}: {} failed: {why}", case.name, self.name()).into());
        }
        if matches!(self, Self::Own(..)) {
            peak_kib = said.trim().parse()?;
        }
        Ok(Measured {
            time,
            requests: hub.count_requests(|_| true),
            peak_kib,
        })
    }
}

fn start_hub(case: &Case) -> TestHub {
    let hub = TestHub::start_blocking();
    hub.record_at_most(100_000);
    if let Some(bytes) = case.blob {
        let repo = hub.create_repo(RepoType::Model, "user/blob");
        hub.add_file(&repo, FILE, Blob::synthetic(1, bytes));
    } else {
        let repo = hub.create_repo(RepoType::Model, "user/files");
        hub.seed_files(&repo, FILES, 1024);
    }
    hub.set_latency(Duration::from_millis(case.latency_ms));
    hub.set_bandwidth(case.bandwidth);
    hub
}

fn measure(case: &Case, programs: &[Program]) -> Result<(), Failure> {
    let hub = start_hub(case);
    let dir = tempfile::tempdir()?;
    let programs: Vec<_> = programs.iter().filter(|p| p.takes_part(case)).collect();
    let mut best: Vec<Option<Measured>> = programs.iter().map(|_| None).collect();
    for run in 0..=case.runs {
        for (program, best) in programs.iter().zip(&mut best) {
            let slow = matches!(program, Program::Python(_));
            let single = !case.warm && (case.runs == 1 || slow);
            if single && run > 0 {
                continue;
            }
            let name = program.name().replace([' ', ','], "-");
            let folder = dir.path().join(if case.warm {
                name
            } else {
                format!("{name}-{run}")
            });
            let measured = program.run(&hub, &folder, case)?;
            // Small files stay until the end: ext4 is slow at finding room among files that were just removed.
            if !case.warm && case.blob.is_some() {
                std::fs::remove_dir_all(&folder)?;
            }
            // The first run warms the caches of the system, and makes a warm case warm.
            if run == 0 && !single {
                continue;
            }
            let peak = best.as_ref().map_or(0, |b| b.peak_kib);
            if best.as_ref().is_none_or(|b| measured.time < b.time) {
                *best = Some(measured);
            }
            if let Some(best) = best {
                best.peak_kib = best.peak_kib.max(peak);
            }
        }
    }
    let bare = best
        .get(1)
        .and_then(Option::as_ref)
        .map(|b| b.time.as_secs_f64());
    for (program, best) in programs.iter().zip(&best) {
        let Some(best) = best else { continue };
        let time = best.time.as_secs_f64();
        println!(
            "{:36} {:20} {time:8.3}s {:6.2} {:9} {:8.1}",
            case.name,
            program.name(),
            time / bare.unwrap_or(time),
            best.requests,
            f64::from(best.peak_kib) / 1024.0
        );
    }
    Ok(())
}

fn child(mode: &str, endpoint: &str, folder: &Path, file: Option<&str>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match mode {
            "--child-ours" => ours(endpoint, folder, file).await,
            _ => bare::download(endpoint, folder, file).await,
        }
    })?;
    if let ("--child-sha", Some(file)) = (mode, file) {
        let mut hasher = Sha256Hasher::new();
        let mut content = std::fs::File::open(folder.join(file))?;
        let mut part = vec![0; 256 * 1024];
        loop {
            let n = content.read(&mut part)?;
            if n == 0 {
                break;
            }
            hasher.update(&part[..n]);
        }
        std::hint::black_box(hasher.finish());
    }
    println!("{}", peak_memory_kib("/proc/self/status")?);
    // Ending by itself would wait for idle connections to be dropped one by one.
    std::io::stdout().flush()?;
    std::process::exit(0)
}

fn peak_memory_kib(status: &str) -> Result<u32, Failure> {
    let status = std::fs::read_to_string(status)?;
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
        let call = HfHubDownload::new("user/blob".parse()?, file).cache_dir(folder);
        call.run(&client).await?;
    } else {
        let call = SnapshotDownload::new("user/files".parse()?).cache_dir(folder);
        call.run(&client).await?;
    }
    Ok(())
}
