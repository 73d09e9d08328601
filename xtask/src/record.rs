//! Runs the Python client over the conformance cases and writes down what it
//! did: `cargo xtask record [METHOD...]`.

use std::process::Command;

use crate::python;
use crate::run::{Result, root, status};

pub(crate) fn run(args: &[String]) -> Result {
    let recorder = root().join("tests/conformance/record.py");
    status(
        Command::new(python::interpreter()?)
            .arg(recorder)
            .args(args),
    )
}
