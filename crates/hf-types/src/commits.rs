//! Commits.

use hf_macros::Dataclass;
use serde_json::Value;

use crate::common::default_endpoint;
use crate::wire::{FromWire, Read};
use crate::{CommitHash, Extra, RepoUrl, Revision, Timestamp, ValidationError, WithEndpoint};

/// A new commit, as `create_commit`, `upload_file` and similar calls return it.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(computed(repo_url, pr_revision, pr_num))]
#[non_exhaustive]
pub struct CommitInfo {
    /// The page of the commit.
    pub commit_url: String,
    /// The first line of the message.
    #[dataclass(default)]
    pub commit_message: String,
    /// The rest of the message; may be empty.
    #[dataclass(default)]
    pub commit_description: String,
    /// The hash.
    #[dataclass(wire = "commitOid")]
    pub oid: String,
    /// The endpoint of the Hub.
    #[dataclass(default = default_endpoint())]
    pub endpoint: String,
    /// The page of the pull request that was opened with it.
    #[dataclass(wire = "pullRequestUrl")]
    pub pr_url: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl CommitInfo {
    /// Creates the description of the commit `oid` on the public Hub, whose page is `commit_url`.
    pub fn new(commit_url: impl Into<String>, oid: impl Into<String>) -> Self {
        Self {
            commit_url: commit_url.into(),
            commit_message: String::new(),
            commit_description: String::new(),
            oid: oid.into(),
            endpoint: default_endpoint(),
            pr_url: None,
            extra: Extra::default(),
        }
    }

    /// Returns the hash as a validated [`CommitHash`].
    pub fn commit_hash(&self) -> Result<CommitHash, ValidationError> {
        self.oid.parse()
    }

    /// Returns the URL of the repository; `None` if the commit's URL is not one of the endpoint's.
    pub fn repo_url(&self) -> Option<RepoUrl> {
        let url = self.commit_url.split("/commit/").next().unwrap_or_default();
        RepoUrl::parse(url, Some(&self.endpoint)).ok()
    }

    /// Returns the number of the pull request that was opened with the commit.
    pub fn pr_num(&self) -> Option<u64> {
        let (_, num) = self.pr_url.as_ref()?.rsplit_once("/discussions/")?;
        num.parse().ok()
    }

    /// Returns the ref of that pull request, such as `refs/pr/1`.
    pub fn pr_revision(&self) -> Option<Revision> {
        self.pr_num().map(Revision::pull_request)
    }
}

impl WithEndpoint for CommitInfo {
    fn set_endpoint(&mut self, endpoint: &str) {
        endpoint.clone_into(&mut self.endpoint);
    }
}

/// A commit of a repository's history, as `list_repo_commits` returns it.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct GitCommitInfo {
    /// The hash.
    #[dataclass(wire = "id")]
    pub commit_id: String,
    /// The user names of its authors.
    #[dataclass(decode = author_users)]
    pub authors: Vec<String>,
    /// The time of creation.
    #[dataclass(wire = "date")]
    pub created_at: Option<Timestamp>,
    /// The first line of the message.
    pub title: String,
    /// The rest of the message.
    pub message: String,
    /// The title as HTML, if it was requested.
    #[dataclass(wire = "formatted.title")]
    pub formatted_title: Option<String>,
    /// The message as HTML, if it was requested.
    #[dataclass(wire = "formatted.message")]
    pub formatted_message: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl GitCommitInfo {
    /// Returns the hash as a validated [`CommitHash`].
    pub fn commit_hash(&self) -> Result<CommitHash, ValidationError> {
        self.commit_id.parse()
    }
}

/// The Hub writes objects with a `user`; our JSON has the names.
fn author_users(sent: Value) -> Read<Vec<String>> {
    Vec::<Value>::read_value(sent).map(|authors| {
        let name = |author| match author {
            Value::String(name) => Some(name),
            Value::Object(mut author) => {
                match author.remove("user").or_else(|| author.remove("name")) {
                    Some(Value::String(name)) => Some(name),
                    _ => None,
                }
            }
            _ => None,
        };
        authors.into_iter().filter_map(name).collect()
    })
}
