//! A user's folder (`local_dir`) as a destination, with metadata about each file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hf_transport::Result;
use hf_types::{CommitHash, Etag, RepoPath, Revision};

use super::{CachedSnapshot, Destination, Existing, FilePaths};
use crate::call::folders::absolute;
use crate::call::session::Session;
use crate::store::disk::{Root, io_error, rename_closed, temp_path};
use crate::store::fs;
use crate::store::hash::{Expected, has_hash, hash_file};
use crate::store::layout::RepoCacheDir;
use crate::store::link::{is_file_of, is_other_file};
use crate::store::local_dir::{LocalFile, huggingface_dir, prepare};
use crate::store::lock::{FileLock, blocking};
use crate::store::refs::{cached_commit, write_ref};
use crate::store::spec::FileSpec;

#[derive(Debug, Clone)]
pub(crate) struct LocalDestination {
    root: Root,
    /// Blobs in the cache are copied instead of downloaded.
    cache: RepoCacheDir,
}

impl LocalDestination {
    pub(crate) fn new(local_dir: &Path, cache: RepoCacheDir) -> Result<Self> {
        Ok(Self {
            root: Root::open(absolute(local_dir)?, cache.durability()),
            cache,
        })
    }

    fn file(&self, path: &RepoPath) -> Result<LocalFile> {
        LocalFile::new(&self.root, path)
    }

    /// Returns the blob in the cache, if it is there.
    fn in_cache(&self, commit: &CommitHash, spec: &FileSpec) -> Option<PathBuf> {
        let pointer = self.cache.pointer(commit, &spec.path);
        let blob = self.cache.blob(&spec.etag);
        [pointer, blob]
            .into_iter()
            .find(|path| is_file_of(path, spec))
    }

    /// Returns the ETag of content in the cache: the name of its blob. A download that was not verified may
    /// have left other content for the commit than the server has `announced`.
    fn etag_in_cache(&self, source: &Path, announced: &Etag) -> Option<Etag> {
        let blob = fs::canonicalize(source).ok()?;
        if blob.parent()?.file_name()? == "blobs" {
            return blob.file_name()?.to_str()?.parse().ok();
        }
        // Without symbolic links, a file of a snapshot is another name of its blob, or a copy.
        let id = |path: &Path| fs::file_id(path, &fs::metadata(path).ok()?);
        let announced_blob = id(&self.cache.blob(announced));
        if announced_blob.is_some() && id(source) == announced_blob {
            return Some(announced.clone());
        }
        match hash_file(source, Expected::of(announced), |_| {}).ok()? {
            Ok(()) => Some(announced.clone()),
            Err(mismatch) => mismatch.actual.parse().ok(),
        }
    }

    /// Copies a blob from the cache and returns its ETag. A failed copy is not an error, because the file can
    /// still be downloaded.
    fn copy_from_cache(
        &self,
        local: &LocalFile,
        commit: &CommitHash,
        spec: &FileSpec,
    ) -> Option<Etag> {
        let source = self.in_cache(commit, spec)?;
        let etag = self.etag_in_cache(&source, &spec.etag)?;
        let tmp = temp_path(&local.metadata);
        let copied = fs::copy_content(&source, &tmp)
            .and_then(|_| rename_closed(&tmp, &local.file, self.root.durability()));
        if let Err(e) = copied {
            let error = io_error("copy from the cache to", &local.file, e);
            tracing::warn!(%error, "fetching the file instead");
            let _ = fs::remove_file(&tmp);
            return None;
        }
        Some(etag)
    }
}

/// Returns whether the file has this content, according to its metadata or else its hash.
fn is_content(local: &LocalFile, etag: &Etag) -> bool {
    match local.read_metadata() {
        Some(metadata) => metadata.etag == *etag,
        None => has_hash(&local.file, Expected::of(etag)),
    }
}

