//! What a scan of the cache finds, with the names of Python's dataclasses.

use std::path::PathBuf;

use hf_types::{CommitHash, RepoId, RepoType};
use serde::Serialize;

/// One file of one cached revision.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CachedFileInfo {
    /// Its name, without folders.
    pub file_name: String,
    /// Its path in the snapshot.
    pub file_path: PathBuf,
    /// The content it points to; itself where there are no links.
    pub blob_path: PathBuf,
    /// Bytes of the content.
    pub size_on_disk: u64,
    /// When the content was last read, in seconds since 1970. Many systems note this only once a day.
    pub blob_last_accessed: f64,
    /// When the content was written, in seconds since 1970.
    pub blob_last_modified: f64,
}

/// One cached revision: the folder of a commit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CachedRevisionInfo {
    /// The commit.
    pub commit_hash: CommitHash,
    /// Its folder.
    pub snapshot_path: PathBuf,
    /// Bytes of its contents, each counted once.
    pub size_on_disk: u64,
    /// Its files, by path.
    pub files: Vec<CachedFileInfo>,
    /// The branches and tags that stand for it; none if it is detached.
    pub refs: Vec<String>,
    /// When it was last changed, in seconds since 1970.
    pub last_modified: f64,
}

impl CachedRevisionInfo {
    /// How many files it has.
    pub fn nb_files(&self) -> usize {
        self.files.len()
    }

    /// When a content of it was last read or written, in seconds since 1970.
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
    /// The repository.
    pub repo_id: RepoId,
    /// Its kind.
    pub repo_type: RepoType,
    /// Its folder in the cache.
    pub repo_path: PathBuf,
    /// Bytes of its contents, each counted once.
    pub size_on_disk: u64,
    /// How many contents it has.
    pub nb_files: usize,
    /// Its revisions, by commit.
    pub revisions: Vec<CachedRevisionInfo>,
    /// When a content of it was last read, in seconds since 1970.
    pub last_accessed: f64,
    /// When a content of it was last written, in seconds since 1970.
    pub last_modified: f64,
}

impl CachedRepoInfo {
    /// `type/id`, as the tools around the cache name it.
    pub fn cache_id(&self) -> String {
        format!("{}/{}", self.repo_type, self.repo_id)
    }
}

/// A download that has not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CachedIncompleteFileInfo {
    /// The partial file.
    pub file_path: PathBuf,
    /// Its bytes.
    pub size_on_disk: u64,
}

/// Something in the cache that is not as it should be. The scan leaves it out and goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CorruptedCache {
    /// Where.
    pub path: PathBuf,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for CorruptedCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}

/// All that is in a cache.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HfCacheInfo {
    /// The cache that was scanned.
    pub cache_dir: PathBuf,
    /// Bytes on the disk. A content that repositories share is counted once, so this can be less than their sum.
    pub size_on_disk: u64,
    /// The repositories, by folder.
    pub repos: Vec<CachedRepoInfo>,
    /// Downloads that have not finished.
    pub incomplete_files: Vec<CachedIncompleteFileInfo>,
    /// What is wrong.
    pub warnings: Vec<CorruptedCache>,
}

impl HfCacheInfo {
    /// Bytes of the downloads that have not finished.
    pub fn incomplete_size_on_disk(&self) -> u64 {
        self.incomplete_files.iter().map(|f| f.size_on_disk).sum()
    }
}
