//! Where files go: the cache, or a folder of the user's.

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
use crate::store::spec::FileSpec;

/// The paths that belong to one file.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// What the caller gets.
    pub(crate) file: PathBuf,
    /// Where the content goes; the lock between tasks goes by it.
    pub(crate) content: PathBuf,
    /// What the name of a partial starts with.
    pub(crate) stem: PathBuf,
    /// The lock between processes.
    pub(crate) lock: PathBuf,
}

/// A file that is there before the Hub is asked.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    pub(crate) file: PathBuf,
    /// The commit it is of, if that is known.
    pub(crate) commit: Option<CommitHash>,
    /// It is the requested one for certain: of the commit that the revision names.
    pub(crate) exact: bool,
    /// Its bytes on disk.
    pub(crate) size: Option<u64>,
}

/// A snapshot that is there before the Hub is asked. It may be incomplete.
#[derive(Debug, Clone)]
pub(crate) struct CachedSnapshot {
    /// Its commit, if the cache knows what the revision last stood for.
    pub(crate) commit: Option<CommitHash>,
    pub(crate) root: PathBuf,
}

/// A place for files. All methods but [`prepare`](Self::prepare) block on the disk.
pub(crate) trait Destination: fmt::Debug + Clone + Send + Sync + 'static {
    /// The folder that a snapshot of `commit` is in.
    fn root(&self, commit: &CommitHash) -> PathBuf;

    /// The folder with what is known of the repository: file lists.
    fn metadata_dir(&self) -> PathBuf;

    /// The file that is there before the Hub is asked, whatever its version.
    fn existing(&self, revision: &Revision, path: &RepoPath) -> Option<Existing>;

    /// The snapshot that is there before the Hub is asked.
    fn snapshot(&self, revision: &Revision) -> Option<CachedSnapshot>;

    /// Whether nothing is to be done for a file: it is the right one, as far as notes and sizes tell.
    fn is_current(&self, commit: &CommitHash, spec: &FileSpec) -> bool;

    /// Whether the content of a file need not be fetched.
    fn has_content(&self, commit: &CommitHash, spec: &FileSpec) -> bool;

    fn places(&self, commit: &CommitHash, spec: &FileSpec) -> Result<Places>;

    /// Makes the destination usable, before the first file.
    fn prepare(&mut self, session: &Session) -> impl Future<Output = Result<()>> + Send;

    /// Makes the folders of files usable, before any of them is ensured.
    fn prepare_files(
        &self,
        revision: &Revision,
        commit: &CommitHash,
        specs: &[FileSpec],
    ) -> Result<()>;

    /// Creates the folders that a file needs. No link that leads out of the destination is followed.
    fn create_folders(&self, commit: &CommitHash, spec: &FileSpec) -> Result<()>;

    /// Makes the file be there if its content is; returns whether it is.
    fn find(&self, commit: &CommitHash, spec: &FileSpec) -> Result<bool>;

    /// Makes the file be there, now that its content is.
    fn publish(&self, commit: &CommitHash, spec: &FileSpec) -> Result<()>;

    /// Records what the revision stood for.
    fn record(&self, revision: &Revision, commit: &CommitHash);

    /// Records that a file does not exist.
    fn record_missing(&self, revision: &Revision, commit: &CommitHash, path: &RepoPath);

    /// The lock of the many small files of a snapshot, if they are fetched in bulk here.
    fn bulk_lock(&self, commit: &CommitHash) -> Option<PathBuf>;

    /// What must be held as long as anything is written.
    fn usage(&self) -> Option<Arc<FileLock>>;
}
