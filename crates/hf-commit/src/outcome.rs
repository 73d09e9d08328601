//! The outcome of a call that commits.

use hf_types::CommitInfo;
use serde::{Serialize, Serializer};

/// The outcome of a call that commits: a new commit, or none because nothing has changed.
///
/// Its JSON form is the [`CommitInfo`] alone, as in Python.
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{CommitOutcome, RepoTarget, UploadFolder};
/// let upload = UploadFolder::new(RepoTarget::model("user/repo")?, "out").create_pr(true);
/// match upload.run(&client).await? {
///     CommitOutcome::Created(commit) => println!("opened {}", commit.pr_url.unwrap_or_default()),
///     CommitOutcome::Unchanged(head) => println!("{} has all of it already", head.oid),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitOutcome {
    /// The commit that was created, or the last one if the call created several.
    Created(CommitInfo),
    /// No commit was created, because the repository already has all files. The value describes the head of
    /// the branch, with the message that the commit would have had.
    Unchanged(CommitInfo),
}

impl CommitOutcome {
    /// Returns the commit that was created, or the head of the branch if nothing has changed.
    pub fn info(&self) -> &CommitInfo {
        match self {
            Self::Created(info) | Self::Unchanged(info) => info,
        }
    }

    /// Returns the commit that was created, or the head of the branch if nothing has changed.
    pub fn into_info(self) -> CommitInfo {
        match self {
            Self::Created(info) | Self::Unchanged(info) => info,
        }
    }

    /// Returns the commit, if one was created.
    pub fn into_created(self) -> Option<CommitInfo> {
        match self {
            Self::Created(info) => Some(info),
            Self::Unchanged(_) => None,
        }
    }

    /// Returns whether a commit was created.
    pub fn is_created(&self) -> bool {
        matches!(self, Self::Created(_))
    }
}

impl From<CommitOutcome> for CommitInfo {
    fn from(outcome: CommitOutcome) -> Self {
        outcome.into_info()
    }
}

impl Serialize for CommitOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.info().serialize(serializer)
    }
}
