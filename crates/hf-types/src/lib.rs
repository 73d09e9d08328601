#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[macro_use]
mod open_enum;

mod access_requests;
mod buckets;
mod collection_owner;
mod collections;
mod commits;
mod common;
mod conflicts;
mod dataclass;
mod dataset_viewer;
mod datasets;
mod discussions;
mod downloads;
mod eval_results;
mod extra;
mod files;
mod ids;
mod inference_endpoints;
mod job_metrics;
mod jobs;
mod kernels;
#[doc(hidden)]
pub mod lenient;
mod models;
mod papers;
pub mod patterns;
mod refs;
mod repo_info;
mod resource_group;
mod scheduled_jobs;
mod security_scan;
mod sort;
mod space_settings;
mod spaces;
mod sync_plan;
mod tags;
mod timestamp;
mod uris;
mod users;
mod validation;
mod volumes;
mod webhooks;
mod whoami;
mod wire;

pub use access_requests::{AccessRequest, AccessRequestStatus, GrantedAccess};
pub use buckets::{
    BucketFile, BucketFileMetadata, BucketFolder, BucketInfo, BucketTreeEntry, BucketUrl,
};
pub use collection_owner::CollectionOwner;
pub use collections::{Collection, CollectionItem, CollectionItemType};
pub use commits::{CommitInfo, GitCommitInfo};
pub use common::{
    CardData, DEFAULT_ENDPOINT, DatasetCardData, Gated, ModelCardData, Named, NamedMap,
    SpaceCardData, WithEndpoint,
};
pub use conflicts::ConflictingFiles;
pub use dataset_viewer::{DatasetLeaderboardEntry, DatasetParquetEntry, LeaderboardAuthor};
pub use datasets::{DatasetInfo, ExpandDatasetProperty};
pub use discussions::{
    Discussion, DiscussionComment, DiscussionCommit, DiscussionEvent, DiscussionOtherEvent,
    DiscussionPage, DiscussionStatus, DiscussionStatusChange, DiscussionStatusFilter,
    DiscussionTitleChange, DiscussionTypeFilter, DiscussionWithDetails,
};
pub use downloads::{
    DryRunFileInfo, FolderVerification, HfFileMetadata, Mismatch, XetConnectionInfo, XetFileData,
};
pub use eval_results::EvalResultEntry;
pub use extra::Extra;
pub use files::{
    BlobLfsInfo, BlobSecurityInfo, LFSFileInfo, LastCommitInfo, RepoFile, RepoFolder,
    RepoOtherEntry, RepoSibling, RepoTreeEntry,
};
pub use ids::{
    BucketId, CollectionSlug, CommitHash, Etag, EtagKind, GitSha1, Param, RepoId, RepoPath,
    RepoType, Revision, Sha256,
};
pub use inference_endpoints::{
    InferenceCatalogModel, InferenceCatalogRecipe, InferenceEndpoint, InferenceEndpointHardware,
    InferenceEndpointRegion, InferenceEndpointScalingMetric, InferenceEndpointStatus,
    InferenceEndpointType, InferenceEndpointVendor, InferenceEndpointVendors,
};
pub use job_metrics::JobMetrics;
pub use jobs::{
    JobAccelerator, JobDurations, JobHardware, JobHardwareInfo, JobInfo, JobInitiator, JobNetwork,
    JobOwner, JobSpec, JobStage, JobStatus,
};
pub use kernels::KernelInfo;
pub use models::{
    ExpandModelProperty, InferenceProviderMapping, ModelInfo, SafeTensorsInfo, TransformersInfo,
};
pub use papers::{PaperAuthor, PaperInfo};
pub use patterns::{DEFAULT_IGNORE_PATTERNS, Pattern, PatternSet};
pub use refs::{GitRefInfo, GitRefs, ResolvedRevision};
pub use repo_info::RepoInfo;
pub use resource_group::ResourceGroup;
pub use scheduled_jobs::{LastJobInfo, ScheduledJobInfo, ScheduledJobStatus};
pub use security_scan::{PickleImport, SecurityScan};
pub use sort::{CollectionSort, DailyPapersSort, DatasetSort, ModelSort, SpaceSort};
pub use space_settings::{SpaceKeyValue, SpaceSdk, SpaceSecret, SpaceVariable};
pub use spaces::{
    ExpandSpaceProperty, SpaceHardware, SpaceHotReloading, SpaceInfo, SpaceRuntime,
    SpaceSearchResult, SpaceStage, SpaceStorage, SpaceTemplate, ZeroGpuQuota,
};
pub use sync_plan::{SyncAction, SyncOperation, SyncPlan, SyncSummary};
pub use tags::{RepoTag, TagsByType};
pub use timestamp::Timestamp;
pub use uris::{DuplicatedRepoUrl, HfMount, HfUri, HfUriType, RepoUrl};
pub use users::{Like, Organization, RepoStorageInfo, RepoVisibility, User, UserLikes};
pub use validation::ValidationError;
pub use volumes::{Volume, VolumeType};
pub use webhooks::{WatchedType, WebhookDisabled, WebhookDomain, WebhookInfo, WebhookWatchedItem};
pub use whoami::{AccessTokenInfo, WhoAmI, WhoAmIOrg};
