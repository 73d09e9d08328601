//! Discussions and pull requests, and what happens in them.

use hf_macros::Dataclass;
use serde_core::de::{Deserialize, Deserializer, Error};
use serde_core::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::common::{account_name, default_endpoint, deleted_account};
use crate::{ConflictingFiles, Extra, RepoType, Revision, Timestamp, WithEndpoint};

open_enum! {
    /// The status of a discussion.
    pub enum DiscussionStatus {
        /// It is open.
        Open = "open",
        /// It was closed.
        Closed = "closed",
        /// Its changes were merged; pull requests only.
        Merged = "merged",
        /// Its changes are not ready; pull requests only.
        Draft = "draft",
    }
}

open_enum! {
    /// Which kinds `get_repo_discussions` lists.
    pub enum DiscussionTypeFilter {
        /// Discussions and pull requests.
        All = "all",
        /// Discussions.
        Discussion = "discussion",
        /// Pull requests.
        PullRequest = "pull_request",
    }
}

open_enum! {
    /// Which states `get_repo_discussions` lists.
    pub enum DiscussionStatusFilter {
        /// Every state.
        All = "all",
        /// Open ones, drafts included.
        Open = "open",
        /// Closed and merged ones.
        Closed = "closed",
    }
}

/// A discussion or pull request, as lists contain it.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(computed(url, git_reference))]
#[non_exhaustive]
pub struct Discussion {
    /// The title.
    pub title: String,
    /// The status.
    pub status: DiscussionStatus,
    /// The number in the repository.
    #[dataclass(fallback = 0)]
    pub num: u64,
    /// The repository that it belongs to.
    #[dataclass(wire = "repo.name")]
    pub repo_id: String,
    /// The type of that repository.
    #[dataclass(wire = "repo.type")]
    pub repo_type: String,
    /// The user who opened it; `deleted` if the account no longer exists.
    #[dataclass(decode = account_name, default = deleted_account())]
    pub author: String,
    /// Whether it is a pull request.
    #[dataclass(fallback = false)]
    pub is_pull_request: bool,
    /// When it was opened.
    pub created_at: Option<Timestamp>,
    /// The endpoint of the Hub.
    #[dataclass(default = default_endpoint())]
    pub endpoint: String,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A discussion or pull request with all that happened in it.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(computed(url, git_reference), after = changes_of_pull_requests)]
#[non_exhaustive]
pub struct DiscussionWithDetails {
    /// The title.
    pub title: String,
    /// The status.
    pub status: DiscussionStatus,
    /// The number in the repository.
    #[dataclass(fallback = 0)]
    pub num: u64,
    /// The repository that it belongs to.
    #[dataclass(wire = "repo.name")]
    pub repo_id: String,
    /// The type of that repository.
    #[dataclass(wire = "repo.type")]
    pub repo_type: String,
    /// The user who opened it; `deleted` if the account no longer exists.
    #[dataclass(decode = account_name, default = deleted_account())]
    pub author: String,
    /// Whether it is a pull request.
    #[dataclass(fallback = false)]
    pub is_pull_request: bool,
    /// When it was opened.
    pub created_at: Option<Timestamp>,
    /// The endpoint of the Hub.
    #[dataclass(default = default_endpoint())]
    pub endpoint: String,
    /// The events, in order.
    pub events: Vec<DiscussionEvent>,
    /// The files that do not merge.
    #[dataclass(wire = "filesWithConflicts")]
    pub conflicting_files: Option<ConflictingFiles>,
    /// The branch that its changes go to.
    #[dataclass(wire = "changes.base")]
    pub target_branch: Option<String>,
    /// The commit that merged it.
    #[dataclass(wire = "changes.mergeCommitId")]
    pub merge_commit_oid: Option<String>,
    /// Its changes, as git shows them.
    pub diff: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that the derive calls")]
fn changes_of_pull_requests(discussion: &mut DiscussionWithDetails) -> Result<(), String> {
    if !discussion.is_pull_request {
        discussion.conflicting_files = None;
        discussion.target_branch = None;
        discussion.merge_commit_oid = None;
    }
    Ok(())
}

macro_rules! discussion {
    ($name:ident) => {
        impl $name {
            /// Returns the URL of its page.
            pub fn url(&self) -> String {
                let prefix = match self.repo_type.parse() {
                    Ok(known) => RepoType::url_prefix(known).to_owned(),
                    Err(_) => format!("{}s/", self.repo_type),
                };
                format!(
                    "{}/{prefix}{}/discussions/{}",
                    self.endpoint, self.repo_id, self.num
                )
            }

            /// Returns the ref that its commits are pushed to; `None` if it is not a pull request.
            pub fn git_reference(&self) -> Option<Revision> {
                self.is_pull_request
                    .then(|| Revision::pull_request(self.num))
            }

            /// Returns the URL of its diff; `None` if it is not a pull request.
            pub fn diff_url(&self) -> Option<String> {
                self.is_pull_request
                    .then(|| format!("{}/files.diff", self.url()))
            }
        }

        impl WithEndpoint for $name {
            fn set_endpoint(&mut self, endpoint: &str) {
                endpoint.clone_into(&mut self.endpoint);
            }
        }
    };
}

discussion!(Discussion);
discussion!(DiscussionWithDetails);

/// One page of a repository's discussions.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct DiscussionPage {
    /// The discussions.
    pub discussions: Vec<Discussion>,
    /// Number of discussions on all pages.
    #[dataclass(fallback = 0)]
    pub count: u64,
    /// Number of discussions before this page.
    #[dataclass(default)]
    pub start: u64,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// Something that happened in a discussion.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiscussionEvent {
    /// Someone wrote a comment.
    Comment(DiscussionComment),
    /// It was closed, opened again or merged.
    StatusChange(DiscussionStatusChange),
    /// A commit was pushed to the pull request.
    Commit(DiscussionCommit),
    /// Its title was changed.
    TitleChange(DiscussionTitleChange),
    /// Something that this version does not know; all of it is in `extra`.
    Other(DiscussionOtherEvent),
}

