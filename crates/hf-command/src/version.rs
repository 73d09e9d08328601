//! `hf version`.

use serde_json::json;

use crate::failure::Done;
use crate::output::Output;

pub(crate) fn run(output: Output) -> Done {
    Ok(output.result(
        "hf version",
        &[("version", json!(env!("CARGO_PKG_VERSION")))],
    )?)
}
