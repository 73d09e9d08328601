//! Data engines, really run over the object store: `cargo xtask engines [NAME...]`, and the store beside OpenDAL's:
//! `cargo xtask engines --speed [ENTRIES [ROW...]]`.
//!
//! They are a workspace of their own, `tests/engines`, because each is hundreds of crates: the first build takes a quarter of
//! an hour on two cores, and 5 GB.

use std::process::Command;

use crate::run::{Result, cargo_command, root, status};

/// The engines, with the name of the test of each. All are built at once, so that what several need is built once.
const ENGINES: &[(&str, &str)] = &[
    ("datafusion", "sql"),
    ("ballista", "cluster"),
    ("delta", "table"),
];

pub(crate) fn run(args: &[String]) -> Result {
    if let Some((first, rest)) = args.split_first()
        && first == "--speed"
    {
        let mut command = cargo("run");
        command.args(["--release", "--package=engine-speed", "--"]);
        return status(command.args(rest));
    }
    let names: Vec<&str> = args.iter().map(String::as_str).collect();
    let known: Vec<&str> = ENGINES.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        return Err(format!(
            "there is no engine {unknown:?}; there are {}",
            known.join(", ")
        ));
    }
    for (name, test) in ENGINES {
        if !names.is_empty() && !names.contains(name) {
            continue;
        }
        println!("\n== {name}");
        let mut command = cargo("test");
        for (name, _) in ENGINES {
            command.arg(format!("--package=engine-{name}"));
        }
        command.args(["--test", test, "--", "--nocapture", "--test-threads=1"]);
        status(&mut command)?;
    }
    Ok(())
}

/// A command of Cargo in the workspace of the engines.
fn cargo(verb: &str) -> Command {
    let mut command = cargo_command();
    command
        .arg(verb)
        .arg("--target-dir")
        .arg(root().join("target/engines"))
        .current_dir(root().join("tests/engines"));
    command
}
