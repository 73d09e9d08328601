//! Datasets.

use hf_macros::Dataclass;
use serde_json::Number;

use crate::{
    DatasetCardData, Extra, Gated, RepoId, RepoSibling, ResourceGroup, Timestamp, ValidationError,
};

/// A dataset on the Hub, as `dataset_info` and `list_datasets` return it.
///
/// Most fields are optional: which of them the Hub sends depends on the call and on `expand`.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[non_exhaustive]
pub struct DatasetInfo {
    /// The id: `namespace/name`.
    pub id: String,
    /// The user or organization that owns it.
    pub author: Option<String>,
    /// The metadata of its card.
    pub card_data: Option<Box<DatasetCardData>>,
    /// How to cite it.
    pub citation: Option<String>,
    /// When the repo was created; 2022-03-02 for all that are older.
    pub created_at: Option<Timestamp>,
    /// The description.
    pub description: Option<String>,
    /// Whether the Hub disabled it.
    pub disabled: Option<bool>,
    /// Downloads in the last 30 days.
    pub downloads: Option<u64>,
    /// Downloads since its creation.
    pub downloads_all_time: Option<u64>,
    /// Whether users have to request access.
    pub gated: Option<Gated>,
    /// The time of the last commit.
    pub last_modified: Option<Timestamp>,
    /// Number of likes.
    pub likes: Option<u64>,
    /// Size of its main branch, in bytes.
    pub main_size: Option<u64>,
    /// Its id at Papers with Code.
    pub paperswithcode_id: Option<String>,
    /// Whether it is private.
    pub private: Option<bool>,
    /// The resource group.
    pub resource_group: Option<Box<ResourceGroup>>,
    /// The commit that the information belongs to.
    pub sha: Option<String>,
    /// The files.
    pub siblings: Option<Vec<RepoSibling>>,
    /// The tags, including those that the Hub computes.
    pub tags: Option<Vec<String>>,
    /// The trending score.
    pub trending_score: Option<Number>,
    /// The storage that it uses, in bytes.
    pub used_storage: Option<u64>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl DatasetInfo {
    /// Returns the id as a validated [`RepoId`](crate::RepoId).
    pub fn repo_id(&self) -> Result<RepoId, ValidationError> {
        self.id.parse()
    }
}

open_enum! {
    /// A property that `expand` of `dataset_info` and `list_datasets` selects.
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
