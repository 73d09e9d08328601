//! Every fuzz target for a while: `cargo xtask fuzz [SECONDS] [TARGET]`.
//!
//! The targets live in workspaces of their own (`crates/*/fuzz`), as libFuzzer
//! needs a compiler of the nightly channel or one that is configured to behave as one.
//! Beside them are `seeds/TARGET/`, inputs to start from, and a dictionary; what
//! a run finds stays in `corpus/`, which is not committed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Result, output, root, status};

/// How long each target runs unless the command line says otherwise.
const SECONDS: &str = "60";

/// The most memory that a target may take, in MiB: an allocation by the length
/// that a hostile input announces shows as a crash.
const MEMORY: &str = "1024";

/// The longest that one input may take, in seconds: what is longer hangs.
const LONGEST: &str = "20";

pub(crate) fn run(args: &[String]) -> Result {
    let seconds = args.first().map_or(SECONDS, String::as_str);
    seconds
        .parse::<u32>()
        .map_err(|error| format!("`{seconds}` is not a number of seconds: {error}"))?;
    let only = args.get(1);
    status(Command::new("cargo").args(["fuzz", "--version"]))
        .map_err(|error| format!("{error}; `cargo install cargo-fuzz` provides it"))?;
    let (mut table, mut failures) = (Vec::new(), Vec::new());
    for workspace in workspaces()? {
        let listed = output(&mut fuzz(&workspace, "list"))?;
        for target in listed
            .lines()
            .filter(|name| only.is_none_or(|only| only == name))
        {
            println!("\n== {} {target}", workspace.display());
            let name = workspace
                .strip_prefix(root())
                .unwrap_or(&workspace)
                .display();
            // A finding of one target does not keep the others from running.
            match one(&workspace, target, seconds) {
                Ok((executions, took)) => table.push(format!(
                    "{name:26} {target:14} {executions:>12} executions in {:>4} s",
                    took.as_secs()
                )),
                Err(error) => {
                    table.push(format!("{name:26} {target:14} FAILED"));
                    failures.push(format!("{name} {target}: {error}"));
                }
            }
        }
    }
    println!("\n{}", table.join("\n"));
    if table.is_empty() {
        return Err(format!("no target is called `{}`", args.join(" ")));
    }
    if !failures.is_empty() {
        return Err(failures.join("\n"));
    }
    Ok(())
}

/// Builds a target and runs it; returns how many inputs it was given, and in what time.
fn one(workspace: &Path, target: &str, seconds: &str) -> Result<(u64, Duration)> {
    let target_dir = root().join("target/fuzz");
    let build = |verb| {
        let mut command = fuzz(workspace, verb);
        // Without a sanitizer the standard library need not be built again, and
        // one folder for all is one build of what they have in common.
        command
            .args(["--sanitizer", "none", "--target-dir"])
            .arg(&target_dir)
            .arg(target);
        command
    };
    status(&mut build("build"))?;
    let corpus = workspace.join("corpus").join(target);
    std::fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let mut command = build("run");
    command.arg(&corpus);
    let seeds = workspace.join("seeds").join(target);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    command.arg("--");
    if let Some(words) = dictionary(workspace) {
        command.arg(format!("-dict={}", words.display()));
    }
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-rss_limit_mb={MEMORY}"))
        .arg(format!("-timeout={LONGEST}"))
        .args(["-print_final_stats=1", "-verbosity=0"]);
    let started = Instant::now();
    let executions = watched(&mut command)?;
    Ok((executions, started.elapsed()))
}

/// Passes on what libFuzzer prints, and picks the number of executions from it.
fn watched(command: &mut Command) -> Result<u64> {
    let shown = format!("{command:?}");
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{shown} did not start: {error}"))?;
    let mut executions = 0;
    for line in BufReader::new(child.stderr.take().expect("it is piped")).lines() {
        let line = line.map_err(|error| format!("{shown}: {error}"))?;
        if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
            executions = count.trim().parse().unwrap_or(0);
        } else if !line.starts_with("stat::") {
            eprintln!("{line}");
        }
    }
    let status = child.wait().map_err(|error| format!("{shown}: {error}"))?;
    if !status.success() {
        return Err(format!("{shown} failed: {status}"));
    }
    if executions == 0 {
        return Err(format!("{shown} ran nothing"));
    }
    Ok(executions)
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

/// The words that inputs of a workspace are made of.
fn dictionary(workspace: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(workspace).ok()?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|ending| ending == "dict"))
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
