//! `hf update`.

use serde_json::json;

use crate::failure::Done;
use crate::output::Output;

/// Prints how to get the newest version. Nothing is downloaded or run: this program was put here by something that
/// knows how to replace it.
pub(crate) fn run(output: Output) -> Done {
    let version = env!("CARGO_PKG_VERSION");
    let command = "cargo install --locked hf-command";
    output.result(
        "hf does not replace itself; this installs the newest version",
        &[("command", json!(command)), ("version", json!(version))],
    )?;
    output.hint("a binary from a package or a download is updated the way it came");
    Ok(())
}
