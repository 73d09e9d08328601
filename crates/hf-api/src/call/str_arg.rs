//! What an optional text parameter accepts.

use std::borrow::Cow;

/// A value for an optional text parameter: text, or an `Option` of it, so
/// that a caller can pass on what it was given.
pub trait StrArg {
    /// The text, or `None` for the parameter's default.
    fn into_arg(self) -> Option<String>;
}

macro_rules! text {
    ($($ty:ty),* $(,)?) => {$(
        impl StrArg for $ty {
            fn into_arg(self) -> Option<String> {
                Some(self.to_string())
            }
        }

        impl StrArg for Option<$ty> {
            fn into_arg(self) -> Option<String> {
                self.map(|text| text.to_string())
            }
        }
    )*};
}

text!(
    &str,
    &String,
    Cow<'_, str>,
    hf_types::RepoId,
    &hf_types::RepoId,
    hf_types::RepoType,
    hf_types::Revision,
    &hf_types::Revision,
    hf_types::CommitHash,
    &hf_types::CommitHash,
);

impl StrArg for String {
    fn into_arg(self) -> Option<String> {
        Some(self)
    }
}

impl StrArg for Option<String> {
    fn into_arg(self) -> Option<String> {
        self
    }
}
