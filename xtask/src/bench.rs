//! Whole processes of `hf call` in release mode against the embedded Hub.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Result, cargo, root, status};

/// How often each call is made; the median counts.
const ROUNDS: usize = 21;

/// What is asked: a name, and the call with its arguments.
const CALLS: &[(&str, &str, &str, &str)] = &[
    ("whoami", "whoami", "{}", ""),
    ("10,000 models in 10 pages", "list_models", "{}", ""),
    (
        "tree of 10,000 entries",
        "list_repo_tree",
        r#"{"repo_id": "user/files", "recursive": true}"#,
        "user/files",
    ),
    (
        "info with 2,000 files",
        "model_info",
        r#"{"repo_id": "user/files"}"#,
        "user/files",
    ),
];

/// `cargo xtask bench [PEER]`: PEER is another client's program, run with
/// `whoami`, `list`, `tree REPO` and `info REPO` in the same environment.
pub(crate) fn run(args: &[String]) -> Result {
    status(&mut cargo(&[
        "build",
        "--release",
        "--package",
        "hf-cli",
        "--package",
        "hf-testhub",
    ]))?;
    let peers = ["whoami", "list", "tree", "info"];
    for ((what, method, json, repo), peer) in CALLS.iter().zip(peers) {
        let files = if *method == "model_info" {
            "2000"
        } else {
            "10000"
        };
        let seed = match *method {
            "list_models" => ["--seed-models", "10000"],
            _ => ["--seed-files", files],
        };
        let hub = Hub::start(&seed)?;
        let mut ours = Command::new(root().join("target/release/hf"));
        ours.args(["call", method, json]);
        let time = hub.median(&mut ours)?;
        print!("{what:28} {:>8.1} ms", time.as_secs_f64() * 1000.0);
        if let Some(program) = args.first() {
            let mut theirs = Command::new(program);
            theirs.args([peer, repo]);
            let time = hub.median(&mut theirs)?;
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
