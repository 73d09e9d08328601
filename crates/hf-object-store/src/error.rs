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

/// A range that is not in the file, by the size that is known of it.
#[derive(Debug)]
struct OutOfRange(String);

impl std::fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OutOfRange {}

pub(crate) fn out_of_range(problem: impl std::fmt::Display) -> StoreError {
    generic(OutOfRange(problem.to_string()))
}

/// Whether a file is not what was known of it: the bytes are others, or the range lies outside.
pub(crate) fn is_other_content(error: &StoreError) -> bool {
    let Some(source) = std::error::Error::source(error) else {
        return false;
    };
    source.is::<OutOfRange>()
        || source
            .downcast_ref::<Error>()
            .is_some_and(|error| error.kind() == ErrorKind::Checksum)
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
