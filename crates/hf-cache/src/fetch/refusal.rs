//! What an error response may be about.

use hf_transport::{Error, ErrorKind};

/// Whether an error response may be about the range of a request.
pub(super) fn refuses_range(err: &Error) -> bool {
    is_generic(err)
        && err.status().is_some_and(|status| {
            matches!(status.as_u16(), 400 | 403 | 405 | 413 | 416 | 500 | 501)
        })
}

/// Whether an error response may mean that the file is too large to be sent at once.
pub(super) fn refuses_whole(err: &Error) -> bool {
    is_generic(err)
        && err
            .status()
            .is_some_and(|status| matches!(status.as_u16(), 400 | 403 | 413))
}

/// Whether the Hub has not said what is wrong.
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
