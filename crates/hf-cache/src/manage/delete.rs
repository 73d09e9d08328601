//! Removing revisions and files: first a plan that says what it frees, then the deed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hf_types::CommitHash;
use serde::Serialize;

use super::info::{CachedFileInfo, CachedRevisionInfo, HfCacheInfo};
use crate::store::lock::{Attempt, FileLock, Mode};
use crate::store::shared_blobs;

/// What a removal will do; [`execute`](Self::execute) does it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeleteCacheStrategy {
    /// The cache.
    pub cache_dir: PathBuf,
    /// Bytes that will be free afterwards.
    pub expected_freed_size: u64,
    /// Contents that nothing else needs.
    pub blobs: BTreeSet<PathBuf>,
    /// Refs that stand for removed revisions.
    pub refs: BTreeSet<PathBuf>,
    /// Whole repositories.
    pub repos: BTreeSet<PathBuf>,
    /// Folders of commits.
    pub snapshots: BTreeSet<PathBuf>,
    /// Single files of snapshots.
    pub files: BTreeSet<PathBuf>,
    /// Commits that were asked for and are not in the cache.
    pub not_found: Vec<String>,
}

/// What a removal did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeleteReport {
    /// How many files, links and folders were removed.
    pub deleted: usize,
    /// What was left alone, and why: another process uses it, or it could not be removed.
    pub skipped: Vec<(PathBuf, String)>,
}

impl HfCacheInfo {
    /// Plans the removal of revisions, by commit. Contents that other revisions need stay.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// let info = hf_cache::scan_cache_dir(dir.path())?;
    /// let strategy = info.delete_revisions(["81fd1d6e7847c99f5862c9fb81387956d99ec7aa"]);
    /// println!("frees {} bytes", strategy.expected_freed_size);
    /// assert_eq!(strategy.not_found.len(), 1);
    /// let report = strategy.execute();
    /// assert!(report.skipped.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn delete_revisions(
        &self,
        revisions: impl IntoIterator<Item: AsRef<str>>,
    ) -> DeleteCacheStrategy {
        let mut wanted: BTreeSet<String> = revisions
            .into_iter()
            .map(|r| r.as_ref().to_owned())
            .collect();
        let mut known = BTreeSet::new();
        for revision in self.repos.iter().flat_map(|r| &r.revisions) {
            if wanted.remove(revision.commit_hash.as_str()) {
                known.insert(revision.commit_hash);
            }
        }
        let mut strategy = self.delete_known(&known);
        if !wanted.is_empty() {
            tracing::warn!(revisions = ?wanted, "these revisions are not in the cache");
        }
        strategy.not_found = wanted.into_iter().collect();
        strategy
    }

    pub(super) fn delete_known(&self, commits: &BTreeSet<CommitHash>) -> DeleteCacheStrategy {
        let mut strategy = DeleteCacheStrategy {
            cache_dir: self.cache_dir.clone(),
            ..Default::default()
        };
        let mut unlinked = BTreeMap::new();
        for repo in &self.repos {
            let (gone, kept): (Vec<_>, Vec<_>) = repo
                .revisions
                .iter()
                .partition(|r| commits.contains(&r.commit_hash));
            if gone.is_empty() {
                continue;
            }
            let files = |revisions: &[&CachedRevisionInfo]| -> BTreeMap<PathBuf, u64> {
                revisions
                    .iter()
                    .flat_map(|r| &r.files)
                    .map(|f| (f.blob_path.clone(), f.size_on_disk))
                    .collect()
            };
            if kept.is_empty() {
                strategy.repos.insert(repo.repo_path.clone());
                unlinked.append(&mut files(&gone));
                continue;
            }
            let needed = files(&kept);
            for revision in &gone {
                strategy.snapshots.insert(revision.snapshot_path.clone());
                for name in &revision.refs {
                    let mut path = repo.repo_path.join("refs");
                    path.extend(name.split('/'));
                    strategy.refs.insert(path);
                }
                for file in &revision.files {
                    let inside = file.blob_path.starts_with(&revision.snapshot_path);
                    if !inside && needed.contains_key(&file.blob_path) {
                        continue;
                    }
                    if !inside {
                        strategy.blobs.insert(file.blob_path.clone());
                    }
                    unlinked.insert(file.blob_path.clone(), file.size_on_disk);
                }
            }
        }
        strategy.expected_freed_size = freed(&self.cache_dir, &unlinked);
        strategy
    }

    /// Plans the removal of single files, found by a scan. Contents that other files need stay.
    pub fn delete_files<'a>(
        &self,
        files: impl IntoIterator<Item = &'a CachedFileInfo>,
    ) -> DeleteCacheStrategy {
        let selected: BTreeMap<&Path, &CachedFileInfo> = files
            .into_iter()
            .map(|f| (f.file_path.as_path(), f))
            .collect();
        let needed: BTreeSet<&Path> = self
            .repos
            .iter()
            .flat_map(|r| &r.revisions)
            .flat_map(|r| &r.files)
            .filter(|f| !selected.contains_key(f.file_path.as_path()))
            .map(|f| f.blob_path.as_path())
            .collect();
        let unlinked: BTreeMap<PathBuf, u64> = selected
            .values()
            .filter(|f| !needed.contains(f.blob_path.as_path()))
            .map(|f| (f.blob_path.clone(), f.size_on_disk))
            .collect();
        DeleteCacheStrategy {
            cache_dir: self.cache_dir.clone(),
            expected_freed_size: freed(&self.cache_dir, &unlinked),
            blobs: unlinked
                .into_keys()
                .filter(|p| !selected.contains_key(p.as_path()))
                .collect(),
            files: selected.keys().map(|p| p.to_path_buf()).collect(),
            ..Default::default()
        }
    }
}

