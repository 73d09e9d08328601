//! The bytes of one file, and what is known about them before they are read.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hf_transport::{Error, Result};
use hf_types::{GitSha1, Sha256};

use crate::source::short;
use crate::source::{Source, SourceReader, Stamp};

/// The maximum size of small files kept in memory between the preupload request and the commit.
const SMALL_FILES_BUDGET: u64 = 16 * 1024 * 1024;

/// The source of one file's bytes. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) source: Source,
    /// The state of the file when it was found. It must be the same when the file is read.
    pub(crate) stamp: Option<Stamp>,
    pub(crate) size: u64,
    /// The share of [`SmallFiles`] used by bytes that were read ahead, released when the last clone is
    /// dropped.
    _reserved: Option<Arc<Reserved>>,
}

impl Content {
    pub(crate) fn new(source: Source, stamp: Option<Stamp>, size: u64) -> Self {
        Self {
            source,
            stamp,
            size,
            _reserved: None,
        }
    }

    /// Opens the source at `offset`. Blocking.
    pub(crate) fn open(&self, offset: u64) -> Result<SourceReader> {
        self.source.open(offset, self.stamp)
    }

    /// Returns the bytes, if they are in memory.
    pub(crate) fn in_memory(&self) -> Option<&Bytes> {
        match &self.source {
            Source::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Reads all bytes. For small files only (a README, a `.gitignore`). Blocking.
    pub(crate) fn read_all(&self) -> Result<Bytes> {
        let mut reader = self.open(0)?;
        let content = reader.chunk(usize::try_from(self.size).unwrap_or(usize::MAX))?;
        reader.check()?;
        if content.len() as u64 != self.size {
            return Err(short(&self.source, self.size, content.len() as u64));
        }
        Ok(content)
    }

    /// Reads all bytes as text. Errors name the file by `path_in_repo`.
    pub(crate) async fn read_text(&self, path_in_repo: &str) -> Result<String> {
        let content = self.clone();
        let bytes = crate::blocking::blocking(move || content.read_all()).await?;
        String::from_utf8(bytes.into()).map_err(|e| {
            Error::validation(format!("`{path_in_repo}` is not UTF-8 text")).with_source(e)
        })
    }

    /// Reads the whole file into memory, if `budget` permits. Blocking.
    pub(crate) fn read_ahead(&mut self, budget: &SmallFiles) -> Result<()> {
        if self.in_memory().is_none()
            && let Some(reserved) = budget.reserve(self.size)
        {
            let bytes = self.read_all()?;
            *self = Self {
                source: Source::Bytes(bytes),
                stamp: None,
                size: self.size,
                _reserved: Some(Arc::new(reserved)),
            };
        }
        Ok(())
    }

    /// Returns the identity of the local file for which hashes can be kept.
    pub(crate) fn identity(&self) -> Option<FileIdentity> {
        match (&self.source, self.stamp) {
            (Source::File { path, limit: None }, Some(stamp)) => Some(FileIdentity {
                path: Arc::clone(path),
                stamp,
            }),
            _ => None,
        }
    }
}

/// A local file in a certain state.
#[derive(Debug, Clone)]
pub(crate) struct FileIdentity {
    path: Arc<Path>,
    pub(crate) stamp: Stamp,
}

impl FileIdentity {
    /// Returns the absolute path.
    pub(crate) fn path(&self) -> Option<OsString> {
        if self.path.is_absolute() {
            return Some(self.path.as_os_str().to_owned());
        }
        Some(std::path::absolute(&self.path).ok()?.into_os_string())
    }
}

/// The known hashes of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct KnownHashes {
    pub(crate) sha256: Option<Sha256>,
    pub(crate) git_sha1: Option<GitSha1>,
}

/// The remaining budget for small files that are kept in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct SmallFiles(Arc<AtomicU64>);

/// A share of [`SmallFiles`].
#[derive(Debug)]
struct Reserved {
    budget: SmallFiles,
    bytes: u64,
}

impl SmallFiles {
    fn reserve(&self, bytes: u64) -> Option<Reserved> {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes)
                    .filter(|used| *used <= SMALL_FILES_BUDGET)
            })
            .ok()?;
        Some(Reserved {
            budget: self.clone(),
            bytes,
        })
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_stay_within_their_budget_and_give_it_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, vec![1; 1000]).unwrap();
        let stamp = crate::source::file_stamp(&path).unwrap();
        let source = Source::File {
            path: path.into(),
            limit: None,
        };
        let budget = SmallFiles::default();
        let file = Content::new(source, Some(stamp), 1000);
        let mut first = file.clone();
        first.read_ahead(&budget).unwrap();
        assert_eq!(first.in_memory().unwrap().len(), 1000);
        let almost_all = budget.reserve(SMALL_FILES_BUDGET - 1500).unwrap();
        let mut second = file.clone();
        second.read_ahead(&budget).unwrap();
        assert!(second.in_memory().is_none(), "no room");
        drop(almost_all);
        let clone = first.clone();
        drop(first);
        assert_eq!(budget.0.load(Ordering::Relaxed), 1000);
        drop(clone);
        assert_eq!(budget.0.load(Ordering::Relaxed), 0);
        assert!(budget.reserve(u64::MAX).is_none());
    }
}
