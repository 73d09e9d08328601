//! Chores of the workspace: `cargo xtask <chore>`.

mod bench;
mod cas;
mod check;
mod engines;
mod features;
mod field_fuzz;
mod fuzz;
mod hub;
mod interop;
mod interrupted;
mod openapi;
mod platforms;
mod publish;
mod python;
mod record;
mod run;
mod screens;
mod semver;
mod sizes;
mod windows;

use std::process::ExitCode;

/// A chore: its name, what it does, and its code.
type Chore = (&'static str, &'static str, fn(&[String]) -> run::Result);

const CHORES: &[Chore] = &[
    (
        "bench",
        "whole processes against the embedded Hub: `[ROW...]`, `page`, `command`, `compare OLD NEW`, `xet`",
        bench::run,
    ),
    (
        "cas",
        "both clients against the official content store: `[--big]` (installs it)",
        cas::run,
    ),
    (
        "check",
        "what every file of the repository must keep to",
        check::run,
    ),
    (
        "engines",
        "data engines over the object store: `[NAME...]`, `--speed` (builds hundreds of crates)",
        engines::run,
    ),
    (
        "features",
        "each crate alone, with each of its features, and what it pulls in",
        features::run,
    ),
    (
        "fuzz",
        "every fuzz target for a while: `[SECONDS] [TARGET]` (needs cargo-fuzz)",
        fuzz::run,
    ),
    (
        "field-fuzz",
        "every field of every response changed, through Python's client and ours",
        field_fuzz::run,
    ),
    (
        "interop",
        "the Python client's everyday calls against the embedded Hub, and Xet both ways: `[--big]`",
        interop::run,
    ),
    (
        "interrupted",
        "runs killed at random moments, and what a plain run makes of them: `[--runs N]`",
        interrupted::run,
    ),
    (
        "openapi",
        "the requests we make against the Hub's description of its API",
        openapi::run,
    ),
    (
        "platforms",
        "the libraries compiled for other systems: `[TARGET...]`",
        platforms::run,
    ),
    (
        "publish",
        "every package, built as a user would get it: `--dry-run`",
        publish::run,
    ),
    (
        "record",
        "the conformance cases again, by running the Python client",
        record::run,
    ),
    (
        "screens",
        "what the command looks like on a terminal, for its documentation (needs tmux)",
        screens::run,
    ),
    (
        "semver",
        "the public surface against the last release (needs cargo-semver-checks)",
        semver::run,
    ),
    (
        "sizes",
        "size, crates and build time of programs that use these crates: `[PROGRAM...]`",
        sizes::run,
    ),
    (
        "windows",
        "the libraries for Windows, their tests under Wine: `[FILTER]`",
        windows::run,
    ),
];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let Some((_, _, chore)) = CHORES.iter().find(|(known, _, _)| *known == name) else {
        eprintln!("usage: cargo xtask <chore>\n");
        for (known, what, _) in CHORES {
            eprintln!("  {known:10} {what}");
        }
        return ExitCode::FAILURE;
    };
    match chore(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{name}: {problem}");
            ExitCode::FAILURE
        }
    }
}
