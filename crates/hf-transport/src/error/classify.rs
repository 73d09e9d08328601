//! Which failures are worth a retry, and what an error of a stranger is.

use std::error::Error as StdError;
use std::io;

use http::StatusCode;

use super::{BoxError, Error, ErrorKind, Retryability};

/// Returns whether a response with this status is worth a retry. `invited`: it names a time to come back.
///
/// 429 says that nothing was done. So does an invited 503; a bare 503 may come from a gateway that lost a
/// server half-way, so a commit is not sent again for it.
pub(crate) fn status_retryability(status: StatusCode, invited: bool) -> Retryability {
    match status.as_u16() {
        429 => Retryability::Always,
        503 if invited => Retryability::Always,
        408 | 500 | 502..=504 | 506..=599 => Retryability::IfIdempotent,
        _ => Retryability::Never,
    }
}

/// Converts an error of a service that is not ours.
///
/// One that comes from a connection or a limit of time is retried like our own. Any other is the failure of
/// a layer or service of the user's, which is not retried: it says so by returning an [`Error`] with a
/// [`Retryability`].
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

/// Iterates over an error and its causes, the outermost first.
pub(crate) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Formats all messages of a chain in one line, each once.
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
