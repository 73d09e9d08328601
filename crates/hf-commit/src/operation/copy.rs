//! The operation that copies a file on the Hub.

use hf_transport::Result;
use hf_types::{RepoId, RepoType, Revision};

use super::invalid;
use super::path::normalize_existing_path;

/// Copies a file on the Hub, within the repository or from another one in the same storage region.
///
/// Large files are copied by the server; regular ones are downloaded and sent with the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOperationCopy {
    src_path_in_repo: String,
    path_in_repo: String,
    src_revision: Option<Revision>,
    src_repo: Option<(RepoId, RepoType)>,
}

impl CommitOperationCopy {
    /// Creates a copy of `src_path_in_repo` to `path_in_repo`, from the revision that is committed to.
    ///
    /// # Errors
    /// Returns `Validation` if a path is not valid in a repository.
    pub fn new(src_path_in_repo: &str, path_in_repo: &str) -> Result<Self> {
        // A copied folder may contain names with characters that no new file may have; they are copied
        // unchanged.
        let path = |path| {
            normalize_existing_path(path)
                .map(str::to_owned)
                .map_err(invalid)
        };
        Ok(Self {
            src_path_in_repo: path(src_path_in_repo)?,
            path_in_repo: path(path_in_repo)?,
            src_revision: None,
            src_repo: None,
        })
    }

    /// Sets the revision to copy from (default: the revision that is committed to, or `main` of another
    /// repository).
    pub fn src_revision(mut self, revision: Revision) -> Self {
        self.src_revision = Some(revision);
        self
    }

    /// Sets the repository to copy from, if it is a different one.
    pub fn src_repo(mut self, repo_id: RepoId, repo_type: RepoType) -> Self {
        self.src_repo = Some((repo_id, repo_type));
        self
    }

    /// Returns the path of the copy.
    pub fn path_in_repo(&self) -> &str {
        &self.path_in_repo
    }

    /// Returns the path of the source file.
    pub fn src_path_in_repo(&self) -> &str {
        &self.src_path_in_repo
    }

    /// Returns the repository (`None`: the same one) and revision (`None`: the default) of the source file.
    pub fn source(&self) -> (Option<&(RepoId, RepoType)>, Option<&Revision>) {
        (self.src_repo.as_ref(), self.src_revision.as_ref())
    }
}
