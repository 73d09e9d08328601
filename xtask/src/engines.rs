//! Data engines, really run over the object store: `cargo xtask engines`.
//!
//! They are a workspace of their own, `tests/engines`, because each is hundreds of crates. The first build takes a quarter of
//! an hour and more.

use std::process::Command;

use crate::run::{Result, root, status};

/// The packages of `tests/engines`.
const ENGINES: &[&str] = &["engine-datafusion"];

pub(crate) fn run(args: &[String]) -> Result {
    let wanted: Vec<&str> = match args {
        [] => ENGINES.to_vec(),
        some => some.iter().map(String::as_str).collect(),
    };
    for engine in wanted {
        println!("{engine}");
        status(
            Command::new(env!("CARGO"))
                .args(["test", "--package", engine, "--", "--nocapture"])
                .arg("--test-threads=1")
                .env("CARGO_TARGET_DIR", root().join("target/engines"))
                .current_dir(root().join("tests/engines")),
        )?;
    }
    Ok(())
}
