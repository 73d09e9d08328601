//! Parameters that are text to the user and a typed value to the call.

use std::borrow::Cow;
use std::fmt;

use hf_types::{BucketId, CommitHash, RepoId, RepoType, Revision};

use crate::{Error, Result};

/// An argument of a call: not given, a value, or text that is not a value of
/// its type.
///
/// Setters take `impl Into<Arg<T>>`, so that a parameter of type [`RepoType`]
/// accepts a `RepoType`, `"dataset"`, a `String`, or an `Option` of these.
/// Malformed text is kept and comes back as a `Validation` error when the call
/// runs, so that chains stay short.
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
#[derive(Clone, PartialEq)]
pub struct Arg<T>(State<T>);

#[derive(Clone, PartialEq)]
enum State<T> {
    Unset,
    Value(T),
    Malformed(String),
}

/// A type that is read from text.
pub trait ArgText: Clone + fmt::Display + Send + Sync + 'static + private::Sealed {
    /// Reads it.
    #[doc(hidden)]
    fn parse_arg(text: &str) -> Result<Self>;
}

mod private {
    pub trait Sealed {}
}

impl<T> Default for Arg<T> {
    fn default() -> Self {
        Self(State::Unset)
    }
}

#[allow(dead_code)]
impl<T: ArgText> Arg<T> {
    /// Reads `text`; what is malformed is kept as it is.
    pub(crate) fn parse(text: &str) -> Self {
        Self(match T::parse_arg(text) {
            Ok(value) => State::Value(value),
            Err(_) => State::Malformed(text.to_owned()),
        })
    }

    /// Returns the value, if one was given.
    pub(crate) fn get(&self) -> Result<Option<&T>> {
        match &self.0 {
            State::Unset => Ok(None),
            State::Value(value) => Ok(Some(value)),
            // The error of a value is not kept, as errors cannot be cloned.
            State::Malformed(text) => match T::parse_arg(text) {
                Err(error) => Err(error),
                Ok(_) => Err(Error::validation(format!("malformed argument {text:?}"))),
            },
        }
    }

    /// Returns the value of a parameter that must be given.
    pub(crate) fn required(&self) -> Result<&T> {
        self.get()?
            .ok_or_else(|| Error::validation("a required argument is missing"))
    }

    /// Returns the value, or `default` where none was given.
    pub(crate) fn or(&self, default: T) -> Result<T> {
        Ok(self.get()?.cloned().unwrap_or(default))
    }

    /// Returns whether nothing was given.
    pub(crate) fn is_unset(&self) -> bool {
        matches!(self.0, State::Unset)
    }

    /// Returns what was given, as text.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.0 {
            State::Unset => None,
            State::Value(value) => Some(value.to_string()),
            State::Malformed(text) => Some(text.clone()),
        }
    }
}

impl Arg<String> {
    /// Returns the text, if one was given.
    pub(crate) fn into_option(self) -> Option<String> {
        match self.0 {
            State::Unset => None,
            State::Value(text) | State::Malformed(text) => Some(text),
        }
    }
}

impl<T: ArgText> fmt::Debug for Arg<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            State::Unset => f.write_str("None"),
            State::Value(value) => write!(f, "{:?}", value.to_string()),
            State::Malformed(text) => write!(f, "{text:?} (malformed)"),
        }
    }
}

/// `From` for each type, directly, by reference and as an `Option`.
macro_rules! from {
    ($target:ty: $($source:ty => |$value:ident| $arg:expr),* $(,)?) => {$(
        impl From<$source> for Arg<$target> {
            fn from($value: $source) -> Self {
                $arg
            }
        }

        impl From<Option<$source>> for Arg<$target> {
            fn from(value: Option<$source>) -> Self {
                value.map_or_else(Self::default, Self::from)
            }
        }
    )*};
}

macro_rules! parsed {
    ($($target:ty),* $(,)?) => {$(
        impl private::Sealed for $target {}

        impl ArgText for $target {
            fn parse_arg(text: &str) -> Result<Self> {
                Ok(text.parse::<Self>()?)
            }
        }

        from! {
            $target:
            $target => |value| Self(State::Value(value)),
            &$target => |value| Self(State::Value(value.clone())),
            &str => |text| Self::parse(text),
            &String => |text| Self::parse(text),
            String => |text| Self::parse(&text),
        }
    )*};
}

parsed!(RepoId, RepoType, Revision, CommitHash, BucketId);

// A commit is a revision.
from! {
    Revision:
    CommitHash => |commit| Self::parse(commit.as_str()),
    &CommitHash => |commit| Self::parse(commit.as_str()),
}

impl private::Sealed for String {}

impl ArgText for String {
    fn parse_arg(text: &str) -> Result<Self> {
        Ok(text.to_owned())
    }
}

from! {
    String:
    String => |text| Self(State::Value(text)),
    &str => |text| Self(State::Value(text.to_owned())),
    &String => |text| Self(State::Value(text.clone())),
    Cow<'_, str> => |text| Self(State::Value(text.into_owned())),
    RepoId => |value| Self(State::Value(value.to_string())),
    &RepoId => |value| Self(State::Value(value.to_string())),
    RepoType => |value| Self(State::Value(value.to_string())),
    Revision => |value| Self(State::Value(value.to_string())),
    &Revision => |value| Self(State::Value(value.to_string())),
    CommitHash => |value| Self(State::Value(value.to_string())),
    &CommitHash => |value| Self(State::Value(value.to_string())),
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
        assert_eq!(format!("{arg:?}"), "\"a//b\" (malformed)");
        assert_eq!(arg.text().as_deref(), Some("a//b"));
    }
}
