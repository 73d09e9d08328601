//! The state of the Hub besides repositories.
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

/// A file of a bucket.
#[derive(Clone, Debug)]
pub(crate) struct BucketFile {
    pub(crate) size: u64,
    pub(crate) xet_hash: String,
    /// As set by the uploader.
    pub(crate) mtime: Option<String>,
    pub(crate) uploaded: Timestamp,
    pub(crate) content_type: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub(crate) object_id: String,
    pub(crate) private: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) files: BTreeMap<String, BucketFile>,
    /// Xet hashes of all files that it has or had.
    pub(crate) hashes: BTreeSet<String>,
}

impl Bucket {
    pub(crate) fn insert(&mut self, path: String, file: BucketFile) {
        self.hashes.insert(file.xet_hash.clone());
        self.files.insert(path, file);
    }
}

/// An item of a collection.
#[derive(Clone, Debug)]
pub(crate) struct CollectionItem {
    pub(crate) object_id: String,
    pub(crate) item_id: String,
    pub(crate) item_type: String,
    pub(crate) note: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Collection {
    /// `owner/title-in-words-<24 hex>`
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) private: bool,
    pub(crate) theme: String,
    pub(crate) position: u64,
    pub(crate) updated: Timestamp,
    pub(crate) items: Vec<CollectionItem>,
}

#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) owner: String,
    /// `url`, `job`, `watched`, `domains`, `secret`, `disabled`
    pub(crate) body: Map<String, Value>,
}

/// A job or a scheduled job: its public description and its log.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) namespace: String,
    pub(crate) body: Value,
    pub(crate) log: Vec<String>,
    /// The time from which the events of [`log`](Self::log) are dated.
    pub(crate) created: Timestamp,
}

/// A request for access to a gated repository.
#[derive(Clone, Debug)]
pub(crate) struct AccessRequest {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) status: String,
    pub(crate) at: Timestamp,
    pub(crate) reviewed: Option<Timestamp>,
    pub(crate) fields: Map<String, Value>,
}

/// The parts of a Space besides its files.
#[derive(Clone, Debug)]
pub(crate) struct SpaceState {
    pub(crate) stage: &'static str,
    pub(crate) hardware: Option<String>,
    pub(crate) requested: String,
    pub(crate) sleep_seconds: Option<i64>,
    pub(crate) dev_mode: bool,
    pub(crate) volumes: Vec<Value>,
    /// Descriptions and times by key; the values are never shown.
    pub(crate) secrets: BTreeMap<String, Value>,
    pub(crate) variables: BTreeMap<String, Value>,
    pub(crate) build_log: Vec<String>,
    pub(crate) run_log: Vec<String>,
}

impl Default for SpaceState {
    fn default() -> Self {
        Self {
            stage: "NO_APP_FILE",
            hardware: None,
            requested: "cpu-basic".to_owned(),
            sleep_seconds: Some(172_800),
            dev_mode: false,
            volumes: Vec::new(),
            secrets: BTreeMap::new(),
            variables: BTreeMap::new(),
            build_log: Vec::new(),
            run_log: Vec::new(),
        }
    }
}

#[derive(Default)]
pub(crate) struct Services {
    /// By `namespace/name`.
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// The newest is last.
    pub(crate) collections: Vec<Collection>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) jobs: BTreeMap<String, Job>,
    pub(crate) scheduled_jobs: BTreeMap<String, Job>,
    /// Inference Endpoints by namespace and name.
    pub(crate) endpoints: BTreeMap<(String, String), Value>,
    pub(crate) papers: Vec<Value>,
    /// Pairs of a follower and a followed user or organization.
    pub(crate) follows: BTreeSet<(String, String)>,
}
