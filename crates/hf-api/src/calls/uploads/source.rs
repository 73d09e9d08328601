//! The content of an uploaded file.

use std::path::{Path, PathBuf};

use crate::Result;
use bytes::Bytes;
use hf_commit::CommitOperationAdd;

/// A file to upload: a local path, or bytes.
///
/// Text is a path, as in Python; bytes are content:
///
/// ```
/// use hf_api::calls::uploads::FileSource;
///
/// assert_eq!(FileSource::from("out/config.json"), FileSource::path("out/config.json"));
/// assert_eq!(FileSource::from(b"{}"), FileSource::bytes("{}"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileSource {
    /// A local file, which is read while it is sent.
    Path(PathBuf),
    /// Bytes in memory.
    Bytes(Bytes),
}

impl FileSource {
    /// Uses the content of a local file, which is read while it is sent.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::Path(path.into())
    }

    /// Uses these bytes as the content.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::Bytes(bytes.into())
    }

    pub(super) fn into_operation(self, path_in_repo: &str) -> Result<CommitOperationAdd> {
        match self {
            Self::Path(path) => CommitOperationAdd::from_path(path_in_repo, path),
            Self::Bytes(bytes) => CommitOperationAdd::from_bytes(path_in_repo, bytes),
        }
    }
}

/// `From` for each type, as a path or as bytes.
macro_rules! from {
    ($($ty:ty => |$value:ident| $source:expr),* $(,)?) => {$(
        impl From<$ty> for FileSource {
            fn from($value: $ty) -> Self {
                $source
            }
        }
    )*};
}

from! {
    PathBuf => |path| Self::Path(path),
    &PathBuf => |path| Self::Path(path.clone()),
    &Path => |path| Self::Path(path.to_owned()),
    &str => |path| Self::Path(path.into()),
    &String => |path| Self::Path(path.into()),
    String => |path| Self::Path(path.into()),
    Bytes => |bytes| Self::Bytes(bytes),
    Vec<u8> => |bytes| Self::Bytes(bytes.into()),
    &[u8] => |bytes| Self::Bytes(Bytes::copy_from_slice(bytes)),
}

impl<const N: usize> From<[u8; N]> for FileSource {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(Bytes::copy_from_slice(&bytes))
    }
}

impl<const N: usize> From<&[u8; N]> for FileSource {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(Bytes::copy_from_slice(bytes))
    }
}
