//! `docs/BENCHMARKS.md`: all benches of the repository.

use std::fmt::Write as _;
use std::fs;

use super::clients::Peers;
use super::report::Report;
use crate::run::{Result, cargo, output, root};

const PAGE: &str = "docs/BENCHMARKS.md";
const JSON: &str = "docs/benchmarks.json";

/// A bench that prints a table of its own.
struct Bench {
    title: &'static str,
    text: &'static str,
    run: &'static [&'static str],
    /// Whether it takes `--python` and `--hf-hub`.
    peers: bool,
}

const OTHERS: &[Bench] = &[
    Bench {
        title: "Xet",
        text: "Whole processes, each on a Hub of its own with an empty cache, the fastest of three: time, CPU time of the \
               client and of the Hub with its content store, peak memory, and bytes of new xorbs. Ours verifies every \
               file.",
        run: &["xtask", "bench", "xet"],
        peers: true,
    },
    Bench {
        title: "Xet on one core",
        text: "Random bytes in memory: how fast chunks are cut, hashed and compressed.",
        run: &[
            "run",
            "-q",
            "--release",
            "-p",
            "hf-cas",
            "--example",
            "speed",
        ],
        peers: false,
    },
    Bench {
        title: "Hashing",
        text: "SHA-256 as uploads use it, in bytes of memory and of files.",
        run: &["bench", "-q", "-p", "hf-commit", "--bench", "hashing"],
        peers: false,
    },
    Bench {
        title: "Decoding",
        text: "Responses of the Hub into dataclasses.",
        run: &["bench", "-q", "-p", "hf-types", "--bench", "decode"],
        peers: false,
    },
    Bench {
        title: "Safetensors headers",
        text: "Headers of several sizes, beside the `safetensors` crate.",
        run: &[
            "bench",
            "-q",
            "-p",
            "hf-safetensors",
            "--features",
            "mmap",
            "--bench",
            "header",
        ],
        peers: false,
    },
];

const INTRODUCTION: &str = "\
# Benchmarks

Written by `cargo xtask bench page`, which runs everything below against the embedded Hub (`hf-testhub`) on the same
machine: the Hub's share of the processor is part of every time, for all clients alike. Caches are in memory (tmpfs) where
the system has it. Compare figures of one run only;
`cargo xtask bench compare OLD NEW` does so with two files like [benchmarks.json](benchmarks.json).
";

const PROCESSES: &str = "
## Whole processes

From start to exit; medians of rounds in which the clients take turns (one round for another client that takes more than
5 s); `-` where a client has no such call or failed. `bare` makes the requests that must be made, writes what it gets and
verifies nothing (`tests/examples/bench_bare`); `bare, linked` renames and links each file as the cache has them, too;
`SHA-256 alone` hashes as many bytes of memory. Ours verifies every file.
Xet is off.

```sh
cargo xtask bench
```

";

pub(super) fn write(report: &Report, peers: &Peers) -> Result {
    let mut page = INTRODUCTION.to_owned();
    let mut machine = String::new();
    for name in ["processor", "cores", "load", "compiler", "commit"] {
        let value = &report.machine[name];
        let value = value.as_str().map_or(value.to_string(), str::to_owned);
        let _infallible = writeln!(machine, "| {name} | {value} |");
    }
    let _infallible = write!(
        page,
        "\n| | |\n|---|---|\n{machine}{PROCESSES}{}",
        report.markdown()
    );
    for bench in OTHERS {
        let mut command = cargo(bench.run);
        if bench.peers {
            for (option, program) in [("--python", &peers.python), ("--hf-hub", &peers.hf_hub)] {
                command.args(program.iter().flat_map(|program| [option, program]));
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
    fs::write(root().join(PAGE), page).map_err(|error| format!("{PAGE}: {error}"))?;
    report.save(&root().join(JSON))
}
