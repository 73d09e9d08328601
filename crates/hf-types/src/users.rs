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
    /// The URL of the picture.
    #[dataclass(default)]
    pub avatar_url: String,
    /// The user's description of themself.
    pub details: Option<String>,
    /// Whether the caller follows this user.
    pub is_following: Option<bool>,
    /// Whether the user has a PRO subscription.
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
    /// The kind of account: `user` or `org`.
    #[dataclass(wire = "type")]
    pub user_type: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct Organization {
    /// The URL of the picture.
    #[dataclass(default)]
    pub avatar_url: String,
    /// The name on the Hub.
    #[dataclass(default)]
    pub name: String,
    /// The full name.
    #[dataclass(default)]
    pub fullname: String,
    /// The organization's description of itself.
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
    /// The plan: `team`, `enterprise`, ...
    pub plan: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A like of a user.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct Like {
    /// The time of the like.
    pub created_at: Option<Timestamp>,
    /// The id of the repository.
    #[dataclass(wire = "repo.name")]
    pub repo_id: String,
    /// The type: `model`, `dataset`, `space`, `kernel`, ...
    #[dataclass(wire = "repo.type")]
    pub repo_type: String,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The repositories that a user likes, as `list_liked_repos` returns them.
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
    /// The number of likes, including those of other types.
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
    /// Groups the likes of a user by the type of repository.
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

/// The storage that a repository or bucket uses, as `list_user_repos` returns it.
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
    /// Its share of the namespace's storage, in percent.
    #[dataclass(default = Number::from(0))]
    pub storage_percent: Number,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

open_enum! {
    /// The visibility of a repository.
    pub enum RepoVisibility {
        /// Everybody.
        Public = "public",
        /// Its owner only.
        Private = "private",
        /// Everybody sees the app, only its owner the files; for Spaces only.
        Protected = "protected",
    }
}
