//! Plans the removal of revisions and files, and computes how much space that frees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::info::{CachedFileInfo, CachedRepoInfo, CachedRevisionInfo, HfCacheInfo};
use crate::store::shared_blobs;

/// A plan to remove parts of a cache. [`execute`](Self::execute) carries it out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeleteCacheStrategy {
    /// The cache folder.
    pub cache_dir: PathBuf,
    /// How many bytes the removal frees.
    pub expected_freed_size: u64,
    /// Blobs that no other file needs.
    pub blobs: BTreeSet<PathBuf>,
    /// Refs that point to removed revisions.
    pub refs: BTreeSet<PathBuf>,
    /// Repositories that are removed as a whole.
    pub repos: BTreeSet<PathBuf>,
    /// Snapshot folders.
    pub snapshots: BTreeSet<PathBuf>,
    /// Single files of snapshots.
    pub files: BTreeSet<PathBuf>,
    /// Requested commits that are not in the cache.
    pub not_found: Vec<String>,
    /// All snapshots that the repositories had when the plan was made. Later ones are not touched.
    #[serde(skip)]
    pub(super) known_snapshots: BTreeSet<PathBuf>,
}

/// The result of a removal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeleteReport {
    /// How many files, links and folders were removed.
    pub deleted: usize,
    /// Paths that were skipped, with the reason: another process uses them, or they could not be removed.
    pub skipped: Vec<(PathBuf, String)>,
}

/// A revision of one repository; two repositories may have the same commit.
pub(super) type RevisionKey<'a> = (&'a Path, &'a str);

pub(super) fn revision_key<'a>(
    repo: &'a CachedRepoInfo,
    revision: &'a CachedRevisionInfo,
) -> RevisionKey<'a> {
    (&repo.repo_path, revision.commit_hash.as_str())
}

impl HfCacheInfo {
    /// Plans the removal of revisions, given by commit. Blobs that other revisions need are kept.
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
        let mut found = BTreeSet::new();
        for repo in &self.repos {
            for revision in &repo.revisions {
                if wanted.contains(revision.commit_hash.as_str()) {
                    found.insert(revision.commit_hash.as_str());
                    known.insert(revision_key(repo, revision));
                }
            }
        }
        wanted.retain(|hash| !found.contains(hash.as_str()));
        let mut strategy = self.delete_known(&known);
        if !wanted.is_empty() {
            tracing::warn!(revisions = ?wanted, "these revisions are not in the cache");
        }
        strategy.not_found = wanted.into_iter().collect();
        strategy
    }

    /// Plans the removal of revisions, each in its own repository. The same commit in another repository is kept, as it
    /// is where a repository was renamed or duplicated.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// let info = hf_cache::scan_cache_dir(dir.path())?;
    /// let datasets = info.repos.iter().filter(|repo| repo.repo_type == "dataset");
    /// let revisions = datasets.flat_map(|repo| repo.revisions.iter().map(move |revision| (repo, revision)));
    /// let report = info.delete_selected(revisions).execute();
    /// assert!(report.skipped.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn delete_selected<'a>(
        &self,
        revisions: impl IntoIterator<Item = (&'a CachedRepoInfo, &'a CachedRevisionInfo)>,
    ) -> DeleteCacheStrategy {
        let keys = revisions
            .into_iter()
            .map(|(repo, revision)| revision_key(repo, revision));
        self.delete_known(&keys.collect())
    }

    /// Plans the removal of these revisions, each in one repository. The same commit in another repository is
    /// kept.
    pub(super) fn delete_known(
        &self,
        revisions: &BTreeSet<RevisionKey<'_>>,
    ) -> DeleteCacheStrategy {
        let mut strategy = DeleteCacheStrategy {
            cache_dir: self.cache_dir.clone(),
            ..Default::default()
        };
        let mut unlinked = BTreeMap::new();
        for repo in &self.repos {
            let (gone, kept): (Vec<_>, Vec<_>) = repo
                .revisions
                .iter()
                .partition(|r| revisions.contains(&revision_key(repo, r)));
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
            let known = repo.revisions.iter().map(|r| r.snapshot_path.clone());
            strategy.known_snapshots.extend(known);
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

    /// Plans the removal of single files found by a scan. Blobs that other files need are kept.
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

/// Returns how many bytes the removal of these blobs frees. A shared blob counts only if its last link is
/// removed.
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
