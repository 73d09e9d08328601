//! Optional parameters that are given as typed values or as text.

use std::borrow::Cow;
use std::fmt;

use hf_types::{BucketId, CollectionSlug, CommitHash, Param, RepoId, RepoType, Revision};

use crate::Result;

/// An optional argument of a call.
///
/// Setters take `impl Into<Arg<T>>`, so that a parameter of type [`RepoType`]
/// accepts a `RepoType`, `"dataset"`, a `String`, or an `Option` of these.
/// Malformed text is kept and comes back as a `Validation` error when the call
/// runs, so that chains stay short. Required arguments are [`Param`]s.
///
/// ```
/// # fn example(api: hf_api::HfApi, kind: Option<String>) {
/// use hf_api::types::RepoType;
///
/// let typed = api.repo_info("user/name").repo_type(RepoType::Dataset);
/// let text = api.repo_info("user/name").repo_type("dataset");
/// let passed_on = api.repo_info("user/name").repo_type(kind);
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Arg<T>(Option<Param<T>>);

impl<T> Default for Arg<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Arg<T> {
    /// Returns the value, if one was given.
    pub(crate) fn get(&self) -> Result<Option<&T>> {
        match &self.0 {
            None => Ok(None),
            Some(given) => Ok(Some(given.value().map_err(Clone::clone)?)),
        }
    }

    /// Returns the value, or `default` where none was given.
    pub(crate) fn or(&self, default: T) -> Result<T>
    where
        T: Clone,
    {
        Ok(self.get()?.cloned().unwrap_or(default))
    }

    /// Returns whether nothing was given.
    pub(crate) fn is_unset(&self) -> bool {
        self.0.is_none()
    }
}

impl Arg<String> {
    /// Returns the text, if one was given.
    pub(crate) fn into_option(self) -> Option<String> {
        self.0.and_then(|given| given.into_value().ok())
    }
}

impl<T: fmt::Debug> fmt::Debug for Arg<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> From<Param<T>> for Arg<T> {
    fn from(given: Param<T>) -> Self {
        Self(Some(given))
    }
}

/// `From` for each type, directly and as an `Option`.
macro_rules! from {
    ($target:ty: $($source:ty => |$value:ident| $given:expr),* $(,)?) => {$(
        impl From<$source> for Arg<$target> {
            fn from($value: $source) -> Self {
                Self(Some($given))
            }
        }

        impl From<Option<$source>> for Arg<$target> {
            fn from(value: Option<$source>) -> Self {
                value.map_or_else(Self::default, Self::from)
            }
        }
    )*};
}

/// What [`Param`] accepts.
macro_rules! from_text {
    ($($target:ty),* $(,)?) => {$(
        from! {
            $target:
            $target => |value| Param::from(value),
            &$target => |value| Param::from(value),
            &str => |text| Param::from(text),
            &String => |text| Param::from(text),
            String => |text| Param::from(text),
        }
    )*};
}

from_text!(
    RepoId,
    RepoType,
    Revision,
    CommitHash,
    BucketId,
    CollectionSlug
);

from! {
    Revision:
    CommitHash => |commit| Param::from(commit),
    &CommitHash => |commit| Param::from(commit),
}

from! {
    String:
    String => |text| Param::from(text),
    &str => |text| Param::from(text.to_owned()),
    &String => |text| Param::from(text.clone()),
    Cow<'_, str> => |text| Param::from(text.into_owned()),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_given_in_many_forms() {
        let owned = "dataset".to_owned();
        for arg in [
            Arg::<RepoType>::from("dataset"),
            Arg::from(&owned),
            Arg::from(owned.clone()),
            Arg::from(RepoType::Dataset),
            Arg::from(Some("dataset")),
            Arg::from(Some(RepoType::Dataset)),
        ] {
            assert_eq!(arg.get().unwrap(), Some(&RepoType::Dataset));
        }
        assert!(Arg::<RepoType>::from(None::<String>).is_unset());
    }

    #[test]
    fn a_malformed_argument_is_reported_when_it_is_used() {
        let arg = Arg::<RepoId>::from("a//b");
        assert!(arg.get().unwrap_err().to_string().contains("a//b"));
    }
}
