//! The state of a repository.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use hf_types::Gated;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::commit::Snapshot;
use super::{AccessRequest, Commit, Oid, SpaceState, Tree};
use crate::names::RepoName;

/// A large object, as listed by `lfs-files`.
#[derive(Clone, Debug)]
pub(crate) struct LfsRecord {
    pub(crate) size: u64,
    pub(crate) filename: Option<String>,
    pub(crate) reference: String,
    pub(crate) pushed_at: Timestamp,
    pub(crate) pusher: String,
}

/// A discussion or pull request.
#[derive(Clone, Debug)]
pub(crate) struct Discussion {
    pub(crate) num: u64,
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) status: &'static str,
    pub(crate) is_pull_request: bool,
    pub(crate) created: Timestamp,
    /// The commit from which a pull request was opened.
    pub(crate) base: Option<Oid>,
    pub(crate) merge_commit: Option<Oid>,
    pub(crate) events: Vec<Value>,
}

pub(crate) struct RepoState {
    pub(crate) name: RepoName,
    pub(crate) object_id: String,
    pub(crate) private: bool,
    pub(crate) gated: Gated,
    pub(crate) disabled: bool,
    /// Whether commit ids have 64 digits.
    pub(crate) long_ids: bool,
    pub(crate) sdk: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) downloads: u64,
    pub(crate) likes: BTreeSet<String>,
    pub(crate) base_likes: u64,
    /// Tags in addition to those in the card.
    pub(crate) tags: Vec<String>,
    pub(crate) card: Map<String, Value>,
    /// Users who were granted access to a gated repository.
    pub(crate) granted: BTreeSet<String>,
    /// Full names (`refs/heads/main`) and their commits.
    pub(crate) refs: BTreeMap<String, Oid>,
    pub(crate) commits: HashMap<Oid, Commit>,
    pub(crate) lfs: BTreeMap<String, LfsRecord>,
    pub(crate) discussions: BTreeMap<u64, Discussion>,
    /// The position among all repositories in the order of creation.
    pub(crate) sequence: u64,
    /// Members that the Hub computes (`safetensors`, `inference`, ...), as set by a test.
    pub(crate) members: Map<String, Value>,
    pub(crate) space: Box<SpaceState>,
    pub(crate) access_requests: Vec<AccessRequest>,
    pub(crate) leaderboard: Vec<Value>,
}

impl RepoState {
    pub(crate) fn new(name: RepoName, object_id: String, now: Timestamp) -> Self {
        Self {
            name,
            object_id,
            private: false,
            gated: Gated::No,
            disabled: false,
            long_ids: false,
            sdk: None,
            created: now,
            modified: now,
            downloads: 0,
            likes: BTreeSet::new(),
            base_likes: 0,
            tags: Vec::new(),
            card: Map::new(),
            granted: BTreeSet::new(),
            refs: BTreeMap::new(),
            commits: HashMap::new(),
            lfs: BTreeMap::new(),
            discussions: BTreeMap::new(),
            sequence: 0,
            members: Map::new(),
            space: Box::default(),
            access_requests: Vec::new(),
            leaderboard: Vec::new(),
        }
    }

    /// Returns the name of a Space in the domain at which it is served.
    pub(crate) fn subdomain(&self) -> String {
        self.name.id.replace(['/', '_', '.'], "-").to_lowercase()
    }

    pub(crate) fn likes(&self) -> u64 {
        self.base_likes + self.likes.len() as u64
    }

    /// Returns the full name of a branch, tag or pull request, given in any of the usual forms.
    pub(crate) fn full_ref(&self, revision: &str) -> Option<String> {
        if revision.starts_with("refs/") {
            return self
                .refs
                .contains_key(revision)
                .then(|| revision.to_owned());
        }
        ["refs/heads/", "refs/tags/"]
            .map(|prefix| format!("{prefix}{revision}"))
            .into_iter()
            .find(|name| self.refs.contains_key(name))
    }

    /// Returns the commit of a revision: a name, a commit id, or a prefix of one (at least 7
    /// digits).
    pub(crate) fn resolve(&self, revision: &str) -> Option<Oid> {
        if let Some(name) = self.full_ref(revision) {
            return self.refs.get(&name).cloned();
        }
        if let Some((oid, _)) = self.commits.get_key_value(revision) {
            return Some(Arc::clone(oid));
        }
        if revision.len() < 7 || !revision.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut fitting = self.commits.keys().filter(|oid| oid.starts_with(revision));
        let oid = fitting.next()?;
        fitting.next().is_none().then(|| Arc::clone(oid))
    }

    /// Returns the files of a commit.
    pub(crate) fn tree(&mut self, oid: &str) -> Option<Arc<Tree>> {
        let mut steps = Vec::new();
        let mut at: Oid = Arc::clone(self.commits.get_key_value(oid)?.0);
        let mut tree = loop {
            match &self.commits.get(&at)?.snapshot {
                Snapshot::Full(tree) => break Arc::clone(tree),
                Snapshot::Before { next, undo } => {
                    steps.push(Arc::clone(undo));
                    at = Arc::clone(next);
                }
            }
        };
        if !steps.is_empty() {
            let files = Arc::make_mut(&mut tree);
            for undo in steps.iter().rev() {
                for (path, entry) in undo.iter() {
                    match entry {
                        Some(entry) => files.insert(Arc::clone(path), Arc::clone(entry)),
                        None => files.remove(path),
                    };
                }
            }
            self.commits.get_mut(oid)?.snapshot = Snapshot::Full(Arc::clone(&tree));
        }
        Some(tree)
    }

    /// Returns the commits from `oid` backwards.
    pub(crate) fn history(&self, oid: &str) -> Vec<&Commit> {
        let mut commits = Vec::new();
        let mut at = self.commits.get(oid);
        while let Some(commit) = at {
            commits.push(commit);
            at = commit
                .parent
                .as_ref()
                .and_then(|parent| self.commits.get(parent));
        }
        commits
    }

    /// Returns all tags as shown in listings, including those in the card.
    pub(crate) fn all_tags(&self) -> Vec<String> {
        let mut tags = Vec::new();
        for key in ["library_name", "pipeline_tag"] {
            if let Some(Value::String(value)) = self.card.get(key) {
                tags.push(value.clone());
            }
        }
        if let Some(sdk) = &self.sdk {
            tags.push(sdk.clone());
        }
        for (key, value) in &self.card {
            let prefix = match key.as_str() {
                "tags" => "",
                "license" => "license:",
                "datasets" => "dataset:",
                "base_model" => "base_model:",
                "language" if self.name.repo_type == crate::RepoType::Model => "",
                "language" => "language:",
                "task_categories" => "task_categories:",
                "size_categories" => "size_categories:",
                _ => continue,
            };
            let values = match value {
                Value::Array(values) => values.as_slice(),
                single => std::slice::from_ref(single),
            };
            tags.extend(
                values
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|v| format!("{prefix}{v}")),
            );
        }
        tags.extend(self.tags.iter().cloned());
        tags.push("region:us".to_owned());
        let mut seen = BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        tags
    }

    /// Returns the total size of all large objects in bytes, as the Hub counts storage.
    pub(crate) fn used_storage(&self) -> u64 {
        self.lfs.values().map(|record| record.size).sum()
    }
}
