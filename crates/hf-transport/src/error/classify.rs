//! Decides which failures are worth a retry, and converts errors of other crates.

use std::error::Error as StdError;
use std::io;

use http::StatusCode;

use super::{BoxError, Error, ErrorKind, Retryability};

/// Returns whether a response with this status is worth a retry. `invited` means that the response names a
/// time for the next attempt.
///
/// A 429 means that nothing was done, and so does a 503 with a time. A bare 503 may come from a gateway that
/// lost its server half-way, so a commit is not sent again after it.
pub(crate) fn status_retryability(status: StatusCode, invited: bool) -> Retryability {
    match status.as_u16() {
        429 => Retryability::Always,
        503 if invited => Retryability::Always,
        408 | 500 | 502..=504 | 506..=599 => Retryability::IfIdempotent,
        _ => Retryability::Never,
    }
}

/// Converts an error that is not of this crate.
///
/// An error that comes from a connection or a timeout is retried like our own. Any other error is a failure
/// of a user's layer or service and is not retried, unless it is an [`Error`] with a [`Retryability`] that
/// says so.
pub(super) fn foreign(error: BoxError) -> Error {
    let any = |matches: fn(&(dyn StdError + 'static)) -> bool| chain(error.as_ref()).any(matches);
    let (kind, retryability) = if any(is_timeout) {
        (ErrorKind::Timeout, Retryability::IfIdempotent)
    } else if any(is_connection) {
        (ErrorKind::Network, Retryability::IfIdempotent)
    } else {
        (ErrorKind::Layer, Retryability::Never)
    };
    Error::new(kind, display_chain(error.as_ref()))
        .with_retryability(retryability)
        .with_source(error)
}

fn is_timeout(cause: &(dyn StdError + 'static)) -> bool {
    cause.is::<tower::timeout::error::Elapsed>()
        || cause.is::<tokio::time::error::Elapsed>()
        || cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}

fn is_connection(cause: &(dyn StdError + 'static)) -> bool {
    if cause.is::<hyper::Error>() || cause.is::<hyper_util::client::legacy::Error>() {
        return true;
    }
    cause.downcast_ref::<io::Error>().is_some_and(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::ConnectionRefused
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::NotConnected
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::NetworkDown
                | io::ErrorKind::AddrNotAvailable
        )
    })
}

/// Iterates over an error and its sources, the outermost first.
pub(crate) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Joins the messages of a chain of errors into one line, each message once.
pub(crate) fn display_chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = String::new();
    for cause in chain(error) {
        let part = cause.to_string();
        if !text.contains(&part) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&part);
        }
    }
    text
}
