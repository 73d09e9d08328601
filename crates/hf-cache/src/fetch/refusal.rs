//! Interprets error responses to requests for content.

use hf_transport::{Error, ErrorKind};

/// Returns whether an error response may be caused by the range of the request.
pub(super) fn refuses_range(err: &Error) -> bool {
    is_generic(err)
        && err.status().is_some_and(|status| {
            matches!(status.as_u16(), 400 | 403 | 405 | 413 | 416 | 500 | 501)
        })
}

/// Returns whether an error response may mean that the file is too large to be sent in one response.
pub(super) fn refuses_whole(err: &Error) -> bool {
    is_generic(err)
        && err
            .status()
            .is_some_and(|status| matches!(status.as_u16(), 400 | 403 | 413))
}

/// Returns whether the Hub has not named a specific cause.
fn is_generic(err: &Error) -> bool {
    !matches!(
        err.kind(),
        ErrorKind::RepositoryNotFound
            | ErrorKind::RevisionNotFound
            | ErrorKind::EntryNotFound
            | ErrorKind::GatedRepo
            | ErrorKind::DisabledRepo
            | ErrorKind::Unauthorized
    )
}
