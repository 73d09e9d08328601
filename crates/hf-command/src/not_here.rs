//! Commands of Python's `hf` that are not here, which say why.

use clap::Args;
use hf_api::{Error, ErrorKind};

use crate::failure::Done;

/// The words of a command that is not here.
#[derive(Debug, Args)]
pub(crate) struct AnyWords {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _words: Vec<String>,
}

/// Why `hf sandbox` is not here.
pub(crate) fn sandbox() -> Done {
    fail(
        "hf sandbox",
        "its protocol is experimental, and its server is a program that each client names by hash",
        "`hf jobs run --ssh` starts a machine, and `hf jobs ssh` opens a shell in it",
    )
}

/// Fails, and says why and what to do instead.
pub(crate) fn fail(command: &str, why: &str, instead: &'static str) -> Done {
    let error = Error::new(
        ErrorKind::NotImplemented,
        format!("`{command}` is not here: {why}"),
    );
    Err(error.with_hint(instead).into())
}
