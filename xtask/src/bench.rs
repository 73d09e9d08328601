//! Whole processes in release mode, one call each, against the embedded Hub.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Result, cargo, root, status};

/// How often each call is made; the median counts.
const ROUNDS: usize = 21;

/// What is asked: its name, how the client is told, and what the Hub holds.
const CALLS: &[(&str, &[&str], [&str; 2])] = &[
    ("whoami", &["whoami"], ["--seed-files", "1"]),
    (
        "10,000 models in 10 pages",
        &["list"],
        ["--seed-models", "10000"],
    ),
    (
        "tree of 10,000 entries",
        &["tree", "user/files"],
        ["--seed-files", "10000"],
    ),
    (
        "info with 2,000 files",
        &["info", "user/files"],
        ["--seed-files", "2000"],
    ),
];

/// `cargo xtask bench [PEER]`: PEER is another client's program that takes
/// the same arguments, run in the same environment.
pub(crate) fn run(args: &[String]) -> Result {
    status(&mut cargo(&[
        "build",
        "--release",
        "--package",
        "hf-testhub",
    ]))?;
    status(&mut cargo(&[
        "build",
        "--release",
        "--package",
        "hf-cli",
        "--example",
        "bench_client",
    ]))?;
    for (what, arguments, seed) in CALLS {
        let hub = Hub::start(seed)?;
        let mut ours = Command::new(root().join("target/release/examples/bench_client"));
        let time = hub.median(ours.args(*arguments))?;
        print!("{what:28} {:>8.1} ms", time.as_secs_f64() * 1000.0);
        if let Some(program) = args.first() {
            let time = hub.median(Command::new(program).args(*arguments))?;
            print!("   peer {:>8.1} ms", time.as_secs_f64() * 1000.0);
        }
        println!();
    }
    Ok(())
}

/// The Hub as another process, stopped when dropped.
struct Hub {
    process: Child,
    environment: HashMap<String, String>,
}

impl Hub {
    fn start(seed: &[&str]) -> Result<Self> {
        let failed = |error| format!("hf-testhub: {error}");
        let mut process = Command::new(root().join("target/release/hf-testhub"))
            .args(seed)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let out = process.stdout.take().ok_or("hf-testhub prints nothing")?;
        let mut environment = HashMap::new();
        for line in BufReader::new(out).lines() {
            let line = line.map_err(failed)?;
            if let Some((name, value)) = line.split_once('=') {
                environment.insert(name.to_owned(), value.to_owned());
            }
            if environment.contains_key("STORAGE") {
                break;
            }
        }
        Ok(Self {
            process,
            environment,
        })
    }

    fn median(&self, command: &mut Command) -> Result<Duration> {
        command.envs(&self.environment).stdout(Stdio::null());
        // The first answer is made, those after it are kept.
        status(command)?;
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            status(command)?;
            times.push(start.elapsed());
        }
        times.sort();
        Ok(times[ROUNDS / 2])
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
