//! Datasets.

use hf_macros::Dataclass;
use serde_json::{Number, Value};

use crate::{DatasetCardData, Extra, Gated, RepoId, RepoSibling, Timestamp, ValidationError};

/// A dataset on the Hub, as `dataset_info` and `list_datasets` give it.
///
/// Nearly everything is optional: what is there depends on the call and on `expand`.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[non_exhaustive]
pub struct DatasetInfo {
    /// The id: `namespace/name`.
    pub id: String,
    /// The user or organization it belongs to.
    pub author: Option<String>,
    /// The metadata of its card.
    pub card_data: Option<Box<DatasetCardData>>,
    /// How to cite it.
    pub citation: Option<String>,
    /// When the repo was created; 2022-03-02 for all that are older.
    pub created_at: Option<Timestamp>,
    /// Its description.
    pub description: Option<String>,
    /// Whether the Hub disabled it.
    pub disabled: Option<bool>,
    /// Downloads in the last 30 days.
    pub downloads: Option<u64>,
    /// Downloads since its creation.
    pub downloads_all_time: Option<u64>,
    /// Whether one must ask for access.
    pub gated: Option<Gated>,
    /// When the last commit was made.
    pub last_modified: Option<Timestamp>,
    /// Number of likes.
    pub likes: Option<u64>,
    /// Size of its main branch, in bytes.
    pub main_size: Option<u64>,
    /// Its id at Papers with Code.
    pub paperswithcode_id: Option<String>,
    /// Whether only its owner sees it.
    pub private: Option<bool>,
    /// Its resource group, as sent.
    pub resource_group: Option<Box<Value>>,
    /// The commit that this describes.
    pub sha: Option<String>,
    /// Its files.
    pub siblings: Option<Vec<RepoSibling>>,
    /// Its tags, with those that the Hub computes.
    pub tags: Option<Vec<String>>,
    /// How much it trends.
    pub trending_score: Option<Number>,
    /// Storage it uses, in bytes.
    pub used_storage: Option<u64>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl DatasetInfo {
    /// The id, checked.
    pub fn repo_id(&self) -> Result<RepoId, ValidationError> {
        self.id.parse()
    }
}

open_enum! {
    /// What `dataset_info` and `list_datasets` can be asked for in `expand`.
    pub enum ExpandDatasetProperty {
        /// `author`
        Author = "author",
        /// `card_data`
        CardData = "cardData",
        /// `citation`
        Citation = "citation",
        /// `created_at`
        CreatedAt = "createdAt",
        /// `description`
        Description = "description",
        /// `disabled`
        Disabled = "disabled",
        /// `downloads`
        Downloads = "downloads",
        /// `downloads_all_time`
        DownloadsAllTime = "downloadsAllTime",
        /// `gated`
        Gated = "gated",
        /// `last_modified`
        LastModified = "lastModified",
        /// `likes`
        Likes = "likes",
        /// `main_size`
        MainSize = "mainSize",
        /// `paperswithcode_id`
        PaperswithcodeId = "paperswithcode_id",
        /// `private`
        Private = "private",
        /// `resource_group`
        ResourceGroup = "resourceGroup",
        /// `sha`
        Sha = "sha",
        /// `siblings`
        Siblings = "siblings",
        /// `tags`
        Tags = "tags",
        /// `trending_score`
        TrendingScore = "trendingScore",
        /// `used_storage`
        UsedStorage = "usedStorage",
    }
}
