//! Branches, tags and other git references.

use hf_macros::Dataclass;

use crate::{CommitHash, Extra, Revision, ValidationError};

/// A git reference.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct GitRefInfo {
    /// The name of the branch or tag.
    pub name: String,
    /// The whole reference, as `refs/heads/main`.
    pub r#ref: String,
    /// The commit it points to.
    pub target_commit: String,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl GitRefInfo {
    /// The commit it points to, checked.
    pub fn commit_hash(&self) -> Result<CommitHash, ValidationError> {
        self.target_commit.parse()
    }
}

/// All references of a repository, as `list_repo_refs` gives them.
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
    /// Pull requests, where they were asked for.
    pub pull_requests: Option<Vec<GitRefInfo>>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A revision together with the commit that it points to.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct ResolvedRevision {
    /// What was asked for; `None` for the default.
    pub initial: Option<Revision>,
    /// The commit.
    pub resolved: CommitHash,
}

impl ResolvedRevision {
    /// `initial`, found to point to `resolved`.
    pub fn new(initial: Option<Revision>, resolved: CommitHash) -> Self {
        Self { initial, resolved }
    }

    /// The name asked for: `main` by default.
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
