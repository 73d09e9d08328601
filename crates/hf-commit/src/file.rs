//! The stages of a file on its way into a commit. Each stage is a type of its own.
//!
//! ```text
//! FoundFile --preupload--> ClassifiedFile::Ignored
//!                          ClassifiedFile::Regular(RegularFile) ------------> CommitFile
//!                          ClassifiedFile::Large(LargeFile) --transfer--> StoredFile --> CommitFile
//! ```
//!
//! A later stage can only be built from the one before it, so no code has to check at run time what has
//! happened to a file. The bytes are dropped as soon as no later stage needs them: a [`StoredFile`] has none.

use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hf_transport::{Error, Result};
use hf_types::{GitSha1, Sha256};

use crate::content::{Content, FileIdentity, KnownHashes};
use crate::hash::git_blob_of;
use crate::operation::{CommitOperationAdd, UploadMode};
use crate::source::SourceReader;

/// A file whose storage the Hub has not decided yet.
pub(crate) struct FoundFile {
    /// The index of the file within the call, in the order of the operations or of the walk.
    pub(crate) slot: usize,
    pub(crate) path_in_repo: Arc<str>,
    pub(crate) content: Content,
    pub(crate) hashes: KnownHashes,
    pub(crate) identity: Option<FileIdentity>,
    /// The first bytes, once they were read.
    pub(crate) sample: Option<Bytes>,
}

impl FoundFile {
    pub(crate) fn new(slot: usize, add: CommitOperationAdd) -> Self {
        let (path_in_repo, content, hashes) = add.into_parts();
        Self {
            slot,
            identity: content.identity(),
            path_in_repo,
            content,
            hashes,
            sample: None,
        }
    }
}

/// What the preupload response says about a file.
#[derive(Debug, Clone)]
pub(crate) struct PreuploadEntry {
    pub(crate) mode: UploadMode,
    pub(crate) should_ignore: bool,
    /// What the Hub has at this path: the SHA-256 of a file in storage, or a git id.
    pub(crate) remote_oid: Option<Box<str>>,
}

/// A file whose storage the Hub has decided.
pub(crate) enum ClassifiedFile {
    /// The `.gitignore` excludes the file from the commit.
    Ignored(IgnoredFile),
    Regular(RegularFile),
    Large(LargeFile),
}

impl ClassifiedFile {
    pub(crate) fn new(file: FoundFile, entry: PreuploadEntry) -> Self {
        if entry.should_ignore {
            tracing::debug!(path = &*file.path_in_repo, "excluded by .gitignore");
            return Self::Ignored(IgnoredFile {
                path_in_repo: file.path_in_repo,
                size: file.content.size,
                mode: entry.mode,
            });
        }
        // Storage rejects empty objects; git accepts them.
        match entry.mode {
            UploadMode::Lfs if file.content.size > 0 => Self::Large(LargeFile {
                slot: file.slot,
                path_in_repo: file.path_in_repo,
                content: file.content,
                identity: file.identity,
                sha256: file.hashes.sha256,
                remote_oid: entry.remote_oid,
            }),
            _ => Self::Regular(RegularFile {
                path_in_repo: file.path_in_repo,
                content: file.content,
                identity: file.identity,
                git_sha1: file.hashes.git_sha1.map(OnceLock::from).unwrap_or_default(),
                remote_oid: entry.remote_oid,
            }),
        }
    }
}

/// A file that the `.gitignore` excludes.
#[derive(Debug, Clone)]
pub(crate) struct IgnoredFile {
    pub(crate) path_in_repo: Arc<str>,
    pub(crate) size: u64,
    pub(crate) mode: UploadMode,
}

/// A file whose content is stored in git and sent with the commit itself.
#[derive(Debug, Clone)]
pub(crate) struct RegularFile {
    pub(crate) path_in_repo: Arc<str>,
    pub(crate) content: Content,
    identity: Option<FileIdentity>,
    /// Computed when first needed, or while the content is sent.
    git_sha1: OnceLock<GitSha1>,
    remote_oid: Option<Box<str>>,
}

impl RegularFile {
    /// Returns the git id of the content, reading it if necessary. Blocking.
    pub(crate) fn git_sha1(&self) -> Result<GitSha1> {
        if let Some(known) = self.git_sha1.get() {
            return Ok(*known);
        }
        let id = git_blob_of(&self.content)?;
        Ok(*self.git_sha1.get_or_init(|| id))
    }

    pub(crate) fn has_git_sha1(&self) -> bool {
        self.git_sha1.get().is_some()
    }

    /// Stores the git id that was computed while the content was sent.
    pub(crate) fn learn_git_sha1(&self, id: GitSha1) {
        // A second attempt computes the same id.
        let _ = self.git_sha1.set(id);
    }

    /// Returns whether the Hub already has this content at this path. Blocking.
    pub(crate) fn is_unchanged(&self) -> Result<bool> {
        match &self.remote_oid {
            Some(remote) => Ok(*self.git_sha1()?.as_str() == **remote),
            None => Ok(false),
        }
    }
}