/// Bytes that go away with these contents; a shared one only with its last link.
fn freed(cache_dir: &Path, unlinked: &BTreeMap<PathBuf, u64>) -> u64 {
    if !shared_blobs::is_store(cache_dir) {
        return unlinked.values().sum();
    }
    let links: BTreeSet<PathBuf> = unlinked.keys().cloned().collect();
    let mut shared = BTreeSet::new();
    let mut bytes = 0;
    for (blob, size) in unlinked {
        match shared_blobs::link_target(cache_dir, blob) {
            Some(content) => {
                shared.insert(content);
            }
            None => bytes += size,
        }
    }
    bytes
        + shared
            .iter()
            .map(|c| shared_blobs::freed_with(cache_dir, c, &links))
            .sum::<u64>()
}

impl DeleteCacheStrategy {
    /// Does it. Links and refs go before the contents they lead to, so that an interruption leaves nothing that points
    /// nowhere. What another process is downloading or holds a lock on is left alone and reported.
    pub fn execute(&self) -> DeleteReport {
        let mut report = DeleteReport::default();
        let mut shared = BTreeSet::new();
        if shared_blobs::is_store(&self.cache_dir) {
            let inside = self.repos.iter().flat_map(|r| {
                fs::read_dir(r.join("blobs"))
                    .into_iter()
                    .flatten()
                    .flatten()
            });
            for blob in self.blobs.iter().cloned().chain(inside.map(|e| e.path())) {
                shared.extend(shared_blobs::link_target(&self.cache_dir, &blob));
            }
        }
        // Held to the end: nobody starts to use what is being removed.
        let mut held = BTreeMap::new();
        for path in self.all() {
            let Some(repo) = repo_of(&self.cache_dir, path) else {
                continue;
            };
            held.entry(repo.clone())
                .or_insert_with(|| Repo::claim(&self.cache_dir, &repo));
        }
        let usable = |path: &Path, report: &mut DeleteReport| match repo_of(&self.cache_dir, path)
            .and_then(|repo| held.get(&repo))
        {
            Some(Repo::Free(_)) => true,
            Some(Repo::Busy(why)) => {
                report.skipped.push((path.to_path_buf(), why.clone()));
                false
            }
            None => {
                report.skipped.push((
                    path.to_path_buf(),
                    "it is not in the folder of a repository".to_owned(),
                ));
                false
            }
        };
        for path in self.all() {
            if usable(path, &mut report) {
                remove(path, &mut report);
            }
        }
        for content in &shared {
            shared_blobs::sweep(&self.cache_dir, content);
        }
        report
    }

    /// All that is to be removed, in the order in which it is safe.
    fn all(&self) -> impl Iterator<Item = &PathBuf> {
        [
            &self.files,
            &self.repos,
            &self.snapshots,
            &self.refs,
            &self.blobs,
        ]
        .into_iter()
        .flatten()
    }
}

/// The name of the repository's folder that `path` is in.
fn repo_of(cache_dir: &Path, path: &Path) -> Option<String> {
    let first = path.strip_prefix(cache_dir).ok()?.components().next()?;
    let name = first.as_os_str().to_str()?;
    crate::store::layout::parse_repo_folder_name(name).ok()?;
    Some(name.to_owned())
}

/// Whether a repository may be touched.
pub(super) enum Repo {
    Free(FileLock),
    Busy(String),
}

impl Repo {
    /// Free if no download of ours is under way, and no process (Python's too) holds a lock of a content.
    pub(super) fn claim(cache_dir: &Path, repo: &str) -> Self {
        let locks = cache_dir.join(".locks").join(repo);
        // Where no lock was ever made there is nothing to wait for, and nothing to create.
        let usage = if locks.is_dir() {
            FileLock::try_acquire(&locks.join(".usage.lock"), Mode::Exclusive)
        } else {
            Attempt::Held(FileLock::none())
        };
        let Attempt::Held(usage) = usage else {
            return Self::Busy("another process is downloading into this repository".to_owned());
        };
        for entry in fs::read_dir(&locks).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name == ".usage.lock" || !name.to_string_lossy().ends_with(".lock") {
                continue;
            }
            if let Attempt::Busy(_) = FileLock::try_acquire(&entry.path(), Mode::Exclusive) {
                return Self::Busy(format!(
                    "another process holds `{}`",
                    entry.path().display()
                ));
            }
        }
        Self::Free(usage)
    }
}

pub(super) fn remove(path: &Path, report: &mut DeleteReport) {
    let removed = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(e) => Err(e),
    };
    match removed {
        Ok(()) => report.deleted += 1,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => report.skipped.push((path.to_path_buf(), e.to_string())),
    }
}
