//! Inspects a Hub without HTTP.
use bytes::Bytes;

use crate::blob::Blob;
use crate::hub::Hub;
use crate::names::RepoName;
use crate::store::existing;

/// A commit, as returned to tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitSummary {
    /// The commit id.
    pub oid: String,
    /// The id of the parent commit.
    pub parent: Option<String>,
    /// The first line of the message.
    pub title: String,
    /// The description.
    pub message: String,
}

/// # Inspecting it without HTTP
impl Hub {
    /// Returns whether a repository has this name.
    pub fn repo_exists(&self, repo: impl Into<RepoName>) -> bool {
        self.state().repos.contains_key(&repo.into())
    }

    /// Returns the commit id that a revision points to, if there is one.
    pub fn resolve(&self, repo: impl Into<RepoName>, revision: &str) -> Option<String> {
        let oid = self.state().repos.get(&repo.into())?.resolve(revision)?;
        Some(oid.to_string())
    }

    /// Returns the paths of all files at a revision, sorted.
    pub fn files(&self, repo: impl Into<RepoName>, revision: &str) -> Vec<String> {
        let (name, oid) = self.oid(repo.into(), revision);
        let mut state = self.state();
        let tree = existing(&mut state, &name).tree(&oid).unwrap_or_default();
        tree.keys().map(ToString::to_string).collect()
    }

    /// Returns the content of a file at a revision, if it exists.
    pub fn file(&self, repo: impl Into<RepoName>, revision: &str, path: &str) -> Option<Blob> {
        let mut state = self.state();
        let repo = state.repos.get_mut(&repo.into())?;
        let oid = repo.resolve(revision)?;
        Some(repo.tree(&oid)?.get(path)?.blob.clone())
    }

    /// Returns the bytes of a file at a revision, if it exists.
    pub fn read(&self, repo: impl Into<RepoName>, revision: &str, path: &str) -> Option<Bytes> {
        self.file(repo, revision, path)?.to_bytes()
    }

    /// Returns whether a file at a revision is stored as a large object.
    pub fn is_lfs(&self, repo: impl Into<RepoName>, revision: &str, path: &str) -> Option<bool> {
        let mut state = self.state();
        let repo = state.repos.get_mut(&repo.into())?;
        let oid = repo.resolve(revision)?;
        Some(repo.tree(&oid)?.get(path)?.lfs.is_some())
    }

    /// Returns the commits of a revision, newest first.
    pub fn commits(&self, repo: impl Into<RepoName>, revision: &str) -> Vec<CommitSummary> {
        let (name, oid) = self.oid(repo.into(), revision);
        let mut state = self.state();
        let summary = |commit: &crate::store::Commit| CommitSummary {
            oid: commit.oid.to_string(),
            parent: commit.parent.as_deref().map(ToOwned::to_owned),
            title: commit.title.clone(),
            message: commit.message.clone(),
        };
        existing(&mut state, &name)
            .history(&oid)
            .into_iter()
            .map(summary)
            .collect()
    }

    /// Returns how many large objects the storage holds.
    pub fn stored_objects(&self) -> usize {
        self.state().objects.len()
    }
}
