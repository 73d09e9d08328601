//! Any JSON as each of the dataclasses: read or refused, and what is read is written so that it reads the same again.
#![no_main]

use std::fmt::Debug;

use hf_types::{
    AccessRequest, BucketInfo, BucketTreeEntry, Collection, CommitInfo, DatasetInfo,
    DatasetLeaderboardEntry, DiscussionWithDetails, GitCommitInfo, GitRefs, InferenceEndpoint,
    InferenceEndpointVendors, JobHardwareInfo, JobInfo, LFSFileInfo, ModelInfo, PaperInfo,
    RepoStorageInfo, RepoTreeEntry, RepoUrl, ScheduledJobInfo, SpaceInfo, SpaceRuntime, SyncPlan,
    User, Volume, WebhookInfo, WhoAmI,
};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn there_and_back<T: DeserializeOwned + Serialize + PartialEq + Debug>(json: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(json) {
        let written = serde_json::to_vec(&value).expect("what was read is written");
        let again: T = serde_json::from_slice(&written).expect("what was written is read");
        assert_eq!(again, value, "{}", String::from_utf8_lossy(&written));
    }
}

macro_rules! each {
    ($json:ident: $($ty:ty),*) => {{
        $(there_and_back::<$ty>($json);)*
    }};
}

fuzz_target!(|json: &[u8]| {
    each!(json: AccessRequest, BucketInfo, BucketTreeEntry, Collection, CommitInfo, DatasetInfo,
        DatasetLeaderboardEntry, DiscussionWithDetails, GitCommitInfo, GitRefs, InferenceEndpoint,
        InferenceEndpointVendors, JobHardwareInfo, JobInfo, LFSFileInfo, ModelInfo, PaperInfo, RepoStorageInfo,
        RepoTreeEntry, RepoUrl, ScheduledJobInfo, SpaceInfo, SpaceRuntime, SyncPlan, User, Volume, WebhookInfo,
        WhoAmI);
});
