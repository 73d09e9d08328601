//! Spaces: what they are, how they run, and what is set for them.

use hf_macros::Dataclass;
use serde_json::{Map, Number, Value};

use crate::common::some_object;
use crate::{
    Extra, Gated, RepoId, RepoSibling, ResourceGroup, SpaceCardData, Timestamp, ValidationError,
    Volume,
};

/// A Space, as `space_info` and `list_spaces` return it.
///
/// Most fields are optional: which of them the Hub sends depends on the call and on `expand`.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[non_exhaustive]
pub struct SpaceInfo {
    /// The id: `namespace/name`.
    pub id: String,
    /// The user or organization that owns it.
    pub author: Option<String>,
    /// The metadata of its card.
    pub card_data: Option<Box<SpaceCardData>>,
    /// When the repo was created; 2022-03-02 for all that are older.
    pub created_at: Option<Timestamp>,
    /// Datasets that it uses.
    pub datasets: Option<Vec<String>>,
    /// Whether the Hub disabled it.
    pub disabled: Option<bool>,
    /// Whether users have to request access.
    pub gated: Option<Gated>,
    /// The URL of its app.
    pub host: Option<String>,
    /// The time of the last commit.
    pub last_modified: Option<Timestamp>,
    /// Number of likes.
    pub likes: Option<u64>,
    /// Models that it uses.
    pub models: Option<Vec<String>>,
    /// Whether it is private.
    pub private: Option<bool>,
    /// The region it is stored in.
    pub region: Option<String>,
    /// The resource group.
    pub resource_group: Option<Box<ResourceGroup>>,
    /// The runtime.
    #[dataclass(decode = some_object)]
    pub runtime: Option<Box<SpaceRuntime>>,
    /// The SDK.
    pub sdk: Option<String>,
    /// The commit that the information belongs to.
    pub sha: Option<String>,
    /// The files.
    pub siblings: Option<Vec<RepoSibling>>,
    /// The first part of its host.
    pub subdomain: Option<String>,
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

impl SpaceInfo {
    /// Returns the id as a validated [`RepoId`](crate::RepoId).
    pub fn repo_id(&self) -> Result<RepoId, ValidationError> {
        self.id.parse()
    }
}

/// The runtime of a Space.
///
/// ```
/// use hf_types::{SpaceHardware, SpaceRuntime, SpaceStage};
/// let runtime: SpaceRuntime = serde_json::from_str(r#"{
///     "stage": "RUNNING", "hardware": {"current": "t4-medium", "requested": "h900"}, "gcTimeout": 3600
/// }"#)?;
/// assert_eq!(runtime.stage, SpaceStage::Running);
/// assert_eq!(runtime.hardware, Some(SpaceHardware::T4Medium));
/// assert_eq!(runtime.requested_hardware, Some(SpaceHardware::Other("h900".into())));
/// assert_eq!(runtime.raw["gcTimeout"], 3600);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct SpaceRuntime {
    /// The stage.
    pub stage: SpaceStage,
    /// The hardware that it runs on; `None` during its first build.
    #[dataclass(wire = "hardware.current")]
    pub hardware: Option<SpaceHardware>,
    /// The hardware that was requested.
    #[dataclass(wire = "hardware.requested")]
    pub requested_hardware: Option<SpaceHardware>,
    /// The number of seconds without requests after which it goes to sleep; `None` for the default.
    #[dataclass(wire = "gcTimeout")]
    pub sleep_time: Option<i64>,
    /// Its persistent storage.
    pub storage: Option<SpaceStorage>,
    /// Whether the development mode is enabled.
    #[dataclass(default)]
    pub dev_mode: bool,
    /// The state of a hot reload.
    pub hot_reloading: Option<SpaceHotReloading>,
    /// The mounted volumes.
    pub volumes: Option<Vec<Volume>>,
    /// The whole response, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}

/// A hot reload of a Space's code.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct SpaceHotReloading {
    /// `created` or `canceled`.
    pub status: String,
    /// Pairs of a replica and its state, as sent.
    pub replica_statuses: Vec<Value>,
    /// The whole object, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}

open_enum! {
    /// The stage of a Space.
    pub enum SpaceStage {
        /// There is no file to run.
        NoAppFile = "NO_APP_FILE",
        /// Its configuration is wrong.
        ConfigError = "CONFIG_ERROR",
        /// It is being built.
        Building = "BUILDING",
        /// The build failed.
        BuildError = "BUILD_ERROR",
        /// It runs.
        Running = "RUNNING",
        /// It runs while a newer state is built.
        RunningBuilding = "RUNNING_BUILDING",
        /// It stopped with an error.
        RuntimeError = "RUNTIME_ERROR",
        /// It is being deleted.
        Deleting = "DELETING",
        /// It was stopped.
        Stopped = "STOPPED",
        /// It was paused by its owner.
        Paused = "PAUSED",
        /// Its app starts.
        AppStarting = "APP_STARTING",
        /// It runs while a newer app starts.
        RunningAppStarting = "RUNNING_APP_STARTING",
    }
}

impl SpaceStage {
    /// Returns whether a Space leaves this stage by itself.
    pub fn is_intermediate(&self) -> bool {
        matches!(
            self,
            Self::Building | Self::RunningBuilding | Self::AppStarting | Self::RunningAppStarting
        )
    }

