//! Branches, tags and other git references.

use hf_macros::Dataclass;

use crate::{CommitHash, Extra, Revision, ValidationError};

/// A git ref.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct GitRefInfo {
    /// The name of the branch or tag.
    pub name: String,
    /// The full ref, such as `refs/heads/main`.
    pub r#ref: String,
    /// The commit that it points to.
    pub target_commit: String,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl GitRefInfo {
    /// Returns the commit that it points to as a validated [`CommitHash`].
    pub fn commit_hash(&self) -> Result<CommitHash, ValidationError> {
        self.target_commit.parse()
    }
}

/// The refs of a repository, as `list_repo_refs` returns them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct GitRefs {
    /// Branches.
    pub branches: Vec<GitRefInfo>,
    /// Conversions by the Hub, such as of datasets to Parquet.
    #[dataclass(default)]
    pub converts: Vec<GitRefInfo>,
    /// Tags.
    #[dataclass(default)]
    pub tags: Vec<GitRefInfo>,
    /// Pull requests, if they were requested.
    pub pull_requests: Option<Vec<GitRefInfo>>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A revision together with the commit that it points to.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct ResolvedRevision {
    /// The revision that was resolved; `None` for the default.
    pub initial: Option<Revision>,
    /// The commit.
    pub resolved: CommitHash,
}

impl ResolvedRevision {
    /// Creates the result of resolving `initial` to `resolved`.
    pub fn new(initial: Option<Revision>, resolved: CommitHash) -> Self {
        Self { initial, resolved }
    }

    /// Returns the revision that was resolved: `main` by default.
    pub fn as_str(&self) -> &str {
        self.initial
            .as_ref()
            .map_or(Revision::MAIN, Revision::as_str)
    }
}

impl std::fmt::Display for ResolvedRevision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
