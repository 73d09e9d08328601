//! The cache as a destination: blobs named by their hash, and links to them by commit and path.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hf_transport::{Client, Result};
use hf_types::{CommitHash, RepoPath, Revision, Sha256};

use super::{CachedSnapshot, Destination, Existing, FilePaths};
use crate::call::session::Session;
use crate::store::disk::{Root, create_dir_all, io_error};
use crate::store::fs::{self, Folder};
use crate::store::layout::{RepoCacheDir, pointer_target};
use crate::store::link::{is_file_in, is_file_of, is_other_file, link_content, symlinks_supported};
use crate::store::lock::{FileLock, Mode, blocking};
use crate::store::parallel;
use crate::store::refs::{cached_commit, mark_no_exist, read_ref, tag_cache_dir, write_ref};
use crate::store::shared_blobs;
use crate::store::spec::FileSpec;

#[derive(Debug, Clone)]
pub(crate) struct CacheDestination {
    pub(crate) folder: RepoCacheDir,
    /// The folder of the repository. The user may have replaced `snapshots` or `blobs` with a link.
    root: Root,
    /// Its `snapshots` folder, in which there is no reason for a user to create links.
    snapshots: Root,
    symlinks: bool,
    /// Whether `snapshots` is a real folder, so that `../../blobs` leads from there to the blobs.
    relative: bool,
    shared_blobs: bool,
    /// Held shared by downloads and exclusively by deletions.
    usage: Option<Arc<FileLock>>,
}

impl CacheDestination {
    pub(crate) fn new(client: &Client, folder: RepoCacheDir) -> Self {
        let config = client.config();
        Self {
            root: Root::open(folder.path(), folder.durability()),
            snapshots: Root::open(folder.snapshots(), folder.durability()).refusing_links(),
            folder,
            relative: true,
            symlinks: !config.disable_symlinks,
            shared_blobs: !config.disable_shared_blobs && !config.disable_xet,
            usage: None,
        }
    }

    /// Returns whether the blob exists. A blob whose size differs from the announced one has other content
    /// (for example an error page stored by another client).
    fn has_blob(&self, spec: &FileSpec) -> bool {
        let Ok(meta) = fs::metadata(self.folder.blob(&spec.etag)) else {
            return false;
        };
        let right = meta.is_file() && spec.size.is_none_or(|size| meta.len() == size);
        if !right {
            tracing::warn!(
                file = %spec.path,
                bytes = meta.len(),
                expected = spec.size,
                "the cached content has the wrong size; fetching it again"
            );
        }
        right
    }

    fn link(&self, commit: &CommitHash, spec: &FileSpec) -> Result<()> {
        let pointer = self.folder.pointer(commit, &spec.path);
        self.create_parents(&pointer)?;
        self.point(&pointer, spec)
    }

    /// Creates the folders for a file of a snapshot.
    fn create_parents(&self, pointer: &Path) -> Result<()> {
        self.root.create_parents(&self.snapshots.path().join("x"))?;
        self.snapshots.create_parents(pointer)
    }

    fn point(&self, pointer: &Path, spec: &FileSpec) -> Result<()> {
        let blob = self.folder.blob(&spec.etag);
        let target = if self.relative {
            pointer_target(&spec.path, &spec.etag)
        } else {
            blob.clone()
        };
        let durability = self.folder.durability();
        link_content(&blob, pointer, &target, self.symlinks, durability)
    }

    /// Returns the Xet hash and the size of content that can be linked from the store that repositories share.
    fn shareable<'a>(&self, spec: &'a FileSpec) -> Option<(&'a Sha256, u64)> {
        if !self.shared_blobs || !self.symlinks {
            return None;
        }
        Some((spec.xet_hash.as_ref()?, spec.size?))
    }

    /// Links the blob from the store that repositories share, if it is there.
    fn link_shared(&self, spec: &FileSpec) -> bool {
        let Some((hash, size)) = self.shareable(spec) else {
            return false;
        };
        let blob = self.folder.blob(&spec.etag);
        shared_blobs::try_link(self.folder.cache_dir(), &blob, hash, size)
    }

    fn is_in_shared_store(&self, spec: &FileSpec) -> bool {
        match (&spec.xet_hash, spec.size) {
            (Some(hash), Some(size)) => {
                self.shared_blobs && shared_blobs::has(self.folder.cache_dir(), hash, size)
            }
            _ => false,
        }
    }
}

impl Destination for CacheDestination {
    fn root(&self, commit: &CommitHash) -> PathBuf {
        self.folder.snapshot(commit)
    }

