//! All benches in one run, and the page that shows them.

use std::fmt::Write as _;
use std::process::Command;

use crate::run::{Result, cargo, output, root, status};

/// Where the page goes.
const PAGE: &str = "docs/BENCHMARKS.md";

/// A bench: what it measures, how it is built, and how it is run.
struct Bench {
    title: &'static str,
    text: &'static str,
    run: &'static [&'static str],
    /// The options by which it takes other clients: of `huggingface_hub`, and of the `hf-hub` crate.
    python: Option<&'static str>,
    hf_hub: Option<&'static str>,
}

const BENCHES: &[Bench] = &[
    Bench {
        title: "Calls",
        text: "Whole processes that make one call each, median of 11 runs: time from start to exit and peak memory. The \
               last three rows read ten pages from a Hub that takes 40 ms for each response.",
        run: &["xtask", "bench"],
        python: None,
        hf_hub: Some(""),
    },
    Bench {
        title: "Downloads",
        text: "Whole processes, the fastest of several alternating runs. `bare` only does what must be done: it requests \
               the same bytes, writes them, and verifies nothing.",
        run: &[
            "run",
            "--release",
            "-q",
            "-p",
            "hf-cache",
            "--example",
            "bench_download",
            "--",
        ],
        python: Some("--python"),
        hf_hub: Some("--peer"),
    },
    Bench {
        title: "Metadata of a model in 60 shards, 40 ms away",
        text: "The headers of 60 safetensors files, by `get_safetensors_metadata` and by a bare client that makes the same \
               requests at once.",
        run: &[
            "run",
            "--release",
            "-q",
            "-p",
            "hf-api",
            "--example",
            "bench_metadata",
        ],
        python: None,
        hf_hub: None,
    },
    Bench {
        title: "Uploads",
        text: "Whole processes, the fastest of five alternating runs. `bare` does what must be done, one thing after the \
               other.",
        run: &[
            "bench",
            "-q",
            "-p",
            "hf-commit",
            "--bench",
            "upload",
            "--",
            "small",
            "large",
            "many",
            "far",
        ],
        python: Some("--python"),
        hf_hub: Some("--hf-hub"),
    },
    Bench {
        title: "Xet",
        text: "Whole processes, each on a Hub of its own with an empty cache, the fastest of three: time, CPU time of the \
               client and of the Hub with its content store, peak memory, and bytes of new xorbs. Ours verifies every \
               file.",
        run: &["xtask", "bench", "xet"],
        python: Some("--python"),
        hf_hub: Some("--hf-hub"),
    },
    Bench {
        title: "Hashing",
        text: "SHA-256 as uploads use it, in bytes of memory and of files.",
        run: &["bench", "-q", "-p", "hf-commit", "--bench", "hashing"],
        python: None,
        hf_hub: None,
    },
    Bench {
        title: "Decoding",
        text: "Responses of the Hub into dataclasses.",
        run: &["bench", "-q", "-p", "hf-types", "--bench", "decode"],
        python: None,
        hf_hub: None,
    },
    Bench {
        title: "Safetensors headers",
        text: "Headers of several sizes, beside the `safetensors` crate.",
        run: &["bench", "-q", "-p", "hf-safetensors", "--bench", "header"],
        python: None,
        hf_hub: None,
    },
];

/// `cargo xtask benchmarks [--python PYTHON] [--hf-hub PROGRAM] [TITLE...]`: runs all benches, or those whose titles
/// begin with a `TITLE`, and writes the page if all were run.
pub(crate) fn run(args: &[String]) -> Result {
    let mut args = args.to_vec();
    let mut option = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        (at + 1 < args.len()).then(|| args.drain(at..at + 2).nth(1))?
    };
    let (python, hf_hub) = (option("--python"), option("--hf-hub"));
    let wanted = |bench: &&Bench| {
        args.is_empty() || args.iter().any(|a| bench.title.starts_with(a.as_str()))
    };
    let mut page = introduction()?;
    for bench in BENCHES.iter().filter(wanted) {
        let mut command = cargo(bench.run);
        for (option, program) in [(bench.python, &python), (bench.hf_hub, &hf_hub)] {
            if let (Some(option), Some(program)) = (option, program) {
                command
                    .args(Some(option).filter(|o| !o.is_empty()))
                    .arg(program);
            }
        }
        // The build is no part of the figures, and its messages none of the page.
        eprintln!("{}: cargo {}", bench.title, bench.run.join(" "));
        let printed = output(&mut command)?;
        print!("{printed}");
        let _infallible = write!(
            page,
            "\n## {}\n\n{}\n\n```sh\ncargo {}\n```\n\n```text\n{}\n```\n",
            bench.title,
            bench.text,
            bench.run.join(" "),
            printed.trim_end()
        );
    }
    if !args.is_empty() {
        return Ok(());
    }
    std::fs::write(root().join(PAGE), page).map_err(|error| format!("{PAGE}: {error}"))?;
    status(
        Command::new("git")
            .args(["diff", "--stat", "--", PAGE])
            .current_dir(root()),
    )
}

fn introduction() -> Result<String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let processor = read("/proc/cpuinfo")
        .lines()
        .find_map(|line| {
            line.strip_prefix("model name")?
                .split_once(": ")
                .map(|(_, name)| name.to_owned())
        })
        .unwrap_or_else(|| "unknown".to_owned());
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("unknown");
    let commit = output(
        Command::new("git")
            .args(["rev-parse", "--short", "HEAD"])
            .current_dir(root()),
    )?;
    let rustc = output(Command::new("rustc").arg("--version").current_dir(root()))?;
    Ok(format!(
        "# Benchmarks\n\n\
         Written by `cargo xtask benchmarks`, which runs everything below against the embedded Hub (`hf-testhub`) on the \
         same machine: the Hub's share of the processor is part of every figure, for all clients alike. Compare figures of \
         one run only.\n\n\
         | | |\n|---|---|\n| processor | {processor}, {cores} cores |\n| load at the start | {load} |\n| compiler | {} |\n\
         | commit | {} |\n",
        rustc.trim(),
        commit.trim()
    ))
}
