//! From start to exit of the command `hf`, beside Python's: `cargo xtask bench command`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::clients::build_programs;
use super::cost::{Cost, cost, median, mib};
use super::option;
use super::scale::cache;
use crate::hub::Hub;
use crate::run::{Result, root};

const ROUNDS: usize = 11;
/// The repositories in the cache that is listed.
const CACHED: usize = 50;

/// A line, and the longest time that it should take here.
struct Line {
    words: &'static [&'static str],
    target: Duration,
}

/// `CACHE` is the folder of the cache.
const LINES: &[Line] = &[
    Line {
        words: &["version"],
        target: Duration::from_millis(10),
    },
    Line {
        words: &["--help"],
        target: Duration::from_millis(10),
    },
    Line {
        words: &["cache", "ls", "--cache-dir", "CACHE"],
        target: Duration::from_millis(10),
    },
    Line {
        words: &["auth", "whoami"],
        target: Duration::from_millis(15),
    },
];

/// A command `hf`.
struct Hf {
    name: &'static str,
    program: PathBuf,
    first: &'static [&'static str],
}

pub(super) fn run(args: &[String]) -> Result {
    let mut args = args.to_vec();
    let python = option(&mut args, "--python");
    let given = option(&mut args, "--hf");
    let rounds = match option(&mut args, "--rounds") {
        Some(text) => text
            .parse()
            .map_err(|_| format!("--rounds {text}: no number"))?,
        None => ROUNDS,
    };
    if let Some(unknown) = args.first() {
        return Err(format!("unknown argument `{unknown}`"));
    }
    let program = if let Some(program) = given {
        PathBuf::from(program)
    } else {
        build_programs()?;
        root().join("target/release/hf")
    };
    let hub = Hub::start(&program.with_file_name("hf-testhub"), &[])?;
    let sizes = [
        ("", program.clone()),
        (" (dist)", root().join("target/dist/hf")),
    ];
    for (note, file) in sizes {
        if let Ok(metadata) = fs::metadata(&file) {
            println!("hf{note}: {:.1} MiB", mib(metadata.len()));
        }
    }
    let mut commands = vec![Hf {
        name: "ours",
        program,
        first: &[],
    }];
    commands.extend(python.map(|program| Hf {
        name: "Python",
        program: program.into(),
        first: &["-m", "huggingface_hub.cli.hf"],
    }));
    println!(
        "{:24} {:8} {:>9} {:>8} {:>9} {:>9} {:>8} {:>8}",
        "", "", "time", "target", "CPU", "peak", "requests", "of ours"
    );
    let cache = cache(CACHED)?;
    for line in LINES {
        measure(line, &commands, &hub, &cache, rounds)?;
    }
    Ok(())
}

fn measure(line: &Line, commands: &[Hf], hub: &Hub, cache: &Path, rounds: usize) -> Result {
    let homes = root().join("target/bench/homes/command");
    let _ = fs::remove_dir_all(&homes);
    let cache = cache.display().to_string();
    let words: Vec<&str> = line
        .words
        .iter()
        .map(|word| if *word == "CACHE" { &cache } else { *word })
        .collect();
    let mut costs: Vec<Vec<Cost>> = commands.iter().map(|_| Vec::new()).collect();
    // The first round fills the caches of the system, and those that Python's keeps in its home.
    for round in 0..=rounds {
        for (hf, costs) in commands.iter().zip(&mut costs) {
            let mut command = Command::new(&hf.program);
            command.args(hf.first).args(&words);
            let cost = cost(hub, &mut command, &homes.join(hf.name))?;
            if round > 0 {
                costs.push(cost);
            }
        }
    }
    let shown = line.words.join(" ").replace(" --cache-dir CACHE", "");
    let ours = median(&costs[0]);
    for (hf, costs) in commands.iter().zip(&costs) {
        let (Some(cost), Some(ours)) = (median(costs), ours) else {
            return Err("no round was measured".to_owned());
        };
        let is_ours = hf.name == "ours";
        let target = is_ours.then(|| format!("{} ms", line.target.as_millis()));
        let ratio = cost.time.as_secs_f64() / ours.time.as_secs_f64();
        println!(
            "{:24} {:8} {:>6.1} ms {:>8} {:>6.1} ms {:>5.1} MiB {:>8} {ratio:>8.1}",
            if is_ours { &shown } else { "" },
            hf.name,
            cost.time.as_secs_f64() * 1e3,
            target.unwrap_or_default(),
            cost.cpu.as_secs_f64() * 1e3,
            mib(cost.peak),
            cost.requests,
        );
    }
    Ok(())
}
