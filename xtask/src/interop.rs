//! Drives the Python client through its everyday calls against the embedded
//! Hub: `cargo xtask interop`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::python;
use crate::run::{Result, cargo, root, status};

/// More models than a page holds, files to read, and parts small enough that
/// a file of a few megabytes is uploaded in several.
const HUB: &[&str] = &[
    "--seed-models",
    "2500",
    "--seed-files",
    "50",
    "--seed-blob",
    "3000000",
    "--multipart",
    "4194304",
    "--part-size",
    "1048576",
];

pub(crate) fn run(args: &[String]) -> Result {
    let python = python::interpreter()?;
    // What this client takes for Python's errors is what Python raises.
    status(Command::new(&python).arg(root().join("tests/interop/errors.py")))?;
    status(&mut cargo(&["build", "--quiet", "--package", "hf-testhub"]))?;
    status(&mut cargo(&[
        "build",
        "--quiet",
        "--package",
        "hf-cache",
        "--example",
        "download",
    ]))?;
    // Uploads of large files by LFS, as the client does without Xet; then what
    // it does the same with Xet at hand.
    calls(&python, "everyday.py", "1", args)?;
    calls(&python, "everyday.py", "0", args)?;
    calls(&python, "services.py", "1", args)?;
    cache(&python)
}

/// One cache for this client and Python's, both ways.
fn cache(python: &Path) -> Result {
    let hub = Hub::start(&["--xet"])?;
    let home = root().join("target/interop");
    let _ = std::fs::remove_dir_all(&home);
    let download = beside_this_program("examples")?.join("download");
    let mut command = Command::new(python);
    command
        .arg(root().join("tests/interop/cache.py"))
        .envs(hub.variables.iter().cloned())
        .env("RUST_DOWNLOAD", download)
        .env("HF_HOME", &home)
        .env("HF_HUB_DISABLE_XET", "1")
        .env("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        .env("HF_HUB_DISABLE_TELEMETRY", "1");
    status(&mut command)
}

/// Runs a script of calls against a fresh Hub.
fn calls(python: &Path, script: &str, disable_xet: &str, args: &[String]) -> Result {
    let hub = Hub::start(&[])?;
    let home = root().join("target/interop");
    let _ = std::fs::remove_dir_all(&home);
    let mut command = Command::new(python);
    command
        .arg(root().join("tests/interop").join(script))
        .args(args)
        .envs(hub.variables.iter().cloned())
        .env("HF_HUB_DISABLE_XET", disable_xet)
        .env("HF_HOME", &home)
        .env("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        .env("HF_HUB_DISABLE_TELEMETRY", "1");
    status(&mut command)
}

/// A running `hf-testhub`, stopped when dropped.
struct Hub {
    child: Child,
    variables: Vec<(String, String)>,
}

impl Hub {
    fn start(more: &[&str]) -> Result<Self> {
        let program = beside_this_program("hf-testhub")?;
        let mut child = Command::new(&program)
            .args(HUB)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} did not start: {error}", program.display()))?;
        let out = child.stdout.take().ok_or("hf-testhub has no output")?;
        let mut hub = Self {
            child,
            variables: Vec::new(),
        };
        for line in BufReader::new(out).lines() {
            let line = line.map_err(|error| format!("hf-testhub: {error}"))?;
            let Some((name, value)) = line.split_once('=') else {
                return Err(format!("hf-testhub printed {line:?}"));
            };
            hub.variables.push((name.to_owned(), value.to_owned()));
            // The last of what it prints: it is ready.
            if name == "STORAGE" {
                return Ok(hub);
            }
        }
        Err("hf-testhub ended before it was ready".to_owned())
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn beside_this_program(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().map_err(|error| format!("where am I: {error}"))?;
    Ok(own.with_file_name(name))
}
