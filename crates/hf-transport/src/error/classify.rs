use std::error::Error as StdError;

use http::StatusCode;

use super::{BoxError, Error, ErrorKind, Repeat};

/// Which answers are worth another try.
///
/// 429 says that nothing was done. So does 503 when it names a time to come back; a bare 503 may come
/// from a gateway that lost a server half-way, so a commit is not sent again for it.
pub(crate) fn repeat_status(status: StatusCode, invited: bool) -> Repeat {
    match status.as_u16() {
        429 => Repeat::Always,
        503 if invited => Repeat::Always,
        408 | 500 | 502..=504 | 506..=599 => Repeat::IfRepeatable,
        _ => Repeat::Never,
    }
}

/// An error from a service that is not ours.
pub(crate) fn foreign(error: BoxError) -> Error {
    let timed_out = chain(error.as_ref()).any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut)
    });
    let message = spell_out(error.as_ref());
    let kind = if timed_out {
        ErrorKind::Timeout
    } else {
        ErrorKind::Network
    };
    Error::new(kind, message)
        .with_repeat(Repeat::IfRepeatable)
        .with_source(error)
}

/// An error and its causes, the outermost first.
pub(crate) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// All messages of a chain in one line, each once.
pub(crate) fn spell_out(error: &(dyn StdError + 'static)) -> String {
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
