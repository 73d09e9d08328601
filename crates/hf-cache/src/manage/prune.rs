//! What nobody needs any more, and what was not used for longest.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hf_types::CommitHash;
use serde::Serialize;

use super::delete::{DeleteCacheStrategy, DeleteReport, Repo, remove};
use super::info::{CachedRevisionInfo, HfCacheInfo};
use crate::store::partial::is_owned_partial;
use crate::store::shared_blobs;

/// A partial of a client that shows no sign of life is left alone while it is younger than this.
const SETTLED: Duration = Duration::from_secs(600);

/// What [`HfCacheInfo::prune`] will remove; [`execute`](Self::execute) does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PruneStrategy {
    /// Revisions that no branch or tag stands for.
    pub revisions: DeleteCacheStrategy,
    /// Downloads that have not finished, with their bytes.
    pub incomplete_files: Vec<(PathBuf, u64)>,
    /// Contents that no revision points to, with their bytes.
    pub unreferenced_blobs: Vec<(PathBuf, u64)>,
    /// Shared contents that no repository points to, with their bytes.
    pub shared_blobs: Vec<(PathBuf, u64)>,
}

impl HfCacheInfo {
    /// Plans the removal of all that nobody needs: revisions without a branch or tag, unfinished downloads, contents
    /// without a revision.
    pub fn prune(&self) -> PruneStrategy {
        let detached: BTreeSet<CommitHash> = self
            .repos
            .iter()
            .flat_map(|r| &r.revisions)
            .filter(|r| r.refs.is_empty())
            .map(|r| r.commit_hash)
            .collect();
        // The same commit may be known by a branch elsewhere; it is the folder that counts.
        let mut revisions = self.delete_known(&detached);
        revisions.cache_dir.clone_from(&self.cache_dir);
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

    /// Plans the removal of the revisions that were not used for longest, until what is left has at most `max_bytes`.
    ///
    /// Use is the last time a content was read or written, as the file system noted it.
    pub fn quota(&self, max_bytes: u64) -> DeleteCacheStrategy {
        let mut by_age: Vec<&CachedRevisionInfo> =
            self.repos.iter().flat_map(|r| &r.revisions).collect();
        by_age.sort_by(|a, b| a.last_used().total_cmp(&b.last_used()));
        let mut chosen = BTreeSet::new();
        let mut strategy = self.delete_known(&chosen);
        for revision in by_age {
            if self
                .size_on_disk
                .saturating_sub(strategy.expected_freed_size)
                <= max_bytes
            {
                break;
            }
            chosen.insert(revision.commit_hash);
            strategy = self.delete_known(&chosen);
        }
        strategy
    }
}

/// Contents of a repository that nothing points to and that have no second name.
fn unreferenced(repo: &Path, needed: &BTreeSet<&Path>) -> Vec<(PathBuf, u64)> {
    let entries = fs::read_dir(repo.join("blobs"))
        .into_iter()
        .flatten()
        .flatten();
    entries
        .filter(|e| !e.file_name().to_string_lossy().ends_with(".incomplete"))
        .filter(|e| !needed.contains(e.path().as_path()))
        .filter_map(|e| {
            let meta = e.metadata().ok()?;
            (meta.is_file() && !is_hard_linked(&meta)).then(|| (e.path(), meta.len()))
        })
        .collect()
}

#[cfg(unix)]
fn is_hard_linked(meta: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(meta) > 1
}

#[cfg(not(unix))]
fn is_hard_linked(_meta: &fs::Metadata) -> bool {
    // Not told here. A second name keeps its bytes when this one goes.
    false
}

impl PruneStrategy {
    /// Bytes that will be free afterwards.
    pub fn expected_freed_size(&self) -> u64 {
        let sum = |list: &[(PathBuf, u64)]| list.iter().map(|(_, n)| n).sum::<u64>();
        self.revisions.expected_freed_size
            + sum(&self.incomplete_files)
            + sum(&self.unreferenced_blobs)
            + sum(&self.shared_blobs)
    }

    /// Does it. What another process is at is left alone and reported.
    pub fn execute(&self) -> DeleteReport {
        let mut report = self.revisions.execute();
        for (path, _) in &self.incomplete_files {
            if is_at_work(path) {
                report
                    .skipped
                    .push((path.clone(), "another process is downloading it".to_owned()));
            } else {
                remove(path, &mut report);
            }
        }
        let cache_dir = &self.revisions.cache_dir;
        for (path, _) in &self.unreferenced_blobs {
            let repo = path
                .parent()
                .and_then(Path::parent)
                .and_then(Path::file_name);
            match Repo::claim(cache_dir, &repo.unwrap_or_default().to_string_lossy()) {
                Repo::Free(_lock) => remove(path, &mut report),
                Repo::Busy(why) => report.skipped.push((path.clone(), why)),
            }
        }
        for (path, _) in &self.shared_blobs {
            if shared_blobs::sweep(cache_dir, path) > 0 {
                report.deleted += 1;
            }
        }
        report
    }
}

/// Whether a process writes to this partial: it holds a lock on it, or (Python's) has written to it a moment ago.
fn is_at_work(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Ok(file) = OpenOptions::new().read(true).write(true).open(path) else {
        return false;
    };
    if file.try_lock().is_err() {
        return true;
    }
    if is_owned_partial(&name) && crate::store::lock::locks_are_reliable(path) {
        return false;
    }
    let written = file.metadata().and_then(|m| m.modified());
    written.is_ok_and(|at| {
        SystemTime::now()
            .duration_since(at)
            .is_ok_and(|age| age < SETTLED)
    })
}
