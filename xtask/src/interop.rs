//! Drives the Python client through its everyday calls against the embedded
//! Hub, and this client beside it: `cargo xtask interop [--big]`.

use std::path::Path;
use std::process::Command;

use crate::hub::{Hub, beside_this_program};
use crate::python;
use crate::run::{Result, cargo, root, status};

/// More models than a page holds, files to read, and parts small enough that
/// a file of a few megabytes is uploaded in several where it goes by LFS.
const HUB: &[&str] = &[
    "--xet",
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

/// Small files are large, too: all of them go through the content store.
const XET: &[&str] = &["--xet", "--lfs-threshold", "1000"];

pub(crate) fn run(args: &[String]) -> Result {
    let python = python::interpreter()?;
    // What this client takes for Python's errors is what Python raises.
    status(Command::new(&python).arg(root().join("tests/interop/errors.py")))?;
    build()?;
    status(&mut cargo(&[
        "build",
        "--quiet",
        "--package",
        "hf-cache",
        "--example",
        "download",
    ]))?;
    calls(&python, "everyday.py", HUB, &[])?;
    calls(&python, "everyday.py", HUB, &["--lfs".to_owned()])?;
    calls(&python, "services.py", HUB, &[])?;
    calls(&python, "cache.py", HUB, &[])?;
    calls(&python, "commands.py", HUB, &[])?;
    calls(&python, "xet.py", XET, args)
}

/// Builds the Hub and the program `hf`.
pub(crate) fn build() -> Result {
    status(cargo(&["build", "--quiet"]).args([
        "--package",
        "hf-testhub",
        "--package",
        "hf-command",
    ]))
}

/// Runs a script of calls against a fresh Hub.
fn calls(python: &Path, script: &str, hub: &[&str], args: &[String]) -> Result {
    let hub = Hub::start(&beside_this_program("hf-testhub")?, hub)?;
    status(&mut command(python, script, &hub, args)?)
}

/// The command that runs a script in the environment of a Hub, with an empty
/// home.
pub(crate) fn command(python: &Path, script: &str, hub: &Hub, args: &[String]) -> Result<Command> {
    let home = root().join("target/interop");
    let _ = std::fs::remove_dir_all(&home);
    let mut command = Command::new(python);
    command
        .arg(root().join("tests/interop").join(script))
        .args(args)
        .envs(hub.variables.iter().cloned())
        .env(
            "RUST_DOWNLOAD",
            beside_this_program("examples")?.join("download"),
        )
        .env("HF_PROGRAM", beside_this_program("hf")?)
        .env("HF_HOME", &home)
        .env("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        .env("HF_HUB_DISABLE_TELEMETRY", "1");
    Ok(command)
}
