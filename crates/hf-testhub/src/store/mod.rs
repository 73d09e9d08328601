//! The state of the Hub: accounts, repositories, commits, large objects.
mod attributes;
mod commit;
mod repo;
mod repos;
mod services;
mod tree;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

pub(crate) use attributes::{Attributes, DEFAULT_GITATTRIBUTES, Ignore};
pub(crate) use commit::{Change, Commit, CommitRequest, apply_changes};
pub(crate) use hf_types::Gated;
pub(crate) use repo::{Discussion, LfsRecord, RepoState};
pub(crate) use repos::{copy_repo, existing, forget_objects, new_repo};
pub(crate) use services::{
    AccessRequest, Bucket, BucketFile, Collection, CollectionItem, Job, Services, SpaceState,
    Webhook,
};
pub(crate) use tree::{Entry, ListingCache, Tree, list, pointer, under};

use crate::blob::{Blob, mix};
use crate::mimic::Mimic;
use crate::names::{RepoName, RepoType};

/// A commit id.
pub(crate) type Oid = Arc<str>;

/// The permissions of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Read and write.
    Write,
    /// Read only.
    Read,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) user: String,
    pub(crate) role: Role,
}

/// The sender of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    Anonymous,
    User { name: String, role: Role },
}

impl Viewer {
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::User { name, .. } => Some(name),
        }
    }
}

/// A multipart upload in progress.
pub(crate) struct Multipart {
    pub(crate) sha256: String,
    pub(crate) size: u64,
    pub(crate) part_size: u64,
    pub(crate) parts: BTreeMap<u32, (String, Blob)>,
}

/// Settings for behavior that the real Hub decides on its own.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) lfs_threshold: u64,
    pub(crate) multipart_threshold: u64,
    pub(crate) part_size: u64,
    pub(crate) keep_uploads: bool,
    pub(crate) hash_uploads: bool,
    pub(crate) resolve_cache: bool,
    pub(crate) xet: bool,
    pub(crate) page_size: usize,
    pub(crate) mimic: Mimic,
    /// The maximum number of files in a preupload request.
    pub(crate) preupload_limit: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lfs_threshold: 10 * 1024 * 1024,
            multipart_threshold: 5 * 1024 * 1024 * 1024,
            part_size: 64 * 1024 * 1024,
            keep_uploads: true,
            hash_uploads: true,
            resolve_cache: true,
            xet: false,
            page_size: 1000,
            mimic: Mimic::Hub,
            preupload_limit: 256,
        }
    }
}

/// Repository names by type, sort key, and whether the order is ascending.
pub(crate) type SortedNames = HashMap<(RepoType, SortKey, bool), Arc<Vec<RepoName>>>;

/// The keys by which a list of repositories can be sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SortKey {
    Created,
    Downloads,
    Likes,
    Modified,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) repos: HashMap<RepoName, RepoState>,
    /// Repositories by type in the order of creation, so that a page of a list costs only the
    /// entries it shows.
    order: BTreeMap<(RepoType, u64), RepoName>,
    /// Ids by their lower-case form, for requests in another case.
    lower: HashMap<RepoName, RepoName>,
    pub(crate) renamed: HashMap<RepoName, RepoName>,
    pub(crate) users: BTreeSet<String>,
    /// Organizations and their members.
    pub(crate) orgs: BTreeMap<String, BTreeSet<String>>,
    pub(crate) tokens: HashMap<String, Token>,
    /// Large objects by SHA-256.
    pub(crate) objects: HashMap<String, Blob>,
    pub(crate) multiparts: HashMap<String, Multipart>,
    pub(crate) settings: Settings,
    pub(crate) services: Services,
    /// Listings of trees, cached because a commit never changes and listing a large one is
    /// expensive.
    pub(crate) listings: ListingCache,
    /// Repositories in orders other than that of creation, for one generation.
    pub(crate) sorted: (u64, SortedNames),
    /// Incremented with every change; responses cached in earlier generations are stale.
    pub(crate) generation: u64,
    /// Storage URLs of earlier epochs have expired.
    pub(crate) epoch: u64,
    counter: u64,
}

impl State {
    /// Returns a 24-digit object id like those in the Hub's database, the same in every run.
    pub(crate) fn object_id(&mut self) -> String {
        self.counter += 1;
        format!(
            "6500{:04x}{:016x}",
            self.counter & 0xffff,
            mix(self.counter)
        )
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Returns whether `user` owns the namespace `namespace`.
    pub(crate) fn owns(&self, user: &str, namespace: &str) -> bool {
        user == namespace
            || self
                .orgs
                .get(namespace)
                .is_some_and(|members| members.contains(user))
    }

    pub(crate) fn can_see(&self, viewer: &Viewer, repo: &RepoState) -> bool {
        !repo.private
            || viewer
                .name()
                .is_some_and(|user| self.owns(user, repo.name.owner()))
    }

    /// Returns whether the viewer may read the files, regardless of whether the repository is
    /// visible.
    pub(crate) fn has_access(&self, viewer: &Viewer, repo: &RepoState) -> bool {
        repo.gated == Gated::No
            || viewer.name().is_some_and(|user| {
                self.owns(user, repo.name.owner()) || repo.granted.contains(user)
            })
    }

    /// Returns the name of a repository that was requested in another case.
    pub(crate) fn spelled(&self, name: &RepoName) -> Option<&RepoName> {
        self.lower.get(&lower(name))
    }

    /// Returns the repositories of a type from a position in the order of creation onwards, with
    /// their positions.
    pub(crate) fn repos_of(
        &self,
        repo_type: RepoType,
        from: u64,
    ) -> impl Iterator<Item = (u64, &RepoState)> {
        self.order
            .range((repo_type, from)..=(repo_type, u64::MAX))
            .filter_map(|((_, position), name)| Some((*position, self.repos.get(name)?)))
    }

    /// Returns the new name of a repository, following later renames.
    pub(crate) fn moved_to(&self, name: &RepoName) -> Option<&RepoName> {
        let mut to = self.renamed.get(name)?;
        for _ in 0..self.renamed.len() {
            match self.renamed.get(to) {
                Some(next) if !self.repos.contains_key(to) => to = next,
                _ => break,
            }
        }
        Some(to)
    }

    pub(crate) fn insert_repo(&mut self, mut repo: RepoState) {
        let name = repo.name.clone();
        self.renamed.remove(&name);
        repo.sequence = self.next_number();
        self.add_to_order(&name, repo.sequence);
        self.repos.insert(name, repo);
    }

    fn add_to_order(&mut self, name: &RepoName, sequence: u64) {
        self.order.insert((name.repo_type, sequence), name.clone());
        self.lower.insert(lower(name), name.clone());
    }

    pub(crate) fn remove_repo(&mut self, name: &RepoName) -> Option<RepoState> {
        let repo = self.repos.remove(name)?;
        self.order.remove(&(name.repo_type, repo.sequence));
        self.lower.remove(&lower(name));
        self.renamed.retain(|_, to| to != name);
        Some(repo)
    }

    pub(crate) fn rename_repo(&mut self, from: &RepoName, to: &RepoName) {
        if let Some(mut repo) = self.repos.remove(from) {
            repo.name = to.clone();
            self.lower.remove(&lower(from));
            self.add_to_order(to, repo.sequence);
            self.repos.insert(to.clone(), repo);
            self.renamed.remove(to);
            self.renamed.insert(from.clone(), to.clone());
        }
    }
}

fn lower(name: &RepoName) -> RepoName {
    RepoName::new(name.repo_type, name.id.to_lowercase())
}

pub(crate) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
