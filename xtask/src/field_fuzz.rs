//! Responses with one field changed, through Python's client and ours: `cargo xtask field-fuzz [METHOD...]`.

use std::process::Command;

use crate::python;
use crate::run::{Result, cargo, root, status};

/// Python over all changes, which rewrites `field_fuzz.json` (or the methods in it); then ours over those after which
/// Python returns.
pub(crate) fn run(args: &[String]) -> Result {
    let script = root().join("tests/conformance/field_fuzz.py");
    status(Command::new(python::interpreter()?).arg(script).args(args))?;
    let methods = match args {
        [] => "all".to_owned(),
        methods => methods.join(","),
    };
    status(
        cargo(&[
            "test",
            "--package",
            "hf-tests",
            "--test",
            "conformance",
            "an_odd_field",
        ])
        .env("FIELD_FUZZ", methods),
    )
}
