//! Whole processes in release mode, one call each, against the embedded Hub.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

use crate::bench_xet;
use crate::hub::Hub;
use crate::run::{Result, cargo, root, status};

/// How often each call is made; the median counts.
const ROUNDS: usize = 11;

/// A benchmark: its name, the arguments of the client, and what the Hub holds.
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

/// How long the Hub takes to look at a request, and how long a reader works on
/// a page, where it is shown that the two overlap.
const LATENCY: &str = "40";

/// `cargo xtask bench [PEER]`: PEER is another client's program that takes
/// the same arguments, run in the same environment. `cargo xtask bench xet`
/// is another bench.
pub(crate) fn run(args: &[String]) -> Result {
    if args.first().is_some_and(|word| word == "xet") {
        return bench_xet::run(&args[1..]);
    }
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
        "hf-command",
        "--example",
        "bench_client",
    ]))?;
    let ours = || Command::new(root().join("target/release/examples/bench_client"));
    for (what, arguments, seed) in CALLS {
        let hub = start(seed)?;
        print!("{what:37} {}", median(&hub, ours().args(*arguments))?);
        if let Some(program) = args.first() {
            print!(
                "   peer {}",
                median(&hub, Command::new(program).args(*arguments))?
            );
        }
        println!();
    }
    let hub = start(&["--seed-models", "10000", "--latency", LATENCY])?;
    let pages = format!("10 pages at {LATENCY} ms");
    for (what, arguments) in [
        ("read", ["pages", "0"]),
        ("and worked on", ["pages", LATENCY]),
        ("one after another", ["pages-in-turn", LATENCY]),
    ] {
        let cost = median(&hub, ours().args(arguments))?;
        println!("{:37} {cost}", format!("{pages}, {what}"));
    }
    Ok(())
}

/// What a run costs: time from start to end, and memory at its peak.
struct Cost {
    time: Duration,
    /// Zero where the system does not tell.
    bytes: u64,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let milliseconds = self.time.as_secs_f64() * 1000.0;
        let mebibytes = u32::try_from(self.bytes / 1024).map_or(f64::NAN, f64::from) / 1024.0;
        write!(f, "{milliseconds:>8.1} ms {mebibytes:>6.1} MiB")
    }
}

fn start(seed: &[&str]) -> Result<Hub> {
    Hub::start(&root().join("target/release/hf-testhub"), seed)
}

fn median(hub: &Hub, command: &mut Command) -> Result<Cost> {
    command
        .envs(hub.variables.iter().cloned())
        .stdout(Stdio::null());
    // The first response is computed, those after it are kept.
    once(command)?;
    let mut costs = (0..ROUNDS)
        .map(|_| once(command))
        .collect::<Result<Vec<_>>>()?;
    let mut median_of = |key: fn(&Cost) -> u128| {
        costs.sort_by_key(key);
        key(&costs[ROUNDS / 2])
    };
    let bytes = median_of(|cost| cost.bytes.into());
    let nanos = median_of(|cost| cost.time.as_nanos());
    Ok(Cost {
        time: Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)),
        bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
    })
}

fn once(command: &mut Command) -> Result<Cost> {
    let shown = format!("{command:?}");
    let failed = |error| format!("{shown}: {error}");
    let start = Instant::now();
    let process = command.spawn().map_err(failed)?;
    let end = process.wait4().map_err(failed)?;
    let time = start.elapsed();
    if !end.status.success() {
        return Err(format!("{shown} failed: {}", end.status));
    }
    Ok(Cost {
        time,
        bytes: end.rusage.maxrss,
    })
}
