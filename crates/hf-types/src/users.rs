//! Users and organizations.

use hf_macros::Dataclass;
use serde_json::Number;

use crate::{Extra, Timestamp};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct User {
    /// The name on the Hub.
    #[dataclass(wire = "user", default)]
    pub username: String,
    /// The full name.
    #[dataclass(default)]
    pub fullname: String,
    /// The picture.
    #[dataclass(default)]
    pub avatar_url: String,
    /// What the user says of themself.
    pub details: Option<String>,
    /// Whether the caller follows this user.
    pub is_following: Option<bool>,
    /// Whether the user pays for PRO.
    pub is_pro: Option<bool>,
    /// Number of models.
    pub num_models: Option<u64>,
    /// Number of datasets.
    pub num_datasets: Option<u64>,
    /// Number of Spaces.
    pub num_spaces: Option<u64>,
    /// Number of discussions opened.
    pub num_discussions: Option<u64>,
    /// Number of papers.
    pub num_papers: Option<u64>,
    /// Number of upvotes received.
    pub num_upvotes: Option<u64>,
    /// Number of likes given.
    pub num_likes: Option<u64>,
    /// Number of users followed.
    pub num_following: Option<u64>,
    /// Number of followers.
    pub num_followers: Option<u64>,
    /// The organizations the user belongs to.
    #[dataclass(default)]
    pub orgs: Vec<Organization>,
    /// `user` or `org`: the `type` of the answer.
    #[dataclass(wire = "type")]
    pub user_type: Option<String>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct Organization {
    /// The picture.
    #[dataclass(default)]
    pub avatar_url: String,
    /// The name on the Hub.
    #[dataclass(default)]
    pub name: String,
    /// The full name.
    #[dataclass(default)]
    pub fullname: String,
    /// What it says of itself.
    pub details: Option<String>,
    /// Whether the Hub verified it.
    pub is_verified: Option<bool>,
    /// Whether the caller follows it.
    pub is_following: Option<bool>,
    /// Number of members.
    pub num_users: Option<u64>,
    /// Number of models.
    pub num_models: Option<u64>,
    /// Number of Spaces.
    pub num_spaces: Option<u64>,
    /// Number of datasets.
    pub num_datasets: Option<u64>,
    /// Number of followers.
    pub num_followers: Option<u64>,
    /// Number of papers.
    pub num_papers: Option<u64>,
    /// What it pays for: `team`, `enterprise`, ...
    pub plan: Option<String>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// One like of a user, as the Hub lists them.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct Like {
    /// When it was given.
    pub created_at: Option<Timestamp>,
    /// The id of the repository.
    #[dataclass(wire = "repo.name")]
    pub repo_id: String,
    /// What it is: `model`, `dataset`, `space`, `kernel`, ...
    #[dataclass(wire = "repo.type")]
    pub repo_type: String,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// What a user likes, as `list_liked_repos` gives it.
///
/// ```
/// use hf_types::{Like, UserLikes};
/// let likes: Vec<Like> = serde_json::from_str(r#"[
///     {"repo": {"name": "gpt2", "type": "model"}}, {"repo": {"name": "u/b", "type": "bucket"}}
/// ]"#)?;
/// let likes = UserLikes::new("julien-c", &likes);
/// assert_eq!((likes.total, likes.models.len()), (2, 1));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct UserLikes {
    /// The user.
    pub user: String,
    /// Number of likes, those of other kinds included.
    pub total: u64,
    /// Ids of datasets.
    pub datasets: Vec<String>,
    /// Ids of kernels.
    pub kernels: Vec<String>,
    /// Ids of models.
    pub models: Vec<String>,
    /// Ids of Spaces.
    pub spaces: Vec<String>,
}

impl UserLikes {
    /// Sorts a user's likes by kind.
    pub fn new(user: &str, likes: &[Like]) -> Self {
        let of = |kind: &str| {
            likes
                .iter()
                .filter(|like| like.repo_type == kind)
                .map(|like| like.repo_id.clone())
                .collect()
        };
        Self {
            user: user.to_owned(),
            total: likes.len() as u64,
            datasets: of("dataset"),
            kernels: of("kernel"),
            models: of("model"),
            spaces: of("space"),
        }
    }
}

/// How much storage a repository or bucket of a namespace uses, as `list_user_repos` gives it.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct RepoStorageInfo {
    /// Its id.
    pub id: String,
    /// `model`, `dataset`, `space` or `bucket`.
    pub r#type: String,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// `public` or `private`.
    pub visibility: String,
    /// Storage in bytes.
    pub storage: Option<u64>,
    /// Its part of the namespace's storage, in percent.
    #[dataclass(default = Number::from(0))]
    pub storage_percent: Number,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

open_enum! {
    /// Who sees a repository.
    pub enum RepoVisibility {
        /// All.
        Public = "public",
        /// Its owner.
        Private = "private",
        /// All see the app, its owner alone the files; Spaces only.
        Protected = "protected",
    }
}