impl Destination for LocalDestination {
    fn root(&self, _commit: &CommitHash) -> PathBuf {
        self.root.path().to_path_buf()
    }

    fn metadata_dir(&self) -> PathBuf {
        huggingface_dir(self.root.path())
    }

    fn existing(&self, revision: &Revision, path: &RepoPath) -> Option<Existing> {
        let local = self.file(path).ok()?;
        let meta = fs::metadata(&local.file)
            .ok()
            .filter(fs::Metadata::is_file)?;
        if is_other_file(&local.file) {
            return None;
        }
        let commit = local.read_metadata().map(|metadata| metadata.commit);
        Some(Existing {
            file: local.file,
            exact: commit.is_some() && commit == revision.commit_hash(),
            commit,
            size: Some(meta.len()),
        })
    }

    fn snapshot(&self, revision: &Revision) -> Option<CachedSnapshot> {
        let mut entries = fs::read_dir(self.root.path()).ok()?;
        entries.next()?.ok()?;
        Some(CachedSnapshot {
            commit: cached_commit(&self.cache, revision),
            root: self.root.path().to_path_buf(),
        })
    }

    fn is_current(&self, commit: &CommitHash, spec: &FileSpec) -> bool {
        let Ok(local) = self.file(&spec.path) else {
            return false;
        };
        let metadata = local.read_metadata();
        local.file.is_file() && metadata.is_some_and(|n| n.commit == *commit && n.etag == spec.etag)
    }

    fn has_content(&self, commit: &CommitHash, spec: &FileSpec) -> bool {
        let here = self
            .file(&spec.path)
            .is_ok_and(|local| local.file.is_file() && is_content(&local, &spec.etag));
        here || self.in_cache(commit, spec).is_some()
    }

    fn paths(&self, _commit: &CommitHash, spec: &FileSpec) -> Result<FilePaths> {
        let local = self.file(&spec.path)?;
        Ok(FilePaths {
            stem: local.partial_stem(&spec.etag),
            content: local.file.clone(),
            file: local.file,
            lock: local.lock,
        })
    }

    async fn prepare(&mut self, _session: &Session) -> Result<()> {
        let root = self.root.clone();
        blocking(move || prepare(&root)).await
    }

    fn prepare_files(
        &self,
        _revision: &Revision,
        _commit: &CommitHash,
        specs: &[FileSpec],
    ) -> Result<()> {
        // A reserved name fails the call before anything is downloaded.
        specs
            .iter()
            .try_for_each(|spec| self.file(&spec.path).map(drop))
    }

    fn create_folders(&self, _commit: &CommitHash, spec: &FileSpec) -> Result<()> {
        self.file(&spec.path)?.create_parents()
    }

    fn find(&self, commit: &CommitHash, spec: &FileSpec) -> Result<bool> {
        let local = self.file(&spec.path)?;
        let etag = if is_content(&local, &spec.etag) {
            Some(spec.etag.clone())
        } else {
            self.copy_from_cache(&local, commit, spec)
        };
        if let Some(etag) = &etag {
            local.write_metadata(commit, etag)?;
        }
        Ok(etag.is_some())
    }

    fn publish(&self, commit: &CommitHash, spec: &FileSpec) -> Result<()> {
        self.file(&spec.path)?.write_metadata(commit, &spec.etag)
    }

    fn record(&self, revision: &Revision, commit: &CommitHash) {
        if let Err(error) = write_ref(&self.cache, revision, commit) {
            tracing::debug!(%error, "the commit of the revision could not be recorded in the cache");
        }
    }

    fn record_missing(&self, _revision: &Revision, _commit: &CommitHash, _path: &RepoPath) {}

    /// Returns `None`: every file has its own metadata, so a shared lock would save nothing.
    fn bulk_lock(&self, _commit: &CommitHash) -> Option<PathBuf> {
        None
    }

    fn usage(&self) -> Option<Arc<FileLock>> {
        None
    }
}
