//! Spaces: what they are, how they run, and what is set for them.

use hf_macros::Dataclass;
use serde_json::{Map, Number, Value};

use crate::common::some_object;
use crate::{Extra, Gated, RepoId, RepoSibling, SpaceCardData, Timestamp, ValidationError, Volume};

/// A Space on the Hub, as `space_info` and `list_spaces` give it.
///
/// Nearly everything is optional: what is there depends on the call and on `expand`.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[non_exhaustive]
pub struct SpaceInfo {
    /// The id: `namespace/name`.
    pub id: String,
    /// The user or organization it belongs to.
    pub author: Option<String>,
    /// The metadata of its card.
    pub card_data: Option<Box<SpaceCardData>>,
    /// When the repo was created; 2022-03-02 for all that are older.
    pub created_at: Option<Timestamp>,
    /// Datasets that it uses.
    pub datasets: Option<Vec<String>>,
    /// Whether the Hub disabled it.
    pub disabled: Option<bool>,
    /// Whether one must ask for access.
    pub gated: Option<Gated>,
    /// The URL that its app answers at.
    pub host: Option<String>,
    /// When the last commit was made.
    pub last_modified: Option<Timestamp>,
    /// Number of likes.
    pub likes: Option<u64>,
    /// Models that it uses.
    pub models: Option<Vec<String>>,
    /// Whether only its owner sees it.
    pub private: Option<bool>,
    /// The region it is stored in.
    pub region: Option<String>,
    /// Its resource group, as sent.
    pub resource_group: Option<Box<Value>>,
    /// How it runs now.
    #[dataclass(decode = some_object)]
    pub runtime: Option<Box<SpaceRuntime>>,
    /// The SDK it is built with.
    pub sdk: Option<String>,
    /// The commit that this describes.
    pub sha: Option<String>,
    /// Its files.
    pub siblings: Option<Vec<RepoSibling>>,
    /// The first part of its host.
    pub subdomain: Option<String>,
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

impl SpaceInfo {
    /// The id, checked.
    pub fn repo_id(&self) -> Result<RepoId, ValidationError> {
        self.id.parse()
    }
}

/// How a Space runs.
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
    /// Where it is between build and run.
    pub stage: SpaceStage,
    /// What it runs on; `None` while it is first built.
    #[dataclass(wire = "hardware.current")]
    pub hardware: Option<SpaceHardware>,
    /// What it was asked to run on.
    #[dataclass(wire = "hardware.requested")]
    pub requested_hardware: Option<SpaceHardware>,
    /// Seconds after the last request until it sleeps; `None` for the default.
    #[dataclass(wire = "gcTimeout")]
    pub sleep_time: Option<i64>,
    /// Its persistent storage.
    pub storage: Option<SpaceStorage>,
    /// Whether dev mode is on.
    #[dataclass(default)]
    pub dev_mode: bool,
    /// The state of a hot reload.
    pub hot_reloading: Option<SpaceHotReloading>,
    /// What is mounted in it.
    pub volumes: Option<Vec<Volume>>,
    /// The answer as the Hub sent it, with more than the above.
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
    /// The answer as the Hub sent it.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}

open_enum! {
    /// Where a Space is between build and run.
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
    /// Whether it is on its way to another stage by itself.
    pub fn is_intermediate(&self) -> bool {
        matches!(
            self,
            Self::Building | Self::RunningBuilding | Self::AppStarting | Self::RunningAppStarting
        )
    }

    /// Whether it stays as it is until someone does something. An unknown stage is neither.
    pub fn is_terminal(&self) -> bool {
        !self.is_intermediate() && !matches!(self, Self::Other(_))
    }
}

open_enum! {
    /// What a Space can run on.
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

/// A Space that a search found.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct SpaceSearchResult {
    /// The id: `namespace/name`.
    pub id: String,
    /// The user or organization it belongs to.
    #[dataclass(default)]
    pub author: String,
    /// Its title.
    #[dataclass(default)]
    pub title: String,
    /// Its emoji.
    pub emoji: Option<String>,
    /// The SDK it is built with.
    pub sdk: Option<String>,
    /// Number of likes.
    #[dataclass(default)]
    pub likes: u64,
    /// Whether only its owner sees it.
    #[dataclass(default)]
    pub private: bool,
    /// Its tags.
    pub tags: Option<Vec<String>>,
    /// How it runs now.
    #[dataclass(decode = some_object)]
    pub runtime: Option<SpaceRuntime>,
    /// A description written by a model.
    pub ai_short_description: Option<String>,
    /// A category chosen by a model.
    pub ai_category: Option<String>,
    /// How well it fits the query, from 0 to 1.
    pub semantic_relevancy_score: Option<Number>,
    /// How much it trends.
    pub trending_score: Option<Number>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A template that a Space can be created from.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct SpaceTemplate {
    /// Its name for people.
    pub name: String,
    /// The Space it is; what `space_template` names.
    pub repo_id: String,
    /// The SDK it is built with.
    pub sdk: String,
    /// Whether Spaces made from it should be private.
    pub preferred_private: Option<bool>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// How much of ZeroGPU the user may still use.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct ZeroGpuQuota {
    /// The quota, in seconds of a GPU.
    pub base: Option<Number>,
    /// What is left of it, in seconds.
    #[dataclass(wire = "current")]
    pub remaining: Option<Number>,
    /// When it starts anew; `None` if nothing was used.
    pub resets_at: Option<Timestamp>,
    /// Seconds used and paid beyond the quota.
    pub overquota_used: Option<Number>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

open_enum! {
    /// What `space_info` and `list_spaces` can be asked for in `expand`.
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