macro_rules! event {
    ($(#[$attr:meta])* $name:ident { $($fields:tt)* }) => {
        #[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
        $(#[$attr])*
        #[non_exhaustive]
        pub struct $name {
            /// The id: hex digits.
            pub id: String,
            /// The kind of event.
            pub r#type: String,
            /// When it happened.
            pub created_at: Option<Timestamp>,
            /// The user who did it; `deleted` if the account no longer exists.
            #[dataclass(decode = account_name, default = deleted_account())]
            pub author: String,
            $($fields)*
            /// The other members that the Hub sent.
            #[dataclass(extra)]
            pub extra: Extra,
        }
    };
}

event! {
    /// A comment.
    #[dataclass(computed(number_of_edits))]
    DiscussionComment {
        /// The text, in Markdown.
        #[dataclass(wire = "data.latest.raw")]
        pub content: String,
        /// Whether it was changed after it was written.
        #[dataclass(wire = "data.edited", fallback = false)]
        pub edited: bool,
        /// Whether it was hidden.
        #[dataclass(wire = "data.hidden", fallback = false)]
        pub hidden: bool,
        /// The text, as HTML.
        #[dataclass(wire = "data.latest.html")]
        pub rendered: Option<String>,
        /// When it was last changed.
        #[dataclass(wire = "data.latest.updatedAt")]
        pub last_edited_at: Option<Timestamp>,
        /// The user who last changed it; `deleted` if the account no longer exists.
        #[dataclass(wire = "data.latest.author", decode = account_name, default = deleted_account())]
        pub last_edited_by: String,
        /// The earlier versions, as they were sent; the Hub does not always send them.
        #[dataclass(wire = "data.history")]
        pub edit_history: Option<Vec<Value>>,
    }
}

impl DiscussionComment {
    /// Returns the number of earlier versions that the Hub sent; `None` if it sent none at all.
    pub fn number_of_edits(&self) -> Option<usize> {
        self.edit_history.as_ref().map(Vec::len)
    }
}

event! {
    /// A change of status.
    DiscussionStatusChange {
        /// The new status.
        #[dataclass(wire = "data.status")]
        pub new_status: DiscussionStatus,
    }
}

event! {
    /// A commit on a pull request.
    DiscussionCommit {
        /// The first line of the message.
        #[dataclass(wire = "data.subject")]
        pub summary: String,
        /// The hash.
        #[dataclass(wire = "data.oid")]
        pub oid: String,
    }
}

event! {
    /// A change of title.
    DiscussionTitleChange {
        /// The old title.
        #[dataclass(wire = "data.from")]
        pub old_title: String,
        /// The new title.
        #[dataclass(wire = "data.to")]
        pub new_title: String,
    }
}

event! {
    /// An event of another kind.
    DiscussionOtherEvent {}
}

macro_rules! for_all_events {
    ($self:ident, $event:ident => $value:expr) => {
        match $self {
            DiscussionEvent::Comment($event) => $value,
            DiscussionEvent::StatusChange($event) => $value,
            DiscussionEvent::Commit($event) => $value,
            DiscussionEvent::TitleChange($event) => $value,
            DiscussionEvent::Other($event) => $value,
        }
    };
}

impl DiscussionEvent {
    /// Returns the id of the event: hex digits.
    pub fn id(&self) -> &str {
        for_all_events!(self, event => &event.id)
    }

    /// Returns the Hub's name for the kind of event: `comment`, `status-change`, ...
    pub fn r#type(&self) -> &str {
        for_all_events!(self, event => &event.r#type)
    }

    /// Returns the time of the event.
    pub fn created_at(&self) -> Option<Timestamp> {
        for_all_events!(self, event => event.created_at)
    }

    /// Returns the name of the author; `deleted` if the account no longer exists.
    pub fn author(&self) -> &str {
        for_all_events!(self, event => &event.author)
    }

    /// Returns the comment, or `None` for an event of another kind.
    pub fn as_comment(&self) -> Option<&DiscussionComment> {
        match self {
            Self::Comment(comment) => Some(comment),
            _ => None,
        }
    }
}

impl Serialize for DiscussionEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        for_all_events!(self, event => event.serialize(serializer))
    }
}

impl<'de> Deserialize<'de> for DiscussionEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Map::<String, Value>::deserialize(deserializer)?;
        let kind = event
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let event = Value::Object(event);
        match kind.as_str() {
            "comment" => DiscussionComment::deserialize(event).map(Self::Comment),
            "status-change" => DiscussionStatusChange::deserialize(event).map(Self::StatusChange),
            "commit" => DiscussionCommit::deserialize(event).map(Self::Commit),
            "title-change" => DiscussionTitleChange::deserialize(event).map(Self::TitleChange),
            _ => DiscussionOtherEvent::deserialize(event).map(Self::Other),
        }
        .map_err(|err| D::Error::custom(format_args!("event of type `{kind}`: {err}")))
    }
}
