//! Destinations of downloaded files: the cache, or a folder of the user.

mod cache;
mod local;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use hf_transport::Result;
use hf_types::{CommitHash, RepoPath, Revision};

pub(crate) use cache::CacheDestination;
pub(crate) use local::LocalDestination;

use super::session::Session;
use crate::store::lock::FileLock;
use crate::store::parallel;
use crate::store::spec::FileSpec;

/// The paths that belong to one file.
#[derive(Debug, Clone)]
pub(crate) struct FilePaths {
    /// The path that is returned to the caller.
    pub(crate) file: PathBuf,
    /// The path of the content, which is also the key of the in-process lock.
    pub(crate) content: PathBuf,
    /// The prefix of the names of partial files.
    pub(crate) stem: PathBuf,
    /// The path of the inter-process lock.
    pub(crate) lock: PathBuf,
}

/// A file that exists on disk before any request is made.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    pub(crate) file: PathBuf,
    /// The commit it belongs to, if known.
    pub(crate) commit: Option<CommitHash>,
    /// Whether it is certain to be the requested file, because it belongs to the commit that the revision
    /// names.
    pub(crate) exact: bool,
    /// Its size in bytes.
    pub(crate) size: Option<u64>,
}

/// A snapshot that exists on disk before any request is made. It may be incomplete.
#[derive(Debug, Clone)]
pub(crate) struct CachedSnapshot {
    /// Its commit, if the cache knows to which one the revision last pointed.
    pub(crate) commit: Option<CommitHash>,
    pub(crate) root: PathBuf,
}

/// A place where files are stored. All methods except [`prepare`](Self::prepare) block on the disk.
pub(crate) trait Destination: fmt::Debug + Clone + Send + Sync + 'static {
    /// Returns the folder that contains the snapshot of `commit`.
    fn root(&self, commit: &CommitHash) -> PathBuf;

    /// Returns the folder for metadata of the repository, such as file lists.
    fn metadata_dir(&self) -> PathBuf;

    /// Returns the file that exists on disk, whatever its version.
    fn existing(&self, revision: &Revision, path: &RepoPath) -> Option<Existing>;

    /// Returns the snapshot that exists on disk.
    fn snapshot(&self, revision: &Revision) -> Option<CachedSnapshot>;

    /// Returns whether a file needs no work, because it is the right one according to metadata and size.
    fn is_current(&self, commit: &CommitHash, spec: &FileSpec) -> bool;

    /// The same for many files, in their order.
    fn are_current(&self, commit: &CommitHash, specs: &[FileSpec]) -> Vec<bool> {
        parallel::map(specs, parallel::FILES, |spec| self.is_current(commit, spec))
    }

    /// Returns whether the content of a file is on disk and need not be downloaded.
    fn has_content(&self, commit: &CommitHash, spec: &FileSpec) -> bool;

    fn paths(&self, commit: &CommitHash, spec: &FileSpec) -> Result<FilePaths>;

    /// Prepares the destination before the first file is handled.
    fn prepare(&mut self, session: &Session) -> impl Future<Output = Result<()>> + Send;

    /// Prepares the folders of several files before any of them is handled.
    fn prepare_files(
        &self,
        revision: &Revision,
        commit: &CommitHash,
        specs: &[FileSpec],
    ) -> Result<()>;

    /// Creates the folders for a file. Links that lead out of the destination are not followed.
    fn create_folders(&self, commit: &CommitHash, spec: &FileSpec) -> Result<()>;

    /// Publishes the file if its content exists, and returns whether it does.
    fn find(&self, commit: &CommitHash, spec: &FileSpec) -> Result<bool>;

    /// Shares the content with other repositories, if this destination does so. It exists and has been verified by its Xet
    /// hash. What others have already is used, unless `replace` says that it may be damaged.
    fn share(&self, _spec: &FileSpec, _replace: bool) -> Result<()> {
        Ok(())
    }

    /// Publishes the file, whose content now exists.
    fn publish(&self, commit: &CommitHash, spec: &FileSpec) -> Result<()>;

    /// Records the commit that the revision points to.
    fn record(&self, revision: &Revision, commit: &CommitHash);

    /// Records that a file does not exist.
    fn record_missing(&self, revision: &Revision, commit: &CommitHash, path: &RepoPath);

    /// Returns the path of the lock for the small files of a snapshot, if this destination downloads them in
    /// bulk.
    fn bulk_lock(&self, commit: &CommitHash) -> Option<PathBuf>;

    /// Returns whether there are neither contents nor locks of contents, so that looking for single ones would
    /// be in vain. What others add later may be missed, which costs a second download and nothing else.
    fn is_fresh(&self) -> bool {
        false
    }

    /// Returns the lock that must be held for as long as anything is written.
    fn usage(&self) -> Option<Arc<FileLock>>;
}
