//! The operation that adds a file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use hf_transport::Result;
use hf_types::Sha256;

use super::invalid;
use super::path::normalize_file_path;
use crate::content::{Content, KnownHashes};
use crate::source::{ByteSource, Source, Stamp, expand_home, file_stamp};

/// The way in which the Hub stores a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UploadMode {
    /// In git. The content is part of the commit request itself.
    Regular,
    /// In large file storage. The content is uploaded before the commit, which refers to it by its SHA-256.
    Lfs,
}

/// Adds a file to a repository, or replaces it.
///
/// This is a plain value: cheap to clone, and usable in several commits. To upload large files one by one
/// before the commit, see [`PreuploadLfsFiles`](crate::PreuploadLfsFiles).
///
/// ```
/// use hf_commit::CommitOperationAdd;
/// let add = CommitOperationAdd::from_bytes("config.json", "{}")?;
/// assert_eq!((add.path_in_repo(), add.size()), ("config.json", 2));
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Clone)]
pub struct CommitOperationAdd {
    path_in_repo: Arc<str>,
    content: Content,
    sha256: Option<Sha256>,
}

impl CommitOperationAdd {
    /// Creates an operation that adds the local file at `path`, which must exist and must not change until
    /// the commit is made.
    ///
    /// A leading `~/` is expanded to the home folder.
    ///
    /// # Errors
    /// Returns `Validation` if `path` is not a file, or if `path_in_repo` is not a valid file path.
    pub fn from_path(path_in_repo: &str, path: impl AsRef<Path>) -> Result<Self> {
        let path = expand_home(path.as_ref());
        let stamp = file_stamp(&path)?;
        Self::from_stamped(path_in_repo, path.into(), stamp)
    }

    /// Creates an operation for a file whose metadata was just read.
    pub(crate) fn from_stamped(path_in_repo: &str, path: Arc<Path>, stamp: Stamp) -> Result<Self> {
        let source = Source::File { path, limit: None };
        Self::build(path_in_repo, Content::new(source, Some(stamp), stamp.len))
    }

    /// Creates an operation that adds the first `len` bytes of the file at `path`, which may be appended to
    /// in the meantime.
    ///
    /// # Errors
    /// The same as [`from_path`](Self::from_path).
    pub fn from_path_prefix(path_in_repo: &str, path: impl AsRef<Path>, len: u64) -> Result<Self> {
        let path = expand_home(path.as_ref());
        let stamp = file_stamp(&path)?;
        let stamp = Stamp {
            len: len.min(stamp.len),
            ..stamp
        };
        Self::from_stamped_prefix(path_in_repo, path.into(), stamp)
    }

    /// Creates an operation that adds the current bytes of a file, whatever is appended to it later.
    pub(crate) fn from_stamped_prefix(
        path_in_repo: &str,
        path: Arc<Path>,
        stamp: Stamp,
    ) -> Result<Self> {
        let source = Source::File {
            path,
            limit: Some(stamp.len),
        };
        Self::build(path_in_repo, Content::new(source, Some(stamp), stamp.len))
    }

    /// Creates an operation that adds a file with the given bytes.
    ///
    /// # Errors
    /// Returns `Validation` if `path_in_repo` is not a valid file path.
    pub fn from_bytes(path_in_repo: &str, content: impl Into<Bytes>) -> Result<Self> {
        let bytes = content.into();
        let len = bytes.len() as u64;
        Self::build(path_in_repo, Content::new(Source::Bytes(bytes), None, len))
    }

    /// Creates an operation that adds a file with bytes from any source that can be read repeatedly.
    ///
    /// # Errors
    /// Returns `Validation` if `path_in_repo` is not a valid file path.
    pub fn from_source(path_in_repo: &str, source: impl ByteSource) -> Result<Self> {
        let len = source.len();
        let source = Source::Custom(Arc::new(source));
        Self::build(path_in_repo, Content::new(source, None, len))
    }

    fn build(path_in_repo: &str, content: Content) -> Result<Self> {
        Ok(Self {
            path_in_repo: normalize_file_path(path_in_repo).map_err(invalid)?.into(),
            content,
            sha256: None,
        })
    }

    /// Sets the SHA-256 of the bytes, if the caller knows it, which saves reading the file to compute it.
    pub fn with_sha256(mut self, sha256: Sha256) -> Self {
        self.sha256 = Some(sha256);
        self
    }

    /// Returns the path in the repository.
    pub fn path_in_repo(&self) -> &str {
        &self.path_in_repo
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> u64 {
        self.content.size
    }

    /// Returns the SHA-256 of the bytes, if the caller has set it.
    pub fn sha256(&self) -> Option<Sha256> {
        self.sha256
    }

    /// Returns the path of the local file, if the bytes come from one.
    pub fn local_path(&self) -> Option<&Path> {
        self.content.source.path()
    }

    pub(crate) fn readable(&self) -> (&str, &Content) {
        (&self.path_in_repo, &self.content)
    }

    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    pub(crate) fn into_parts(self) -> (Arc<str>, Content, KnownHashes) {
        let hashes = KnownHashes {
            sha256: self.sha256,
            git_sha1: None,
        };
        (self.path_in_repo, self.content, hashes)
    }
}

impl fmt::Debug for CommitOperationAdd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitOperationAdd")
            .field("path_in_repo", &self.path_in_repo)
            .field("source", &self.content.source)
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
