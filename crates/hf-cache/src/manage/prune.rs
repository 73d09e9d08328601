//! Plans the removal of what is no longer needed, and of what was least recently used.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::delete::{DeleteCacheStrategy, DeleteReport, revision_key};
use super::execute::{Claims, remove, remove_blobs};
use super::info::{CachedRepoInfo, CachedRevisionInfo, HfCacheInfo};
use crate::store::disk::is_temp_name;
use crate::store::fs::{self, OpenOptions, TryLockError};
use crate::store::lock::locks_are_reliable;
use crate::store::partial::is_owned_partial;
use crate::store::shared_blobs;

/// A partial file without a lock is left alone while it is younger than this.
const MIN_AGE: Duration = Duration::from_secs(600);

/// The plan returned by [`HfCacheInfo::prune`]. [`execute`](Self::execute) carries it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PruneStrategy {
    /// Revisions that no branch or tag points to.
    pub revisions: DeleteCacheStrategy,
    /// Unfinished downloads, with their size in bytes.
    pub incomplete_files: Vec<(PathBuf, u64)>,
    /// Blobs that no revision points to, with their size in bytes.
    pub unreferenced_blobs: Vec<(PathBuf, u64)>,
    /// Shared blobs that no repository points to, with their size in bytes.
    pub shared_blobs: Vec<(PathBuf, u64)>,
}

impl HfCacheInfo {
    /// Plans the removal of everything that is not needed: revisions without a branch or tag, unfinished
    /// downloads, and blobs without a revision.
    pub fn prune(&self) -> PruneStrategy {
        // The same commit may be detached here but needed by a branch in another repository (a fork, or a
        // renamed repository).
        let detached = self
            .revisions()
            .filter(|(_, revision)| revision.refs.is_empty())
            .map(|(repo, revision)| revision_key(repo, revision))
            .collect();
        let revisions = self.delete_known(&detached);
        let unreferenced_blobs = self.repos.iter().flat_map(|repo| {
            let needed: BTreeSet<&Path> = repo
                .revisions
                .iter()
                .flat_map(|r| &r.files)
                .map(|f| f.blob_path.as_path())
                .collect();
            unreferenced(&repo.repo_path, &needed)
        });
        PruneStrategy {
            incomplete_files: self
                .incomplete_files
                .iter()
                .map(|f| (f.file_path.clone(), f.size_on_disk))
                .collect(),
            unreferenced_blobs: unreferenced_blobs.collect(),
            shared_blobs: shared_blobs::unreferenced(&self.cache_dir),
            revisions,
        }
    }

    /// Returns the shared blobs that no repository points to, with their sizes in bytes. Reads the disk.
    pub fn unreferenced_shared_blobs(&self) -> Vec<(PathBuf, u64)> {
        shared_blobs::unreferenced(&self.cache_dir)
    }

    /// Plans the removal of the least recently used revisions until the rest occupies at most `max_bytes`.
    ///
    /// The time of use is the last time a blob was read or written, as recorded by the file system.
    pub fn quota(&self, max_bytes: u64) -> DeleteCacheStrategy {
        let mut by_age: Vec<_> = self.revisions().collect();
        by_age.sort_by(|(_, a), (_, b)| a.last_used().total_cmp(&b.last_used()));
        let oldest = |count: usize| {
            let chosen = by_age[..count].iter();
            self.delete_known(
                &chosen
                    .map(|(repo, revision)| revision_key(repo, revision))
                    .collect(),
            )
        };
        let fits = |strategy: &DeleteCacheStrategy| {
            self.size_on_disk
                .saturating_sub(strategy.expected_freed_size)
                <= max_bytes
        };
        // The space that is freed grows with the number of revisions, so the smallest sufficient number lies
        // between these two.
        let (mut too_few, mut enough) = (0, by_age.len());
        if fits(&oldest(0)) {
            return oldest(0);
        }
        while enough - too_few > 1 {
            let middle = usize::midpoint(too_few, enough);
            if fits(&oldest(middle)) {
                enough = middle;
            } else {
                too_few = middle;
            }
        }
        oldest(enough)
    }

    fn revisions(&self) -> impl Iterator<Item = (&CachedRepoInfo, &CachedRevisionInfo)> {
        self.repos
            .iter()
            .flat_map(|repo| repo.revisions.iter().map(move |revision| (repo, revision)))
    }
}

/// Returns the blobs of a repository that no file points to and that are not hard links.
fn unreferenced(repo: &Path, needed: &BTreeSet<&Path>) -> Vec<(PathBuf, u64)> {
    let entries = fs::read_dir(repo.join("blobs"))
        .into_iter()
        .flatten()
        .flatten();
    entries
        .filter(|e| {
            let name = e.file_name();
            let name = name.to_string_lossy();
            !name.ends_with(".incomplete") && !is_temp_name(&name)
        })
        .filter(|e| !needed.contains(e.path().as_path()))
        .filter_map(|e| {
            let meta = e.metadata().ok()?;
            (meta.is_file() && !fs::is_hard_linked(&e.path(), &meta))
                .then(|| (e.path(), meta.len()))
        })
        .collect()
}

impl PruneStrategy {
    /// Returns how many bytes the removal frees.
    pub fn expected_freed_size(&self) -> u64 {
        let sum = |list: &[(PathBuf, u64)]| list.iter().map(|(_, n)| n).sum::<u64>();
        self.revisions.expected_freed_size
            + sum(&self.incomplete_files)
            + sum(&self.unreferenced_blobs)
            + sum(&self.shared_blobs)
    }

    /// Executes the plan. Files in use by another process, or needed by something downloaded since the plan
    /// was made, are skipped and listed in the report.
    pub fn execute(&self) -> DeleteReport {
        let mut report = self.revisions.execute();
        for (path, _) in &self.incomplete_files {
            if is_in_use(path) {
                report
                    .skipped
                    .push((path.clone(), "another process is downloading it".to_owned()));
            } else {
                remove(path, &mut report);
            }
        }
        let cache_dir = &self.revisions.cache_dir;
        let blobs = self.unreferenced_blobs.iter().map(|(path, _)| path);
        remove_blobs(cache_dir, blobs, &mut Claims::default(), &mut report);
        for (path, _) in &self.shared_blobs {
            if shared_blobs::sweep(cache_dir, path) > 0 {
                report.deleted += 1;
            }
        }
        report
    }
}

/// Returns whether a process may be writing to this partial file: it holds a lock on it, or (Python's client,
/// and file systems without locks) has written to it recently.
fn is_in_use(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Ok(meta) = fs::symlink_metadata(path) else {
        return false;
    };
    if meta.is_file() && is_owned_partial(&name) {
        let Ok(file) = fs::open(OpenOptions::new().read(true).write(true), path) else {
            return false;
        };
        match fs::try_lock(&file) {
            Ok(()) if locks_are_reliable(path) => return false,
            Err(TryLockError::WouldBlock) => return true,
            _ => {}
        }
    }
    meta.modified().is_ok_and(|at| {
        SystemTime::now()
            .duration_since(at)
            .is_ok_and(|age| age < MIN_AGE)
    })
}
