//! The description of a file that a transfer gets.

use hf_types::{CommitHash, Etag, RepoId, RepoPath, RepoType, Sha256};

use crate::store::spec::FileSpec;

/// A file to download, as the Hub describes it.
#[derive(Debug, Clone)]
pub struct DownloadFile {
    repo_type: RepoType,
    repo_id: RepoId,
    commit: CommitHash,
    path: RepoPath,
    etag: Etag,
    size: Option<u64>,
    xet_hash: Option<Sha256>,
}

impl DownloadFile {
    pub(crate) fn new(
        repo_type: RepoType,
        repo_id: RepoId,
        commit: CommitHash,
        spec: &FileSpec,
    ) -> Self {
        Self {
            repo_type,
            repo_id,
            commit,
            path: spec.path.clone(),
            etag: spec.etag.clone(),
            size: spec.size,
            xet_hash: spec.xet_hash,
        }
    }

    /// Returns the type of the repository.
    pub fn repo_type(&self) -> RepoType {
        self.repo_type
    }

    /// Returns the repository.
    pub fn repo_id(&self) -> &RepoId {
        &self.repo_id
    }

    /// Returns the commit that the file is read from.
    pub fn commit(&self) -> &CommitHash {
        &self.commit
    }

    /// Returns the path in the repository.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// Returns the ETag: for large files, the SHA-256 of the content.
    pub fn etag(&self) -> &Etag {
        &self.etag
    }

    /// Returns the size in bytes, if known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Returns the hash of the content in Xet storage, if the file is stored there.
    pub fn xet_hash(&self) -> Option<&Sha256> {
        self.xet_hash.as_ref()
    }
}