/// A large file on its way to storage, as an [`UploadTransfer`](crate::UploadTransfer) receives it.
///
/// It is returned through [`UploadJob::done`](crate::UploadJob::done) or
/// [`UploadJob::decline`](crate::UploadJob::decline), each of which consumes it.
#[derive(Debug)]
pub struct LargeFile {
    pub(crate) slot: usize,
    path_in_repo: Arc<str>,
    pub(crate) content: Content,
    pub(crate) identity: Option<FileIdentity>,
    sha256: Option<Sha256>,
    remote_oid: Option<Box<str>>,
}

impl LargeFile {
    /// Returns the path in the repository.
    pub fn path_in_repo(&self) -> &str {
        &self.path_in_repo
    }

    /// Returns the size in bytes; never 0.
    pub fn size(&self) -> u64 {
        self.content.size
    }

    /// Returns the SHA-256 of the bytes, if it is known from the caller, an earlier upload or another
    /// transfer.
    pub fn sha256(&self) -> Option<Sha256> {
        self.sha256
    }

    /// Returns the path of the local file, if the bytes come from one.
    pub fn local_path(&self) -> Option<&Path> {
        self.content.source.path()
    }

    /// Returns whether the repository already has a file with this content at this path.
    ///
    /// Such a file need not be uploaded; pass it to [`UploadJob::done`](crate::UploadJob::done).
    pub fn is_unchanged(&self, sha256: Sha256) -> bool {
        self.remote_oid.as_deref() == Some(sha256.as_str())
    }

    /// Opens the file at `offset`. Both this call and the reader block.
    ///
    /// # Errors
    /// Returns `FileNotFound` or `Upload` if the local file is gone or has changed since the call began.
    pub fn open(&self, offset: u64) -> Result<LargeFileReader> {
        LargeFileReader::open(&self.content, offset)
    }

    pub(crate) fn set_sha256(&mut self, sha256: Sha256) {
        self.sha256 = Some(sha256);
    }

    /// Converts the file once its bytes are in storage.
    pub(crate) fn into_stored(self, sha256: Sha256) -> Result<StoredFile> {
        if let Some(known) = self.sha256
            && known != sha256
        {
            return Err(Error::new(
                hf_transport::ErrorKind::Upload,
                format!(
                    "`{}` has the SHA-256 {known}, but was stored under {sha256}",
                    self.path_in_repo
                ),
            ));
        }
        Ok(StoredFile {
            unchanged: self.is_unchanged(sha256),
            path_in_repo: self.path_in_repo,
            size: self.content.size,
            sha256,
            identity: self.identity,
        })
    }
}

/// Reads the bytes of a [`LargeFile`] up to its end.
///
/// If a local file has changed in the meantime, the last read returns an error before the end is reported.
pub struct LargeFileReader {
    reader: SourceReader,
    left: u64,
}

impl LargeFileReader {
    pub(crate) fn open(content: &Content, offset: u64) -> Result<Self> {
        let left = content.size.saturating_sub(offset);
        Ok(Self {
            reader: content.open(offset)?,
            left,
        })
    }
}

impl std::fmt::Debug for LargeFileReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LargeFileReader")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl Read for LargeFileReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let want = buf
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let got = self
            .reader
            .fill(&mut buf[..want])
            .map_err(io::Error::other)?;
        self.left -= got as u64;
        if got < want || self.left == 0 {
            self.reader.check().map_err(io::Error::other)?;
        }
        if got < want {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the source ended before its length",
            ));
        }
        Ok(got)
    }
}

/// A file whose bytes are in large file storage.
#[derive(Debug, Clone)]
pub(crate) struct StoredFile {
    pub(crate) path_in_repo: Arc<str>,
    pub(crate) size: u64,
    pub(crate) sha256: Sha256,
    /// Whether the repository already has this content at this path.
    pub(crate) unchanged: bool,
    identity: Option<FileIdentity>,
}

impl StoredFile {
    /// Creates a file that was stored by an earlier call.
    pub(crate) fn new(path_in_repo: Arc<str>, size: u64, sha256: Sha256) -> Self {
        Self {
            path_in_repo,
            size,
            sha256,
            unchanged: false,
            identity: None,
        }
    }
}

/// A file that is ready to be committed.
#[derive(Debug, Clone)]
pub(crate) enum CommitFile {
    Regular(RegularFile),
    Stored(StoredFile),
}

impl CommitFile {
    pub(crate) fn path_in_repo(&self) -> &str {
        match self {
            Self::Regular(file) => &file.path_in_repo,
            Self::Stored(file) => &file.path_in_repo,
        }
    }

    /// Returns how many bytes the commit request has to carry for this file.
    pub(crate) fn bytes_in_commit(&self) -> u64 {
        match self {
            Self::Regular(file) => file.content.size,
            Self::Stored(_) => 0,
        }
    }

    /// Returns whether the Hub already has this content at this path. Blocking.
    pub(crate) fn is_unchanged(&self) -> Result<bool> {
        match self {
            Self::Regular(file) => file.is_unchanged(),
            Self::Stored(file) => Ok(file.unchanged),
        }
    }

    /// Returns the local file and its known hashes, which are remembered once it is committed.
    pub(crate) fn known(&self) -> Option<(&FileIdentity, KnownHashes)> {
        let (identity, sha256, git_sha1) = match self {
            Self::Regular(file) => (&file.identity, None, file.git_sha1.get().copied()),
            Self::Stored(file) => (&file.identity, Some(file.sha256), None),
        };
        Some((identity.as_ref()?, KnownHashes { sha256, git_sha1 }))
    }
}
