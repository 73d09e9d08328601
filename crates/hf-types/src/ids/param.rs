//! Arguments that may be given as text.

use std::fmt;
use std::str::FromStr;

use super::{BucketId, CollectionSlug, CommitHash, RepoId, RepoPath, RepoType, Revision};
use crate::ValidationError;

/// An argument of type `T`, given as a `T` or as its text.
///
/// A setter that takes `impl Into<Param<T>>` accepts both and never fails: text that is no `T` is kept as the error
/// that [`Param::into_value`] returns, so that a chain of setters stays short and the mistake is reported by the call.
///
/// ```
/// use hf_types::{Param, RepoType};
///
/// fn list(repo_type: impl Into<Param<RepoType>>) -> Result<&'static str, hf_types::ValidationError> {
///     Ok(repo_type.into().into_value()?.api_plural())
/// }
/// assert_eq!(list(RepoType::Space)?, "spaces");
/// assert_eq!(list("dataset")?, "datasets");
/// assert!(list("datasets").unwrap_err().to_string().contains("repo type"));
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Param<T>(Result<T, ValidationError>);

impl<T> Param<T> {
    /// Returns the value, or what is wrong with the text that was given.
    pub fn into_value(self) -> Result<T, ValidationError> {
        self.0
    }

    /// Borrows the value, or what is wrong with the text that was given.
    pub fn value(&self) -> Result<&T, &ValidationError> {
        self.0.as_ref()
    }

    /// Reads `text` as a `T`; a failure is kept.
    pub fn parse(text: &str) -> Self
    where
        T: FromStr<Err = ValidationError>,
    {
        Self(text.parse())
    }
}

impl<T: fmt::Debug> fmt::Debug for Param<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(value) => value.fmt(f),
            Err(err) => err.fmt(f),
        }
    }
}

impl<T> From<T> for Param<T> {
    fn from(value: T) -> Self {
        Self(Ok(value))
    }
}

/// One impl for each form of text; a blanket one would collide with `From<T>`.
macro_rules! from_text {
    ($($ty:ty),*) => {$(
        impl From<&$ty> for Param<$ty> {
            fn from(value: &$ty) -> Self {
                Self(Ok(value.clone()))
            }
        }

        impl From<&str> for Param<$ty> {
            fn from(text: &str) -> Self {
                Self(text.parse())
            }
        }

        impl From<&String> for Param<$ty> {
            fn from(text: &String) -> Self {
                Self(text.parse())
            }
        }

        impl From<String> for Param<$ty> {
            fn from(text: String) -> Self {
                Self(text.try_into())
            }
        }
    )*};
}

from_text!(
    BucketId,
    CollectionSlug,
    CommitHash,
    RepoId,
    RepoPath,
    RepoType,
    Revision
);

impl From<CommitHash> for Param<Revision> {
    fn from(commit: CommitHash) -> Self {
        Self(Ok(commit.into()))
    }
}

impl From<&CommitHash> for Param<Revision> {
    fn from(commit: &CommitHash) -> Self {
        Self(Ok((*commit).into()))
    }
}
