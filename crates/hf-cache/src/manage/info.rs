//! The result of scanning the cache, with the names of Python's dataclasses.

use std::path::PathBuf;

use hf_types::{CommitHash, RepoId, RepoType};
use serde::Serialize;

/// One file of one cached revision.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CachedFileInfo {
    /// The file name without folders.
    pub file_name: String,
    /// The path in the snapshot.
    pub file_path: PathBuf,
    /// The blob that the file points to; the file itself where links are not supported.
    pub blob_path: PathBuf,
    /// The size of the blob in bytes.
    pub size_on_disk: u64,
    /// When the blob was last read, in seconds since 1970. Many systems update this only once a day.
    pub blob_last_accessed: f64,
    /// When the blob was written, in seconds since 1970.
    pub blob_last_modified: f64,
}

/// A cached revision: the folder of a commit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CachedRevisionInfo {
    /// The commit.
    pub commit_hash: CommitHash,
    /// The folder of the snapshot.
    pub snapshot_path: PathBuf,
    /// The total size of its blobs in bytes, each counted once.
    pub size_on_disk: u64,
    /// The files, sorted by path.
    pub files: Vec<CachedFileInfo>,
    /// The branches and tags that point to it; empty if it is detached.
    pub refs: Vec<String>,
    /// When it was last changed, in seconds since 1970.
    pub last_modified: f64,
}

impl CachedRevisionInfo {
    /// Returns the number of files.
    pub fn nb_files(&self) -> usize {
        self.files.len()
    }

    /// Returns when one of its blobs was last read or written, in seconds since 1970.
    pub fn last_used(&self) -> f64 {
        self.files
            .iter()
            .map(|f| f.blob_last_accessed.max(f.blob_last_modified))
            .fold(self.last_modified, f64::max)
    }
}

/// One cached repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CachedRepoInfo {
    /// The id of the repository.
    pub repo_id: RepoId,
    /// The type of the repository.
    pub repo_type: RepoType,
    /// The folder in the cache.
    pub repo_path: PathBuf,
    /// The total size of its blobs in bytes, each counted once.
    pub size_on_disk: u64,
    /// The number of blobs.
    pub nb_files: usize,
    /// The revisions, sorted by commit.
    pub revisions: Vec<CachedRevisionInfo>,
    /// When one of its blobs was last read, in seconds since 1970.
    pub last_accessed: f64,
    /// When one of its blobs was last written, in seconds since 1970.
    pub last_modified: f64,
}

impl CachedRepoInfo {
    /// Returns `type/id`, by which cache tools refer to the repository.
    pub fn cache_id(&self) -> String {
        format!("{}/{}", self.repo_type, self.repo_id)
    }
}

/// An unfinished download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CachedIncompleteFileInfo {
    /// The partial file.
    pub file_path: PathBuf,
    /// The size in bytes.
    pub size_on_disk: u64,
}

/// A damaged part of the cache. The scan skips it and continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CorruptedCache {
    /// The path.
    pub path: PathBuf,
    /// The problem.
    pub message: String,
}

impl std::fmt::Display for CorruptedCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}

/// The contents of a cache.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HfCacheInfo {
    /// The cache folder that was scanned.
    pub cache_dir: PathBuf,
    /// The size on disk in bytes. A blob that repositories share is counted once, so this can be less than
    /// the sum over the repositories.
    pub size_on_disk: u64,
    /// The repositories, sorted by folder.
    pub repos: Vec<CachedRepoInfo>,
    /// The unfinished downloads.
    pub incomplete_files: Vec<CachedIncompleteFileInfo>,
    /// The problems found.
    pub warnings: Vec<CorruptedCache>,
}

impl HfCacheInfo {
    /// Returns the total size of the unfinished downloads in bytes.
    pub fn incomplete_size_on_disk(&self) -> u64 {
        self.incomplete_files.iter().map(|f| f.size_on_disk).sum()
    }
}
