//! Parameters that take one value or several.

use serde::Serialize;

/// One value or several, as many of Python's parameters take.
#[derive(Debug, Clone, PartialEq)]
pub enum OneOrMany<T> {
    /// A single value, which some calls send in another form than a list.
    One(T),
    /// A list.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// The values.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }

    /// The values, owned.
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(item) => vec![item],
            Self::Many(items) => items,
        }
    }
}

impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(item) => item.serialize(serializer),
            Self::Many(items) => items.serialize(serializer),
        }
    }
}

impl From<&str> for OneOrMany<String> {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl From<String> for OneOrMany<String> {
    fn from(text: String) -> Self {
        Self::One(text)
    }
}

impl From<&String> for OneOrMany<String> {
    fn from(text: &String) -> Self {
        Self::One(text.clone())
    }
}

impl<S: AsRef<str>> From<&[S]> for OneOrMany<String> {
    fn from(items: &[S]) -> Self {
        Self::Many(items.iter().map(|item| item.as_ref().to_owned()).collect())
    }
}

impl<S: Into<String>> From<Vec<S>> for OneOrMany<String> {
    fn from(items: Vec<S>) -> Self {
        Self::Many(items.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for OneOrMany<String> {
    fn from(items: [S; N]) -> Self {
        Self::Many(items.into_iter().map(Into::into).collect())
    }
}
