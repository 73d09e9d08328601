//! Getting one file of one commit into its place, in the cache or in a local folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use hf_transport::Result;
use hf_transport::progress::{FileOutcome, ProgressEvent};
use hf_types::{CommitHash, Etag, RepoPath, Sha256, ValidationError};

use crate::fetch::choice;
use crate::fetch::context::Context;
use crate::fetch::sink::write_error;
use crate::fetch::small::{self, SMALL};
use crate::fetch::source::{Opened, Source};
use crate::fetch::transfer::Job;
use crate::store::disk::{create_dir_all, create_parents_inside, io_error};
use crate::store::layout::{RepoCacheDir, pointer_target};
use crate::store::link::point;
use crate::store::lock::{Attempt, FileLock, LocalLock, Mode, blocking};
use crate::store::partial::owned_name;
use crate::store::shared_blobs;
use crate::store::tree::TreeFile;

/// What is known about a file before its bytes come.
#[derive(Debug, Clone)]
pub(crate) struct FileSpec {
    pub(crate) path: RepoPath,
    pub(crate) etag: Etag,
    /// Bytes of the content.
    pub(crate) size: Option<u64>,
    pub(crate) xet_hash: Option<Sha256>,
}

impl FileSpec {
    /// What the list of a commit says.
    pub(crate) fn of(path: RepoPath, file: &TreeFile) -> Result<Self, ValidationError> {
        Ok(Self {
            path,
            etag: file.etag()?,
            size: Some(file.content_size()),
            xet_hash: file.xet_hash.as_deref().and_then(|hash| hash.parse().ok()),
        })
    }
}

/// How files are put into the cache.
#[derive(Debug, Clone)]
pub(crate) struct CacheStore {
    pub(crate) folder: RepoCacheDir,
    pub(crate) symlinks: bool,
    pub(crate) shared_blobs: bool,
    pub(crate) force: bool,
    pub(crate) verify: bool,
}

/// Whether to wait for a lock that another process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patient {
    Yes,
    No,
}

impl CacheStore {
    /// Whether the content is there. Another size than announced is another content (a client that stored an error page).
    pub(crate) fn has_blob(&self, spec: &FileSpec) -> bool {
        let Ok(meta) = fs::metadata(self.folder.blob(&spec.etag)) else {
            return false;
        };
        let right = meta.is_file() && spec.size.is_none_or(|size| meta.len() == size);
        if !right {
            tracing::warn!(
                file = %spec.path,
                bytes = meta.len(),
                "the cached content is not the one announced; fetching it again"
            );
        }
        right
    }

    fn link(&self, commit: &CommitHash, spec: &FileSpec) -> Result<PathBuf> {
        let pointer = self.folder.pointer(commit, &spec.path);
        create_parents_inside(self.folder.path(), &pointer)?;
        point(
            &self.folder.blob(&spec.etag),
            &pointer,
            &pointer_target(&spec.path, &spec.etag),
            self.symlinks,
        )?;
        Ok(pointer)
    }

    /// The same where the folders of the snapshot were made, and looked at, before.
    pub(super) fn link_prepared(&self, commit: &CommitHash, spec: &FileSpec) -> Result<()> {
        let pointer = self.folder.pointer(commit, &spec.path);
        let target = pointer_target(&spec.path, &spec.etag);
        let blob = self.folder.blob(&spec.etag);
        point(&blob, &pointer, &target, self.symlinks)
            .or_else(|_| self.link(commit, spec).map(drop))
    }

    /// Whether the content may be used as it is: from the repository, or linked from the shared store.
    pub(super) fn is_there(&self, spec: &FileSpec) -> bool {
        !self.force && (self.has_blob(spec) || self.link_shared(spec))
    }

    fn link_if_there(&self, commit: &CommitHash, spec: &FileSpec) -> Result<Option<PathBuf>> {
        if !self.is_there(spec) {
            return Ok(None);
        }
        self.link(commit, spec).map(Some)
    }

