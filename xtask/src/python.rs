//! The pinned Python client, in a venv of its own.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, root, status};

/// The Python client that this project measures itself against.
const PINNED: &[&str] = &["huggingface_hub==2.4.0", "hf_xet==1.8.0"];

/// The interpreter of a venv that holds the pinned client; made when it is not
/// there.
pub(crate) fn interpreter() -> Result<PathBuf> {
    let venv = root().join(".venv");
    let python = venv.join("bin/python");
    let installed = venv.join("installed");
    let wanted = PINNED.join("\n");
    if std::fs::read_to_string(&installed).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    status(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
    )?;
    status(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet"])
            .args(PINNED),
    )?;
    std::fs::write(&installed, wanted)
        .map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(python)
}