    fn metadata_dir(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    fn existing(&self, revision: &Revision, path: &RepoPath) -> Option<Existing> {
        let commit = cached_commit(&self.folder, revision)?;
        let file = self.folder.pointer(&commit, path);
        let meta = fs::metadata(&file).ok().filter(fs::Metadata::is_file)?;
        if is_other_file(&file) {
            return None;
        }
        Some(Existing {
            file,
            commit: Some(commit),
            exact: revision.commit_hash().is_some(),
            size: Some(meta.len()),
        })
    }

    fn snapshot(&self, revision: &Revision) -> Option<CachedSnapshot> {
        let commit = cached_commit(&self.folder, revision)?;
        let root = self.folder.snapshot(&commit);
        root.is_dir().then_some(CachedSnapshot {
            commit: Some(commit),
            root,
        })
    }

    fn is_current(&self, commit: &CommitHash, spec: &FileSpec) -> bool {
        is_file_of(&self.folder.pointer(commit, &spec.path), spec)
    }

    fn are_current(&self, commit: &CommitHash, specs: &[FileSpec]) -> Vec<bool> {
        match Folder::open(&self.folder.snapshot(commit)) {
            Ok(snapshot) => {
                parallel::map(specs, parallel::FILES, |spec| is_file_in(&snapshot, spec))
            }
            Err(_) => vec![false; specs.len()],
        }
    }

    fn has_content(&self, commit: &CommitHash, spec: &FileSpec) -> bool {
        self.is_current(commit, spec) || self.has_blob(spec) || self.is_in_shared_store(spec)
    }

    fn paths(&self, commit: &CommitHash, spec: &FileSpec) -> Result<FilePaths> {
        let content = self.folder.blob(&spec.etag);
        Ok(FilePaths {
            file: self.folder.pointer(commit, &spec.path),
            stem: content.clone(),
            content,
            lock: self.folder.lock(&spec.etag),
        })
    }

    async fn prepare(&mut self, session: &Session) -> Result<()> {
        let cache_dir = self.folder.cache_dir().to_path_buf();
        let folder = self.folder.clone();
        let disabled = session.cx.client.config().disable_symlinks;
        (self.symlinks, self.relative) = blocking(move || {
            create_dir_all(&cache_dir)?;
            tag_cache_dir(&cache_dir);
            let snapshots = fs::canonicalize(folder.snapshots());
            let moved = snapshots.is_ok_and(|found| {
                fs::canonicalize(folder.path()).is_ok_and(|repo| found != repo.join("snapshots"))
            });
            Ok((symlinks_supported(&cache_dir, disabled), !moved))
        })
        .await?;
        let usage = FileLock::acquire(self.folder.usage_lock(), Mode::Shared).await?;
        self.usage = Some(Arc::new(usage));
        Ok(())
    }

    /// A revision seen for the first time is recorded before its files exist, so that they can be found even
    /// after an interruption. A revision that has moved is recorded once all files exist.
    fn prepare_files(
        &self,
        revision: &Revision,
        commit: &CommitHash,
        specs: &[FileSpec],
    ) -> Result<()> {
        let snapshot = self.folder.snapshot(commit);
        self.create_parents(&snapshot.join("x"))?;
        self.root.create_parents(&self.folder.blobs().join("x"))?;
        let parents: BTreeSet<&str> = specs.iter().filter_map(|s| s.path.parent()).collect();
        for parent in parents {
            self.create_parents(&snapshot.join(parent).join("x"))?;
        }
        if read_ref(&self.folder, revision).is_none() {
            self.record(revision, commit);
        }
        Ok(())
    }

    fn create_folders(&self, commit: &CommitHash, spec: &FileSpec) -> Result<()> {
        self.root.create_parents(&self.folder.blobs().join("x"))?;
        self.create_parents(&self.folder.pointer(commit, &spec.path))
    }

    fn find(&self, commit: &CommitHash, spec: &FileSpec) -> Result<bool> {
        if !self.has_blob(spec) && !self.link_shared(spec) {
            return Ok(false);
        }
        self.publish(commit, spec).map(|()| true)
    }

    fn publish(&self, commit: &CommitHash, spec: &FileSpec) -> Result<()> {
        // The folders were created before; if another process has removed or replaced one since, it is
        // created and checked again.
        let pointer = self.folder.pointer(commit, &spec.path);
        self.point(&pointer, spec)
            .or_else(|_| self.link(commit, spec))
    }

    fn share(&self, spec: &FileSpec, replace: bool) -> Result<()> {
        let Some((hash, size)) = self.shareable(spec) else {
            return Ok(());
        };
        let blob = self.folder.blob(&spec.etag);
        shared_blobs::publish(self.folder.cache_dir(), &blob, hash, size, replace)
            .map(drop)
            .map_err(|e| io_error("link the shared content at", &blob, e))
    }

    fn record(&self, revision: &Revision, commit: &CommitHash) {
        if let Err(error) = write_ref(&self.folder, revision, commit) {
            tracing::warn!(%error, "the commit of `{revision}` could not be recorded in the cache");
        }
    }

    fn record_missing(&self, revision: &Revision, commit: &CommitHash, path: &RepoPath) {
        mark_no_exist(&self.folder, commit, path);
        self.record(revision, commit);
    }

    fn bulk_lock(&self, commit: &CommitHash) -> Option<PathBuf> {
        Some(self.folder.bulk_lock(commit))
    }

    fn is_fresh(&self) -> bool {
        // The locks of a repository as a whole begin with a dot.
        let none = |folder: &Path| {
            fs::read_dir(folder).is_ok_and(|mut entries| {
                entries.all(|entry| {
                    entry.is_ok_and(|e| e.file_name().as_encoded_bytes().starts_with(b"."))
                })
            })
        };
        none(&self.folder.blobs()) && none(&self.folder.locks())
    }

    fn usage(&self) -> Option<Arc<FileLock>> {
        self.usage.clone()
    }
}
