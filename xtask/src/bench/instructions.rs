//! The instructions of the five hottest paths: `cargo xtask bench instructions [--save]`.
//!
//! Unlike time, they hardly depend on the machine and on what else it does, so that CI can compare them with what is
//! stored. `--save` stores what is counted; it belongs into the commit that changes the figures.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, cargo, root, status};

const STORED: &str = "tests/hot_paths/instructions.json";
const PATHS: [&str; 5] = ["requests", "models", "header", "chunks", "snapshot"];
/// The start of the program, and the first time of a path, are what the first number of times has in common with the
/// second.
const TIMES: [u64; 2] = [1, 11];
/// How many per cent more there may be. Seeds of hash maps and the order of threads change less than one; a processor
/// without AVX2, three; another version of the C library or of the compiler, some.
const TOLERANCE: f64 = 10.0;

pub(super) fn run(args: &[String]) -> Result {
    let save = match args {
        [] => false,
        [word] if word == "--save" => true,
        _ => return Err("usage: cargo xtask bench instructions [--save]".to_owned()),
    };
    let build = ["build", "--release", "--package", "hf-hot-paths"];
    status(&mut cargo(&build))?;
    let stored = if save { BTreeMap::new() } else { stored()? };
    let mut counted = BTreeMap::new();
    let mut slower = Vec::new();
    for path in PATHS {
        let [first, more] = TIMES.map(|times| count(path, times));
        let each = (more?.saturating_sub(first?)) / (TIMES[1] - TIMES[0]);
        counted.insert(path.to_owned(), each);
        let Some(&before) = stored.get(path) else {
            println!("{path:10} {each:>12}");
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
        let change = (each as f64 / before as f64 - 1.0) * 100.0;
        println!("{path:10} {each:>12} {change:>+6.1} %");
        if change > TOLERANCE {
            slower.push(format!("{path} takes {change:.1} % more instructions"));
        } else if change < -TOLERANCE {
            println!("{path} takes fewer than stored: store the new figure with --save");
        }
    }
    if save {
        let text = serde_json::to_string_pretty(&counted).map_err(|error| error.to_string())?;
        return std::fs::write(root().join(STORED), text + "\n")
            .map_err(|error| format!("{STORED}: {error}"));
    }
    if slower.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{}; if there is a reason, store the new figures with --save",
            slower.join(", ")
        ))
    }
}

fn stored() -> Result<BTreeMap<String, u64>> {
    let text = std::fs::read_to_string(root().join(STORED))
        .map_err(|error| format!("{STORED}: {error}; --save writes it"))?;
    serde_json::from_str(&text).map_err(|error| format!("{STORED}: {error}"))
}

/// The instructions of one run.
fn count(path: &str, times: u64) -> Result<u64> {
    let program: PathBuf = root().join("target/release/hf-hot-paths");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([path, &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}; it is a package of most systems"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, number)| number.trim().parse().ok());
    match collected {
        Some(number) if output.status.success() => Ok(number),
        _ => Err(format!("callgrind counted nothing of `{path}`: {told}")),
    }
}
