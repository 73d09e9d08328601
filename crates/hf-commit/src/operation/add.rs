//! A file to be written, and what is learned of it on the way.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hf_transport::{Error, Result};
use hf_types::{GitSha1, Sha256};

use super::invalid;
use super::path::normalize_file_path;
use crate::source::{ByteSource, Source, Stamp, expand_home, file_stamp};

/// How the Hub wants a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadMode {
    /// In git, with the commit itself.
    Regular,
    /// In large file storage, before the commit.
    Lfs,
}

/// Adds a file to a repository, or replaces it.
///
/// A clone is the same operation: what one call learns of it (the hash, that its content is on the Hub already) the
/// next one knows. So [`PreuploadLfsFiles`](crate::PreuploadLfsFiles) can run first, file by file, and
/// [`CreateCommit`](crate::CreateCommit) at the end.
#[derive(Clone)]
pub struct CommitOperationAdd {
    inner: Arc<Inner>,
}

struct Inner {
    path_in_repo: Box<str>,
    size: u64,
    state: Mutex<State>,
}

/// What is known so far.
pub(crate) struct State {
    pub(crate) source: Source,
    pub(crate) stamp: Option<Stamp>,
    /// The first bytes, once read.
    pub(crate) sample: Option<Bytes>,
    /// All bytes of a small file, while the budget for such lasts.
    pub(crate) content: Option<Bytes>,
    pub(crate) sha256: Option<Sha256>,
    pub(crate) git_sha1: Option<GitSha1>,
    pub(crate) mode: Option<UploadMode>,
    pub(crate) should_ignore: bool,
    pub(crate) remote_oid: Option<Box<str>>,
    pub(crate) uploaded: bool,
    pub(crate) committed: bool,
}

impl CommitOperationAdd {
    /// The file at `path`; it must exist, and must not change until the commit is done.
    pub fn from_path(path_in_repo: &str, path: impl AsRef<Path>) -> Result<Self> {
        let path = expand_home(path.as_ref());
        let stamp = file_stamp(&path)?;
        Self::from_stamped(path_in_repo, path.into(), stamp)
    }

    /// A file that was looked at just now.
    pub(crate) fn from_stamped(path_in_repo: &str, path: Arc<Path>, stamp: Stamp) -> Result<Self> {
        let source = Source::File { path, limit: None };
        Self::build(path_in_repo, source, stamp.len, Some(stamp))
    }

    /// The first `len` bytes of the file at `path`, which may be appended to meanwhile.
    pub fn from_path_prefix(path_in_repo: &str, path: impl AsRef<Path>, len: u64) -> Result<Self> {
        let path = expand_home(path.as_ref());
        let stamp = file_stamp(&path)?;
        let stamp = Stamp {
            len: len.min(stamp.len),
            ..stamp
        };
        Self::from_stamped_prefix(path_in_repo, path.into(), stamp)
    }

    /// The bytes that a file has now, whatever is appended to it.
    pub(crate) fn from_stamped_prefix(
        path_in_repo: &str,
        path: Arc<Path>,
        stamp: Stamp,
    ) -> Result<Self> {
        let source = Source::File {
            path,
            limit: Some(stamp.len),
        };
        Self::build(path_in_repo, source, stamp.len, Some(stamp))
    }

    /// Bytes in memory.
    pub fn from_bytes(path_in_repo: &str, content: impl Into<Bytes>) -> Result<Self> {
        let content = content.into();
        let len = content.len() as u64;
        Self::build(path_in_repo, Source::Bytes(content), len, None)
    }

    /// Bytes from anywhere, which can be read again.
    pub fn from_source(path_in_repo: &str, source: impl ByteSource) -> Result<Self> {
        let len = source.len();
        Self::build(path_in_repo, Source::Custom(Arc::new(source)), len, None)
    }

    fn build(path_in_repo: &str, source: Source, size: u64, stamp: Option<Stamp>) -> Result<Self> {
        let path_in_repo = normalize_file_path(path_in_repo).map_err(invalid)?;
        Ok(Self {
            inner: Arc::new(Inner {
                path_in_repo: path_in_repo.into(),
                size,
                state: Mutex::new(State {
                    source,
                    stamp,
                    sample: None,
                    content: None,
                    sha256: None,
                    git_sha1: None,
                    mode: None,
                    should_ignore: false,
                    remote_oid: None,
                    uploaded: false,
                    committed: false,
                }),
            }),
        })
    }

    /// The path in the repository.
    pub fn path_in_repo(&self) -> &str {
        &self.inner.path_in_repo
    }

    /// Bytes.
    pub fn size(&self) -> u64 {
        self.inner.size
    }

    /// How the Hub wants it, once asked.
    pub fn upload_mode(&self) -> Option<UploadMode> {
        self.state().mode
    }

    /// Whether the `.gitignore` that applies tells the Hub to leave it out, once asked.
    pub fn should_ignore(&self) -> bool {
        self.state().should_ignore
    }

    /// The SHA-256 of the bytes, once computed.
    pub fn sha256(&self) -> Option<Sha256> {
        self.state().sha256
    }

    /// Tells the SHA-256 that is known already, or was computed while sending.
    pub fn set_sha256(&self, sha256: Sha256) {
        self.state().sha256 = Some(sha256);
    }

    /// Whether its content is in large file storage.
    pub fn is_uploaded(&self) -> bool {
        self.state().uploaded
    }

    /// Tells that its content is in large file storage.
    pub fn set_uploaded(&self) {
        self.state().uploaded = true;
    }

    /// Whether a commit with it was made; it cannot be part of another one.
    pub fn is_committed(&self) -> bool {
        self.state().committed
    }

    /// The path of the file, if it is one.
    pub fn local_path(&self) -> Option<Arc<Path>> {
        match &self.state().source {
            Source::File { path, .. } => Some(Arc::clone(path)),
            _ => None,
        }
    }

    /// All bytes; for small files only (a README, a `.gitignore`). Blocking.
    pub(crate) fn read_all(&self) -> Result<Bytes> {
        let (source, stamp) = {
            let state = self.state();
            if let Some(content) = &state.content {
                return Ok(content.clone());
            }
            (state.source.clone(), state.stamp)
        };
        let mut reader = source.open(0, stamp)?;
        let len = usize::try_from(self.size()).unwrap_or(usize::MAX);
        let content = reader.chunk(len)?;
        reader.check()?;
        Ok(content)
    }

    pub(crate) async fn read_text(&self) -> Result<String> {
        let op = self.clone();
        let content = crate::blocking(move || op.read_all()).await?;
        String::from_utf8(content.into()).map_err(|e| {
            Error::validation(format!("{} is not UTF-8 text", self.path_in_repo())).with_source(e)
        })
    }

    /// Lets go of the bytes.
    pub(crate) fn free(&self) {
        let mut state = self.state();
        state.source = Source::Freed;
        state.content = None;
        // A part of the bytes holds all of them.
        state.sample = None;
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Plain assignments cannot leave it half done.
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CommitOperationAdd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("CommitOperationAdd")
            .field("path_in_repo", &self.path_in_repo())
            .field("source", &state.source)
            .field("size", &self.size())
            .field("upload_mode", &state.mode)
            .field("uploaded", &state.uploaded)
            .finish_non_exhaustive()
    }
}
