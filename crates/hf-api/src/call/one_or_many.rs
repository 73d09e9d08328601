//! Parameters that take one value or a list.

use hf_types::JobStage;
use serde::Serialize;

/// One value or a list, as many of Python's parameters take.
#[derive(Debug, Clone, PartialEq)]
pub enum OneOrMany<T> {
    /// A single value, which some calls send in another form than a list.
    One(T),
    /// A list of values.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// Borrows the values as a slice.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }

    /// Returns the values as a list.
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

/// `From` for a single value of each item type; a blanket impl would collide
/// with those for lists.
macro_rules! from_one {
    ($($item:ty: $($source:ty => |$value:ident| $one:expr),*;)*) => {$($(
        impl From<$source> for OneOrMany<$item> {
            fn from($value: $source) -> Self {
                Self::One($one)
            }
        }
    )*)*};
}

from_one! {
    String:
        &str => |text| text.to_owned(),
        &String => |text| text.clone(),
        String => |text| text;
    JobStage:
        &str => |text| text.into(),
        JobStage => |stage| stage;
}

impl<S: AsRef<str>> From<&[S]> for OneOrMany<String> {
    fn from(items: &[S]) -> Self {
        Self::Many(items.iter().map(|item| item.as_ref().to_owned()).collect())
    }
}

impl<T, S: Into<T>> From<Vec<S>> for OneOrMany<T> {
    fn from(items: Vec<S>) -> Self {
        Self::Many(items.into_iter().map(Into::into).collect())
    }
}

impl<T, S: Into<T>, const N: usize> From<[S; N]> for OneOrMany<T> {
    fn from(items: [S; N]) -> Self {
        Self::Many(items.into_iter().map(Into::into).collect())
    }
}