    fn link_shared(&self, spec: &FileSpec) -> bool {
        let (true, true, Some(hash), Some(size)) =
            (self.shared_blobs, self.symlinks, &spec.xet_hash, spec.size)
        else {
            return false;
        };
        shared_blobs::try_link(
            self.folder.cache_dir(),
            &self.folder.blob(&spec.etag),
            hash,
            size,
        )
    }

    /// Makes the file of `commit` be there, fetching it if its content is not. `None` if another process is at it and
    /// `patient` says not to wait.
    pub(crate) async fn place(
        &self,
        cx: &Context,
        commit: CommitHash,
        spec: FileSpec,
        target: String,
        opened: Option<Opened>,
        patient: Patient,
    ) -> Result<Option<PathBuf>> {
        let blob = self.folder.blob(&spec.etag);
        let in_process = LocalLock::acquire(&blob).await;
        let lock_path = self.folder.lock(&spec.etag);
        let (store, wanted) = (self.clone(), spec.clone());
        let (there, attempt) = blocking(move || {
            let attempt = FileLock::try_acquire(&lock_path, Mode::Exclusive);
            let there = create_dir_all(&store.folder.blobs())
                .and_then(|()| store.link_if_there(&commit, &wanted));
            Ok((there?, attempt))
        })
        .await?;
        if let Some(pointer) = there {
            cx.tell_present(spec.path.as_str(), spec.size);
            return Ok(Some(pointer));
        }
        let lock = match (attempt, patient) {
            (Attempt::Held(lock), _) => lock,
            (Attempt::Busy(_), Patient::No) => return Ok(None),
            (Attempt::Busy(_), Patient::Yes) => {
                let lock = FileLock::acquire(self.folder.lock(&spec.etag), Mode::Exclusive).await?;
                let (store, wanted) = (self.clone(), spec.clone());
                if let Some(pointer) =
                    blocking(move || store.link_if_there(&commit, &wanted)).await?
                {
                    cx.tell_present(spec.path.as_str(), spec.size);
                    return Ok(Some(pointer));
                }
                lock
            }
        };
        let job = Job {
            name: spec.path.as_str().to_owned(),
            source: Source::after(target, opened.as_ref()),
            etag: spec.etag.clone(),
            size: spec.size,
            verify: self.verify,
            resume: !self.force,
            stem: blob.clone(),
            destination: blob,
            chosen: cx.choose(&commit, &spec),
            told: AtomicU64::new(0),
        };
        let fetched = match spec.size {
            Some(size) if size <= SMALL && job.chosen.is_none() => {
                match small::fetch(cx, &job, size, opened).await {
                    Ok(content) => {
                        let store = self.clone();
                        let wanted = spec.clone();
                        blocking(move || {
                            let _held = (in_process, lock);
                            write_small(&store.folder.blob(&wanted.etag), &content)?;
                            store.link(&commit, &wanted)
                        })
                        .await
                    }
                    Err(e) => Err(e),
                }
            }
            _ => match choice::fetch(cx, &job, opened, Box::new((in_process, lock))).await {
                Ok(()) => {
                    let (store, wanted) = (self.clone(), spec.clone());
                    blocking(move || store.link(&commit, &wanted)).await
                }
                Err(e) => Err(e),
            },
        };
        let outcome = if fetched.is_ok() {
            FileOutcome::Done
        } else {
            FileOutcome::Failed
        };
        cx.tell(ProgressEvent::FileEnd {
            file: spec.path.as_str(),
            outcome,
        });
        fetched.map(Some)
    }
}

/// Gives a small content its name in one step.
pub(crate) fn write_small(destination: &Path, content: &[u8]) -> Result<()> {
    write_small_as(destination, destination, content)
}

/// The same with the partial elsewhere on the same file system.
pub(crate) fn write_small_as(stem: &Path, destination: &Path, content: &[u8]) -> Result<()> {
    let tmp = owned_name(stem);
    let written = fs::write(&tmp, content)
        .map_err(|e| write_error(&tmp, Some(content.len() as u64), e))
        .and_then(|()| {
            crate::store::disk::replace(&tmp, destination)
                .map_err(|e| io_error("put in place", destination, e))
        });
    if written.is_err() {
        let _ = fs::remove_file(&tmp);
    }
    written
}
