//! Errors of the Hub as errors of `object_store`.

use hf_api::{Error, ErrorKind};
use object_store::Error as StoreError;

/// The name under which `object_store` reports errors of no other kind.
pub(crate) const STORE: &str = "HuggingFaceHub";

/// Converts an error about `path`. Ours stays the source, with its status, hint and request id.
pub(crate) fn convert(error: Error, path: impl Into<String>) -> StoreError {
    let path = path.into();
    match error.kind() {
        ErrorKind::EntryNotFound
        | ErrorKind::RepositoryNotFound
        | ErrorKind::RevisionNotFound
        | ErrorKind::BucketNotFound => StoreError::NotFound {
            path,
            source: error.into(),
        },
        ErrorKind::Unauthorized | ErrorKind::LocalTokenNotFound => StoreError::Unauthenticated {
            path,
            source: error.into(),
        },
        ErrorKind::Forbidden | ErrorKind::GatedRepo | ErrorKind::DisabledRepo => {
            StoreError::PermissionDenied {
                path,
                source: error.into(),
            }
        }
        ErrorKind::PreconditionFailed => StoreError::Precondition {
            path,
            source: error.into(),
        },
        ErrorKind::NotImplemented => StoreError::NotSupported {
            source: error.into(),
        },
        _ => generic(error),
    }
}

/// An error of no other kind.
pub(crate) fn generic(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Generic {
        store: STORE,
        source: error.into(),
    }
}

/// Bad input: nothing was sent.
pub(crate) fn invalid(problem: String, hint: &'static str) -> StoreError {
    generic(Error::validation(problem).with_hint(hint))
}

/// What this store, or the Hub, does not do.
pub(crate) fn unsupported(problem: String, hint: &'static str) -> StoreError {
    StoreError::NotSupported {
        source: Error::new(ErrorKind::NotImplemented, problem)
            .with_hint(hint)
            .into(),
    }
}

pub(crate) fn not_found(path: &str, place: &str) -> StoreError {
    StoreError::NotFound {
        path: path.to_owned(),
        source: Error::new(
            ErrorKind::EntryNotFound,
            format!("there is no file {path:?} in {place}"),
        )
        .into(),
    }
}

pub(crate) fn exists(path: &str, place: &str) -> StoreError {
    StoreError::AlreadyExists {
        path: path.to_owned(),
        source: format!("{place} has a file {path:?} already").into(),
    }
}

pub(crate) fn precondition(path: &str, problem: String) -> StoreError {
    StoreError::Precondition {
        path: path.to_owned(),
        source: problem.into(),
    }
}
