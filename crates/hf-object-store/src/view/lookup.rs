//! Looking up files by path, many with one request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures_util::TryStreamExt as _;
use hf_api::types::RepoTreeEntry;
use hf_api::{Error, HfApi};
use tokio::sync::oneshot;

use super::Snapshot;
use crate::entry::Entry;
use crate::location::HubLocation;

/// The number of paths that the Hub takes in one request.
const PATHS: usize = 1_000;

type Found = Result<Option<Entry>, Error>;

/// The paths that wait to be looked up. While one request is under way, others gather, and become the next one.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    waiting: Mutex<Vec<Waiting>>,
    asking: tokio::sync::Mutex<()>,
}

impl Lookups {
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = waiting.len().min(PATHS);
        let rest = waiting.split_off(taken);
        std::mem::replace(&mut *waiting, rest)
    }

    fn push(&self, path: &str) -> oneshot::Receiver<Found> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push((path.to_owned(), sender));
        receiver
    }
}

/// Returns what the Hub says of a path, or `None` if there is no such file.
pub(crate) async fn one(
    api: &HfApi,
    location: &HubLocation,
    snapshot: &Snapshot,
    path: &str,
) -> Found {
    let lookups = &snapshot.lookups;
    loop {
        let mut found = lookups.push(path);
        let turn = tokio::select! {
            biased;
            found = &mut found => match found {
                Ok(found) => return found,
                // The one who asked was cancelled.
                Err(_) => continue,
            },
            turn = lookups.asking.lock() => turn,
        };
        // Until there is a result: the own path may be behind those of a full request.
        loop {
            let (known, waiting) = known(location, snapshot, lookups.take());
            for (sender, entry) in known {
                let _gone = sender.send(Ok(Some(entry)));
            }
            if let Ok(found) = found.try_recv() {
                return found;
            }
            if waiting.is_empty() {
                break;
            }
            let paths = waiting.iter().map(|(path, _)| path.clone()).collect();
            let result = many(api, location, snapshot, paths).await;
            for (path, sender) in waiting {
                let one = match &result {
                    Ok(found) => Ok(found.get(&path).cloned()),
                    Err(error) => Err(error.clone()),
                };
                // Who does not wait any more needs no result.
                let _gone = sender.send(one);
            }
            if let Ok(found) = found.try_recv() {
                return found;
            }
        }
        drop(turn);
        if let Ok(found) = found.await {
            return found;
        }
    }
}

type Waiting = (String, oneshot::Sender<Found>);
type Known = (oneshot::Sender<Found>, Entry);

/// Separates the paths that the request before has found. Files of a bucket change, and are asked for again.
fn known(
    location: &HubLocation,
    snapshot: &Snapshot,
    waiting: Vec<Waiting>,
) -> (Vec<Known>, Vec<Waiting>) {
    if matches!(location, HubLocation::Bucket(_)) {
        return (Vec::new(), waiting);
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let mut entries = snapshot.entries();
    for (path, sender) in waiting {
        match entries.get(&path) {
            Some(entry) => known.push((sender, entry)),
            None => unknown.push((path, sender)),
        }
    }
    (known, unknown)
}

/// Looks up paths, and remembers the files that there are.
pub(crate) async fn many(
    api: &HfApi,
    location: &HubLocation,
    snapshot: &Snapshot,
    mut paths: Vec<String>,
) -> Result<HashMap<String, Entry>, Error> {
    paths.sort_unstable();
    paths.dedup();
    let mut found = HashMap::with_capacity(paths.len());
    match location {
        HubLocation::Repo { repo_type, id, .. } => {
            for paths in paths.chunks(PATHS) {
                let entries = api
                    .get_paths_info(id, paths.to_vec())
                    .repo_type(*repo_type)
                    .revision(snapshot.commit)
                    .await?;
                for entry in entries {
                    if let RepoTreeEntry::File(file) = entry {
                        let entry = Entry::of_repo(&file, snapshot.date);
                        found.insert(file.path, entry);
                    }
                }
            }
        }
        HubLocation::Bucket(id) => {
            let mut files = api.get_bucket_paths_info(id, paths).stream();
            while let Some(file) = files.try_next().await? {
                let entry = Entry::of_bucket(&file);
                found.insert(file.path, entry);
            }
        }
    }
    let mut entries = snapshot.entries();
    for (path, entry) in &mut found {
        entries.renew(path, entry.clone());
        if let Some(renewed) = entries.get(path) {
            *entry = renewed;
        }
    }
    drop(entries);
    Ok(found)
}