    /// Returns whether a Space stays in this stage until somebody acts. An unknown stage is neither.
    pub fn is_terminal(&self) -> bool {
        !self.is_intermediate() && !matches!(self, Self::Other(_))
    }
}

open_enum! {
    /// The hardware of a Space.
    pub enum SpaceHardware {
        /// 2 vCPU, free.
        CpuBasic = "cpu-basic",
        /// 8 vCPU.
        CpuUpgrade = "cpu-upgrade",
        /// ZeroGPU: a GPU on demand.
        ZeroA10g = "zero-a10g",
        /// Nvidia T4, small.
        T4Small = "t4-small",
        /// Nvidia T4, medium.
        T4Medium = "t4-medium",
        /// 1 Nvidia L4.
        L4x1 = "l4x1",
        /// 4 Nvidia L4.
        L4x4 = "l4x4",
        /// 1 Nvidia L40S.
        L40sx1 = "l40sx1",
        /// 4 Nvidia L40S.
        L40sx4 = "l40sx4",
        /// 8 Nvidia L40S.
        L40sx8 = "l40sx8",
        /// Nvidia A10G, small.
        A10gSmall = "a10g-small",
        /// Nvidia A10G, large.
        A10gLarge = "a10g-large",
        /// 2 Nvidia A10G, large.
        A10gLargex2 = "a10g-largex2",
        /// 4 Nvidia A10G, large.
        A10gLargex4 = "a10g-largex4",
        /// Nvidia A100, large.
        A100Large = "a100-large",
        /// 4 Nvidia A100.
        A100x4 = "a100x4",
        /// 8 Nvidia A100.
        A100x8 = "a100x8",
        /// 1 Nvidia RTX PRO 6000.
        RtxPro6000 = "rtx-pro-6000",
        /// 2 Nvidia RTX PRO 6000.
        RtxPro6000x2 = "rtx-pro-6000x2",
        /// 4 Nvidia RTX PRO 6000.
        RtxPro6000x4 = "rtx-pro-6000x4",
        /// 8 Nvidia RTX PRO 6000.
        RtxPro6000x8 = "rtx-pro-6000x8",
    }
}

open_enum! {
    /// Persistent storage of a Space.
    pub enum SpaceStorage {
        /// The smallest.
        Small = "small",
        /// The middle one.
        Medium = "medium",
        /// The largest.
        Large = "large",
    }
}

/// A result of a search for Spaces.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct SpaceSearchResult {
    /// The id: `namespace/name`.
    pub id: String,
    /// The user or organization that owns it.
    #[dataclass(default)]
    pub author: String,
    /// The title.
    #[dataclass(default)]
    pub title: String,
    /// Its emoji.
    pub emoji: Option<String>,
    /// The SDK.
    pub sdk: Option<String>,
    /// Number of likes.
    #[dataclass(default)]
    pub likes: u64,
    /// Whether it is private.
    #[dataclass(default)]
    pub private: bool,
    /// Its tags.
    pub tags: Option<Vec<String>>,
    /// The runtime.
    #[dataclass(decode = some_object)]
    pub runtime: Option<SpaceRuntime>,
    /// A description written by a model.
    pub ai_short_description: Option<String>,
    /// A category chosen by a model.
    pub ai_category: Option<String>,
    /// The relevance to the query, from 0 to 1.
    pub semantic_relevancy_score: Option<Number>,
    /// The trending score.
    pub trending_score: Option<Number>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A template that a Space can be created from.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct SpaceTemplate {
    /// The display name.
    pub name: String,
    /// The Space that is the template, which `space_template` names.
    pub repo_id: String,
    /// The SDK.
    pub sdk: String,
    /// Whether Spaces created from it should be private.
    pub preferred_private: Option<bool>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The ZeroGPU quota of a user.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct ZeroGpuQuota {
    /// The quota, in seconds of a GPU.
    pub base: Option<Number>,
    /// The rest of the quota, in seconds.
    #[dataclass(wire = "current")]
    pub remaining: Option<Number>,
    /// The time at which the quota is reset; `None` if nothing was used.
    pub resets_at: Option<Timestamp>,
    /// The number of seconds beyond the quota that were used and paid.
    pub overquota_used: Option<Number>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

open_enum! {
    /// A property that `expand` of `space_info` and `list_spaces` selects.
    pub enum ExpandSpaceProperty {
        /// `author`
        Author = "author",
        /// `card_data`
        CardData = "cardData",
        /// `created_at`
        CreatedAt = "createdAt",
        /// `datasets`
        Datasets = "datasets",
        /// `disabled`
        Disabled = "disabled",
        /// `last_modified`
        LastModified = "lastModified",
        /// `likes`
        Likes = "likes",
        /// `models`
        Models = "models",
        /// `private`
        Private = "private",
        /// `region`
        Region = "region",
        /// `resource_group`
        ResourceGroup = "resourceGroup",
        /// `runtime`
        Runtime = "runtime",
        /// `sdk`
        Sdk = "sdk",
        /// `sha`
        Sha = "sha",
        /// `siblings`
        Siblings = "siblings",
        /// `subdomain`
        Subdomain = "subdomain",
        /// `tags`
        Tags = "tags",
        /// `trending_score`
        TrendingScore = "trendingScore",
        /// `used_storage`
        UsedStorage = "usedStorage",
    }
}
