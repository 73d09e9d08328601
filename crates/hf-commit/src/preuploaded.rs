//! A file that was prepared for a later commit.

use std::sync::Arc;

use hf_transport::Result;
use hf_types::Sha256;
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::{Value, json};

use crate::content::Content;
use crate::file::{CommitFile, IgnoredFile, RegularFile, StoredFile};
use crate::operation::{UploadMode, add_to_json, invalid, normalize_file_path};
use crate::prepare::PreparedFile;

/// A file that [`PreuploadLfsFiles`](crate::PreuploadLfsFiles) has prepared, to be used as an operation of a
/// later commit.
///
/// A large file is in storage, and its bytes are released. A regular file keeps its bytes, which are sent
/// with the commit. A file that the `.gitignore` excludes will not be part of the commit.
#[derive(Debug, Clone)]
pub struct PreuploadedFile(PreparedFile);

impl PreuploadedFile {
    pub(crate) fn new(file: PreparedFile) -> Self {
        Self(file)
    }

    /// Creates a file that is in storage under `sha256`.
    pub(crate) fn stored(path_in_repo: &str, size: u64, sha256: Sha256) -> Result<Self> {
        let file = StoredFile::new(checked(path_in_repo)?, size, sha256);
        Ok(Self(PreparedFile::Ready(CommitFile::Stored(file))))
    }

    /// Creates a file that is excluded from the commit.
    pub(crate) fn ignored(path_in_repo: &str, size: u64) -> Result<Self> {
        Ok(Self(PreparedFile::Ignored(IgnoredFile {
            path_in_repo: checked(path_in_repo)?,
            size,
            mode: UploadMode::Lfs,
        })))
    }

    pub(crate) fn into_inner(self) -> PreparedFile {
        self.0
    }

    /// Returns the path in the repository.
    pub fn path_in_repo(&self) -> &str {
        match &self.0 {
            PreparedFile::Ignored(file) => &file.path_in_repo,
            PreparedFile::Ready(file) => file.path_in_repo(),
        }
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> u64 {
        match &self.0 {
            PreparedFile::Ignored(file) => file.size,
            PreparedFile::Ready(CommitFile::Regular(file)) => file.content.size,
            PreparedFile::Ready(CommitFile::Stored(file)) => file.size,
        }
    }

    /// Returns how the Hub stores the file.
    pub fn upload_mode(&self) -> UploadMode {
        match &self.0 {
            PreparedFile::Ignored(file) => file.mode,
            PreparedFile::Ready(CommitFile::Regular(_)) => UploadMode::Regular,
            PreparedFile::Ready(CommitFile::Stored(_)) => UploadMode::Lfs,
        }
    }

    /// Returns whether the `.gitignore` excludes the file.
    pub fn is_ignored(&self) -> bool {
        matches!(self.0, PreparedFile::Ignored(_))
    }

    /// Returns the SHA-256 of the bytes, if they are in storage.
    pub fn sha256(&self) -> Option<Sha256> {
        match &self.0 {
            PreparedFile::Ready(CommitFile::Stored(file)) => Some(file.sha256),
            _ => None,
        }
    }

    /// Returns the bytes, if they are still needed.
    pub(crate) fn content(&self) -> Option<&Content> {
        match &self.0 {
            PreparedFile::Ready(CommitFile::Regular(RegularFile { content, .. })) => Some(content),
            _ => None,
        }
    }

    /// Converts the file to JSON; see [`CommitOperation::to_json`](crate::CommitOperation::to_json).
    ///
    /// # Errors
    /// Returns `Validation` if the bytes are still needed but neither a file nor in memory.
    pub fn to_json(&self) -> Result<Value> {
        if let Some(content) = self.content() {
            return add_to_json(self.path_in_repo(), content);
        }
        let mut value = json!({
            "op": "add", "path_in_repo": self.path_in_repo(), "size": self.size(),
        });
        match self.sha256() {
            Some(sha256) => value["sha256"] = sha256.as_str().into(),
            None => value["ignored"] = true.into(),
        }
        Ok(value)
    }
}

fn checked(path_in_repo: &str) -> Result<Arc<str>> {
    Ok(normalize_file_path(path_in_repo).map_err(invalid)?.into())
}

impl Serialize for PreuploadedFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json()
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}
