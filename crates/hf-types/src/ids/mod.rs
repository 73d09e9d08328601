//! Ids and other small validated values: parsed once at the edge, trusted afterwards.

mod bucket_id;
mod collection_slug;
mod commit_hash;
mod etag;
mod hash;
mod param;
mod repo_id;
mod repo_path;
mod repo_type;
mod revision;

pub use bucket_id::BucketId;
pub use collection_slug::CollectionSlug;
pub use commit_hash::CommitHash;
pub use etag::{Etag, EtagKind};
pub use hash::{GitSha1, Sha256};
pub use param::Param;
pub use repo_id::RepoId;
pub use repo_path::RepoPath;
pub use repo_type::RepoType;
pub use revision::Revision;
pub(crate) use revision::special_ref_len;

/// What every validated string has in common: parsing, showing, comparing, serde.
///
/// The type is a tuple struct over `Box<str>`; `parse` gives the text to keep, or says why there is none.
macro_rules! string_value {
    ($name:ident, $parse:path) => {
        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::ValidationError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self($parse(text)?.into()))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = crate::ValidationError;
            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<&String> for $name {
            type Error = crate::ValidationError;
            fn try_from(text: &String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = crate::ValidationError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                match $parse(&text)? {
                    kept if kept.len() == text.len() => Ok(Self(text.into_boxed_str())),
                    kept => Ok(Self(kept.into())),
                }
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0.into()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }

        crate::ids::string_serde!($name);
    };
}

/// Serde as a string: written as it shows, read through `FromStr`.
macro_rules! string_serde {
    ($name:ident) => {
        impl serde_core::Serialize for $name {
            fn serialize<S: serde_core::Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde_core::Deserialize<'de> for $name {
            fn deserialize<D: serde_core::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                deserializer.deserialize_str(crate::ids::Parsed(std::marker::PhantomData))
            }
        }
    };
}

pub(crate) use {string_serde, string_value};

/// Reads a string with `FromStr`.
pub(crate) struct Parsed<T>(pub(crate) std::marker::PhantomData<T>);

impl<T> serde_core::de::Visitor<'_> for Parsed<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde_core::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
