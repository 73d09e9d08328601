//! The state of the repository that a store sees: a commit, and what was seen in it.

mod lookup;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use hf_api::types::{CommitHash, RepoInfo, RepoType, Revision};
use hf_api::{Error, ErrorKind, HfApi};

use crate::entry::{Entries, Entry, epoch, to_chrono};
use crate::location::HubLocation;
pub(crate) use lookup::{Lookups, many, one};

/// A commit of a repository, or the present state of a bucket.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// `None` for a bucket.
    pub(crate) commit: Option<CommitHash>,
    pub(crate) date: DateTime<Utc>,
    entries: Mutex<Entries>,
    pub(crate) lookups: Lookups,
}

impl Snapshot {
    fn new(commit: Option<CommitHash>, date: DateTime<Utc>, entries: Entries) -> Self {
        Self {
            commit,
            date,
            entries: Mutex::new(entries),
            lookups: Lookups::default(),
        }
    }

    /// Another commit than the present one.
    pub(crate) async fn of_commit(
        api: &HfApi,
        repo_type: RepoType,
        id: &str,
        commit: CommitHash,
    ) -> Result<Self, Error> {
        let (commit, date) = commit_of(api, repo_type, id, &Revision::from(commit)).await?;
        Ok(Self::new(Some(commit), date, Entries::default()))
    }

    pub(crate) fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take_entries(&self) -> Entries {
        std::mem::take(&mut *self.entries())
    }

    /// Returns the version of all files: the commit.
    pub(crate) fn version(&self) -> Option<&str> {
        self.commit.as_ref().map(CommitHash::as_str)
    }
}

/// The snapshot that a store reads from.
#[derive(Debug, Default)]
pub(crate) struct View {
    current: RwLock<Option<Arc<Snapshot>>>,
    /// Held by the one who looks up the commit.
    opening: tokio::sync::Mutex<()>,
}

impl View {
    pub(crate) fn current(&self) -> Option<Arc<Snapshot>> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, snapshot: Option<Arc<Snapshot>>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
    }

    /// Returns the snapshot, that of the present commit if there is none yet.
    pub(crate) async fn get(
        &self,
        api: &HfApi,
        location: &HubLocation,
    ) -> Result<Arc<Snapshot>, Error> {
        if let Some(snapshot) = self.current() {
            return Ok(snapshot);
        }
        let _turn = self.opening.lock().await;
        if let Some(snapshot) = self.current() {
            return Ok(snapshot);
        }
        let snapshot = Arc::new(open(api, location).await?);
        self.set(Some(snapshot.clone()));
        Ok(snapshot)
    }

    /// Forgets the snapshot: the next read sees the present commit.
    pub(crate) fn forget(&self) {
        self.set(None);
    }

    /// Goes on to a commit that this store has made on top of `parent`, in which `changed` has other content. What was
    /// seen of the other files stays true.
    pub(crate) fn advance<'a>(
        &self,
        parent: &Snapshot,
        commit: CommitHash,
        changed: impl Iterator<Item = &'a str>,
    ) -> Arc<Snapshot> {
        let mut entries = parent.take_entries();
        for path in changed {
            entries.remove(path);
        }
        let snapshot = Arc::new(Snapshot::new(Some(commit), Utc::now(), entries));
        self.set(Some(snapshot.clone()));
        snapshot
    }
}

/// Looks up the commit that the revision stands for.
async fn open(api: &HfApi, location: &HubLocation) -> Result<Snapshot, Error> {
    let HubLocation::Repo {
        repo_type,
        id,
        revision,
    } = location
    else {
        return Ok(Snapshot::new(None, epoch(), Entries::default()));
    };
    let (commit, date) = commit_of(api, *repo_type, id.as_str(), revision).await?;
    Ok(Snapshot::new(Some(commit), date, Entries::default()))
}

async fn commit_of(
    api: &HfApi,
    repo_type: RepoType,
    id: &str,
    revision: &Revision,
) -> Result<(CommitHash, DateTime<Utc>), Error> {
    let mut call = api.repo_info(id).repo_type(repo_type).revision(revision);
    if repo_type != RepoType::Kernel {
        // Without the list of all files.
        call = call.expand(["sha".to_owned(), "lastModified".to_owned()]);
    }
    let info = call.await?;
    let date = match &info {
        RepoInfo::Model(info) => info.last_modified,
        RepoInfo::Dataset(info) => info.last_modified,
        RepoInfo::Space(info) => info.last_modified,
        _ => None,
    };
    let commit = match revision.commit_hash() {
        Some(commit) => commit,
        None => info
            .sha()
            .ok_or_else(|| no_commit(revision))?
            .parse()
            .map_err(|_| no_commit(revision))?,
    };
    Ok((commit, date.map_or_else(epoch, to_chrono)))
}

fn no_commit(revision: &Revision) -> Error {
    Error::new(
        ErrorKind::FileMetadata,
        format!("the Hub does not say which commit `{revision}` is"),
    )
    .with_hint("check that the endpoint is a Hub, and that no proxy responds instead")
}

impl Entry {
    /// Whether what is known of a file in a bucket may still be used.
    pub(crate) fn is_fresh(&self, location: &HubLocation, ttl: std::time::Duration) -> bool {
        match location {
            HubLocation::Repo { .. } => true,
            HubLocation::Bucket(_) => self.seen.elapsed() <= ttl,
        }
    }
}
