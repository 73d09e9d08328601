//! The repository and revision that a call writes to.

use hf_transport::{Result, path};
use hf_types::{RepoId, RepoType, Revision};

use crate::operation::parse;

/// The repository and revision that a call writes to.
///
/// ```
/// use hf_commit::RepoTarget;
/// let target = RepoTarget::dataset("user/data")?.revision("refs/pr/1")?;
/// assert_eq!(target.revision, *"refs/pr/1");
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepoTarget {
    /// `namespace/name`.
    pub repo_id: RepoId,
    /// The type of the repository.
    pub repo_type: RepoType,
    /// The branch or pull request reference to commit to.
    pub revision: Revision,
}

impl RepoTarget {
    /// Creates a target for the `main` branch of a repository.
    pub fn new(repo_id: RepoId, repo_type: RepoType) -> Self {
        Self {
            repo_id,
            repo_type,
            revision: Revision::default(),
        }
    }

    /// Creates a target for the `main` branch of a model.
    pub fn model(repo_id: &str) -> Result<Self> {
        Ok(Self::new(parse(repo_id)?, RepoType::Model))
    }

    /// Creates a target for the `main` branch of a dataset.
    pub fn dataset(repo_id: &str) -> Result<Self> {
        Ok(Self::new(parse(repo_id)?, RepoType::Dataset))
    }

    /// Creates a target for the `main` branch of a Space.
    pub fn space(repo_id: &str) -> Result<Self> {
        Ok(Self::new(parse(repo_id)?, RepoType::Space))
    }

    /// Sets the revision.
    pub fn revision(mut self, revision: &str) -> Result<Self> {
        self.revision = parse(revision)?;
        Ok(self)
    }

    /// Returns `/api/models/user/repo/ACTION`.
    pub(crate) fn api(&self, action: &str) -> String {
        format!(
            "/api/{}/{}/{action}",
            self.repo_type.api_plural(),
            self.repo_id
        )
    }

    /// Returns `/api/models/user/repo/ACTION/REVISION`.
    pub(crate) fn api_at(&self, action: &str, revision: &str) -> String {
        format!("{}/{}", self.api(action), path::segment(revision))
    }

    /// Returns `/datasets/user/repo`, the prefix of pages and files.
    pub(crate) fn page(&self) -> String {
        format!("/{}{}", self.repo_type.url_prefix(), self.repo_id)
    }
}
