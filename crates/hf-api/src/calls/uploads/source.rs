//! What a file that is uploaded is made of.

use std::path::{Path, PathBuf};

use crate::Result;
use bytes::Bytes;
use hf_commit::CommitOperationAdd;

/// A file to upload: a path, or bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileSource {
    /// A local file, read while it is sent.
    Path(PathBuf),
    /// Bytes in memory.
    Bytes(Bytes),
}

impl FileSource {
    pub(super) fn into_operation(self, path_in_repo: &str) -> Result<CommitOperationAdd> {
        match self {
            Self::Path(path) => CommitOperationAdd::from_path(path_in_repo, path),
            Self::Bytes(bytes) => CommitOperationAdd::from_bytes(path_in_repo, bytes),
        }
    }
}

impl From<&Path> for FileSource {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<PathBuf> for FileSource {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

/// A local path, as in Python.
impl From<&str> for FileSource {
    fn from(path: &str) -> Self {
        Self::Path(path.into())
    }
}

impl From<Vec<u8>> for FileSource {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Bytes> for FileSource {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}
