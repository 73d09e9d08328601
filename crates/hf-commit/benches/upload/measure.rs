//! One upload by one client, in a process of its own.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hf_testhub::{RepoType, TestHub};
use hf_transport::{Error, Result};

use crate::cases::Case;
use crate::{DELETE, Options, failed};

/// How often the memory of a client is looked at.
const LOOK: Duration = Duration::from_millis(4);

/// What the Python client does.
const PYTHON_UPLOAD: &str = "import sys
from huggingface_hub import HfApi
HfApi().upload_folder(repo_id='user/repo', folder_path=sys.argv[1])";

/// Who uploads.
pub(crate) enum Program {
    /// This crate.
    Ours,
    /// A client that sends only what must be sent.
    Bare,
    /// An interpreter that has `huggingface_hub`.
    Python(OsString),
    /// A program that takes `upload user/repo FOLDER`.
    HfHub(OsString),
}

impl Program {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Bare => "bare",
            Self::Python(_) => "python",
            Self::HfHub(_) => "hf-hub",
        }
    }

    fn command(&self, folder: &Path) -> Result<Command> {
        let mut command = match self {
            Self::Ours | Self::Bare => {
                let this = std::env::current_exe().map_err(failed("no program"))?;
                let mut command = Command::new(this);
                command.args(["--client", self.name()]);
                command
            }
            Self::Python(python) => {
                let mut command = Command::new(python);
                command.args(["-c", PYTHON_UPLOAD]);
                command
            }
            Self::HfHub(program) => {
                let mut command = Command::new(program);
                command.args(["upload", "user/repo"]);
                command
            }
        };
        command.arg(folder);
        Ok(command)
    }
}

pub(crate) struct Outcome {
    pub(crate) took: Duration,
    /// KiB.
    pub(crate) peak: u64,
    pub(crate) requests: usize,
}

/// Uploads `folder`; with `again`, once more, and tells of the second time.
pub(crate) fn measure(
    case: &Case,
    program: &Program,
    folder: &Path,
    options: &Options,
) -> Result<Outcome> {
    let hub = TestHub::start_blocking();
    hub.keep_uploads(false);
    hub.hash_uploads(!case.is_trusted());
    hub.record_bodies(0);
    // `hf-hub` 1.0.0 asks about all files at once.
    hub.set_preupload_limit(usize::MAX);
    hub.set_latency(case.latency);
    let repo = hub.create_repo(RepoType::Model, "user/repo");
    if options.remote > 0 {
        hub.seed_files(&repo, options.remote, 1);
    }
    let before = hub.files(&repo, "main").len();
    let state = tempfile::tempdir().map_err(failed("no folder"))?;
    let upload = || run(program, &hub, state.path(), folder, options.delete.as_ref());
    let mut outcome = upload()?;
    let arrived = hub.files("user/repo", "main").len();
    if options.delete.is_none() {
        assert_eq!(arrived, case.count() + before, "all arrived");
    }
    if options.again {
        hub.clear_requests();
        outcome = upload()?;
    }
    Ok(outcome)
}

fn run(
    program: &Program,
    hub: &TestHub,
    state: &Path,
    folder: &Path,
    delete: Option<&OsString>,
) -> Result<Outcome> {
    let peak = AtomicU64::new(0);
    let mut command = program.command(folder)?;
    command
        .env("HF_ENDPOINT", hub.endpoint())
        .env("HF_TOKEN", hub.token())
        .env("HF_HOME", state)
        .env("HF_HUB_DISABLE_XET", "1")
        .env("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(pattern) = delete {
        command.env(DELETE, pattern);
    }
    let started = Instant::now();
    let child = command.spawn().map_err(failed("no process"))?;
    let output = watched(child, &peak)?;
    let took = started.elapsed();
    if !output.status.success() {
        return Err(Error::validation(format!(
            "{} failed: {}",
            program.name(),
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    Ok(Outcome {
        took,
        peak: peak.into_inner(),
        requests: hub.requests().len(),
    })
}

/// Waits for the end of `child`, and keeps an eye on the most memory that it took.
fn watched(child: Child, peak: &AtomicU64) -> Result<Output> {
    let status = format!("/proc/{}/status", child.id());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| child.wait_with_output());
        while !waiting.is_finished() {
            peak.fetch_max(high_water_kib(&status), Ordering::Relaxed);
            std::thread::sleep(LOOK);
        }
        match waiting.join() {
            Ok(output) => output.map_err(failed("no output")),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// 0 where the system does not tell.
fn high_water_kib(status: &str) -> u64 {
    let status = std::fs::read_to_string(status).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or_default()
}
