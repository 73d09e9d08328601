//! What every file of the repository must keep to.

use std::process::Command;

use crate::run::{Result, output, root};

/// Above this a Rust file is to be split.
const MOST_LINES: usize = 600;

/// Words that leave something undone, and names of machines.
const FORBIDDEN: &[&str] = &[
    "todo!(",
    "unimplemented!(",
    "dbg!(",
    "#[ignore",
    "thread::sleep",
];

/// Files that are allowed a forbidden word, with the reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "xtask/src/check.rs",
        "",
        "names the words in order to find them",
    ),
    (
        "crates/hf-cache/src/store/fs.rs",
        "thread::sleep",
        "a thread for blocking work waits until a file descriptor is free, or Windows lets a file be renamed",
    ),
    (
        "crates/hf-commit/benches/upload/measure.rs",
        "thread::sleep",
        "looks at a process's memory every few milliseconds",
    ),
    (
        "crates/hf-cache/examples/bench_download/main.rs",
        "thread::sleep",
        "looks at a process's memory every few milliseconds",
    ),
];

pub(crate) fn run(_args: &[String]) -> Result {
    let files = output(Command::new("git").arg("ls-files").current_dir(root()))?;
    let mut problems = Vec::new();
    for name in files.lines().filter(|name| name.ends_with(".rs")) {
        let text = std::fs::read_to_string(root().join(name))
            .map_err(|error| format!("{name}: {error}"))?;
        let lines = text.lines().count();
        if lines > MOST_LINES {
            problems.push(format!("{name}: {lines} lines, more than {MOST_LINES}"));
        }
        for word in FORBIDDEN {
            let allowed = ALLOWED
                .iter()
                .any(|(file, of, _)| *file == name && (of.is_empty() || of == word));
            if !allowed && let Some(at) = text.lines().position(|line| line.contains(word)) {
                problems.push(format!("{name}:{}: {word}", at + 1));
            }
        }
    }
    if problems.is_empty() {
        println!("every file keeps to the rules");
        Ok(())
    } else {
        Err(format!("\n{}", problems.join("\n")))
    }
}
