//! Checks the runtime that requests run on.

use std::cell::Cell;
use std::panic::catch_unwind;
use std::time::Duration;

use tokio::runtime::{Handle, Id};

use crate::error::{Error, Result};

thread_local! {
    /// The runtime that was most recently checked on this thread.
    static GOOD: Cell<Option<Id>> = const { Cell::new(None) };
}

/// Checks that the current tokio runtime has timers, without which requests would panic.
///
/// # Errors
/// Returns `Validation` that says what is missing.
pub(crate) fn check() -> Result<()> {
    let here = Handle::try_current().map_err(|_| none())?;
    if GOOD.get() == Some(here.id()) {
        return Ok(());
    }
    // tokio offers no other way to find out. This happens once per runtime; the panic hook prints tokio's own
    // message as well.
    if catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO))).is_err() {
        return Err(lacks("timers"));
    }
    GOOD.set(Some(here.id()));
    Ok(())
}

/// Checks that the current runtime has an I/O driver, which connections need.
///
/// # Errors
/// Returns `Validation` if it has none.
#[cfg(unix)]
pub(crate) fn check_io() -> Result<()> {
    catch_unwind(|| drop(tokio::net::UnixStream::pair())).map_err(|_| lacks("I/O driver"))
}

/// Always succeeds: there is no check without a side effect on this platform.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)]
pub(crate) fn check_io() -> Result<()> {
    Ok(())
}

fn lacks(what: &str) -> Error {
    Error::validation(format!("the tokio runtime has no {what}"))
        .with_hint("build it with `tokio::runtime::Builder::enable_all`")
}

/// Returns the error of a call outside of a runtime.
pub(crate) fn none() -> Error {
    Error::validation("requests need a tokio runtime, but this thread is not inside one").with_hint(
        "call this from a tokio runtime (`#[tokio::main]`), or use the blocking form of the call (`.wait()`)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Builder;

    #[test]
    fn what_a_runtime_lacks_is_an_error_and_no_panic() {
        assert!(check().unwrap_err().hint().unwrap().contains(".wait()"));
        let bare = Builder::new_current_thread().build().unwrap();
        let error = bare.block_on(async { check() }).unwrap_err();
        assert!(error.hint().unwrap().contains("enable_all"), "{error}");
        let timers = Builder::new_current_thread().enable_time().build().unwrap();
        timers.block_on(async { check() }).unwrap();
        assert_eq!(timers.block_on(async { check_io() }).is_err(), cfg!(unix));
        let whole = Builder::new_current_thread().enable_all().build().unwrap();
        whole
            .block_on(async { check().and_then(|()| check_io()) })
            .unwrap();
    }
}
