//! Every fuzz target for a while: `cargo xtask fuzz [SECONDS] [TARGET]`.
//!
//! The targets live in workspaces of their own (`crates/*/fuzz`), as libFuzzer
//! needs a compiler of the nightly channel or one that is configured to behave as one.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Result, output, root, status};

/// How long each target runs unless the command line says otherwise.
const SECONDS: &str = "60";

/// The most memory that a target may take, in MiB: an allocation by the length
/// that a hostile input announces shows as a crash.
const MEMORY: &str = "1024";

pub(crate) fn run(args: &[String]) -> Result {
    let seconds = args.first().map_or(SECONDS, String::as_str);
    seconds
        .parse::<u32>()
        .map_err(|error| format!("`{seconds}` is not a number of seconds: {error}"))?;
    let only = args.get(1);
    status(Command::new("cargo").args(["fuzz", "--version"]))
        .map_err(|error| format!("{error}; `cargo install cargo-fuzz` provides it"))?;
    for workspace in workspaces()? {
        let listed = output(&mut fuzz(&workspace, "list"))?;
        for target in listed
            .lines()
            .filter(|name| only.is_none_or(|only| only == name))
        {
            println!("\n== {} {target}", workspace.display());
            status(
                fuzz(&workspace, "run")
                    // Without a sanitizer the standard library need not be built again.
                    .args(["--sanitizer", "none", target, "--"])
                    .arg(format!("-max_total_time={seconds}"))
                    .arg(format!("-rss_limit_mb={MEMORY}"))
                    .args(["-print_final_stats=1", "-verbosity=0"]),
            )?;
        }
    }
    Ok(())
}

/// `cargo fuzz VERB` in the crate that the workspace tests.
fn fuzz(workspace: &Path, verb: &str) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(["fuzz", verb])
        .current_dir(workspace.parent().expect("a fuzz folder lies in its crate"))
        // The instrumentation is unstable; nothing else of the nightly channel is used.
        .env("RUSTC_BOOTSTRAP", "1");
    command
}

/// The folders `crates/*/fuzz`.
fn workspaces() -> Result<Vec<PathBuf>> {
    let crates = root().join("crates");
    let entries =
        std::fs::read_dir(&crates).map_err(|error| format!("{}: {error}", crates.display()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path().join("fuzz")))
        .filter(|path| path.join("Cargo.toml").is_file())
        .collect();
    found.sort();
    Ok(found)
}
