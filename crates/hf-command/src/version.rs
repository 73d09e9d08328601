//! `hf version`.

use serde_json::json;

use crate::failure::Done;
use crate::output::{Output, print};

pub(crate) fn run(output: Output) -> Done {
    Ok(output.result(
        "hf version",
        &[("version", json!(env!("CARGO_PKG_VERSION")))],
    )?)
}

/// `hf --version`: the number alone.
pub(crate) fn number() -> Done {
    Ok(print(concat!(env!("CARGO_PKG_VERSION"), "\n"))?)
}
