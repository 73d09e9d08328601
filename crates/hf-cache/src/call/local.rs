//! Files in a folder of the user: `local_dir`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use hf_transport::progress::{FileOutcome, ProgressEvent};
use hf_transport::{Error, ErrorKind, Result};
use hf_types::{CommitHash, Etag, RepoPath};

use super::download::HfHubDownload;
use super::options::{absolute, may_use_cache, nothing_cached};
use super::place::{FileSpec, write_small_as};
use crate::fetch::choice;
use crate::fetch::context::Context;
use crate::fetch::metadata::resolve_target;
use crate::fetch::small::{self, SMALL};
use crate::fetch::source::{Opened, Source};
use crate::fetch::transfer::Job;
use crate::info::Downloaded;
use crate::store::disk::{io_error, replace, sibling};
use crate::store::hash::{Expected, hash_file};
use crate::store::layout::RepoCacheDir;
use crate::store::local_dir::{LocalFile, huggingface_dir, prepare};
use crate::store::lock::{FileLock, LocalLock, Mode, blocking};
use crate::store::tree::read_tree;
use hf_types::DryRunFileInfo;

/// How files are put into a local folder.
#[derive(Debug, Clone)]
pub(crate) struct LocalStore {
    pub(crate) local_dir: PathBuf,
    /// The cache is looked at too: what is there need not be fetched.
    pub(crate) cache: RepoCacheDir,
    pub(crate) force: bool,
    pub(crate) verify: bool,
}

impl LocalStore {
    pub(crate) fn new(
        local_dir: &Path,
        cache: RepoCacheDir,
        force: bool,
        verify: bool,
    ) -> Result<Self> {
        Ok(Self {
            local_dir: absolute(local_dir)?,
            cache,
            force,
            verify,
        })
    }

    /// Whether the file is this content: by its note, else by its hash.
    pub(crate) fn is_current(local: &LocalFile, etag: &Etag) -> bool {
        match local.read_metadata() {
            Some(note) => note.etag == *etag,
            None => file_has_hash(&local.file, etag),
        }
    }

    /// Takes the content from the cache, if it is there.
    fn copy_from_cache(
        &self,
        local: &LocalFile,
        commit: &CommitHash,
        spec: &FileSpec,
    ) -> Result<bool> {
        let pointer = self.cache.pointer(commit, &spec.path);
        let blob = self.cache.blob(&spec.etag);
        let Some(source) = [pointer, blob].into_iter().find(|p| {
            fs::metadata(p)
                .is_ok_and(|m| m.is_file() && spec.size.is_none_or(|size| m.len() == size))
        }) else {
            return Ok(false);
        };
        let tmp = sibling(&local.metadata, ".tmp");
        let copied = fs::copy(&source, &tmp).and_then(|_| {
            make_writable(&tmp)?;
            replace(&tmp, &local.file)
        });
        if copied.is_err() {
            let _ = fs::remove_file(&tmp);
        }
        copied
            .map(|()| true)
            .map_err(|e| io_error("copy from the cache to", &local.file, e))
    }

    /// Makes the file be there, fetching it if it is not.
    pub(crate) async fn place(
        &self,
        cx: &Context,
        commit: CommitHash,
        spec: FileSpec,
        target: String,
        opened: Option<Opened>,
    ) -> Result<PathBuf> {
        let local = LocalFile::new(&self.local_dir, &spec.path)?;
        let in_process = LocalLock::acquire(&local.file).await;
        let lock = FileLock::acquire(local.lock.clone(), Mode::Exclusive).await?;
        let (store, place, wanted) = (self.clone(), local.clone(), spec.clone());
        let there = blocking(move || {
            place.create_parents()?;
            if store.force {
                return Ok(false);
            }
            let there = Self::is_current(&place, &wanted.etag)
                || store.copy_from_cache(&place, &commit, &wanted)?;
            if there {
                place.write_metadata(&commit, &wanted.etag)?;
            }
            Ok::<_, Error>(there)
        })
        .await?;
        let name = spec.path.as_str();
        if there {
            cx.tell_present(name, spec.size);
            return Ok(local.file);
        }
        let job = Job {
            name: name.to_owned(),
            source: Source::after(target, opened.as_ref()),
            etag: spec.etag.clone(),
            size: spec.size,
            verify: self.verify,
            resume: !self.force,
            stem: local.partial_stem(&spec.etag),
            destination: local.file.clone(),
            chosen: cx.choose(&commit, &spec),
            told: AtomicU64::new(0),
        };
        let fetched = match spec.size {
            Some(size) if size <= SMALL && job.chosen.is_none() => {
                match small::fetch(cx, &job, size, opened).await {
                    Ok(content) => {
                        let (stem, destination) = (job.stem.clone(), job.destination.clone());
                        blocking(move || write_small_as(&stem, &destination, &content)).await
                    }
                    Err(e) => Err(e),
                }
            }
            _ => choice::fetch(cx, &job, opened, Box::new(())).await,
        };
        let outcome = if fetched.is_ok() {
            FileOutcome::Done
        } else {
            FileOutcome::Failed
        };
        cx.tell(ProgressEvent::FileEnd {
            file: name,
            outcome,
        });
        fetched?;
        let (place, etag) = (local.clone(), spec.etag.clone());
        blocking(move || place.write_metadata(&commit, &etag)).await?;
        drop((in_process, lock));
        Ok(local.file)
    }
}

/// Cached contents may be read-only; a file in a folder of the user is the user's to change.
fn make_writable(path: &Path) -> std::io::Result<()> {
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.readonly() {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            permissions.set_mode(permissions.mode() | 0o200);
        }
        #[cfg(not(unix))]
        permissions.set_readonly(false);
        fs::set_permissions(path, permissions)?;
    }
    Ok(())
}

/// Whether the file's own bytes have the hash of `etag`.
pub(crate) fn file_has_hash(path: &Path, etag: &Etag) -> bool {
    let expected = Expected::of(etag, true);
    expected != Expected::Unknown
        && hash_file(path, expected, |_| {}).is_ok_and(|found| found.is_ok())
}

pub(super) async fn run(
    call: &HfHubDownload,
    cx: &Context,
    cache: &RepoCacheDir,
    local_dir: &Path,
    path: RepoPath,
) -> Result<Downloaded> {
    let store = LocalStore::new(local_dir, cache.clone(), call.force_download, call.verify)?;
    let local = LocalFile::new(&store.local_dir, &path)?;
    let note = {
        let local = local.clone();
        blocking(move || Ok(local.read_metadata())).await?
    };
    let pinned = call.revision.commit_hash();
    let present = |commit: CommitHash, size: Option<u64>| {
        if !call.dry_run {
            cx.tell_present(path.as_str(), size);
            return Downloaded::File(local.file.clone());
        }
        Downloaded::DryRun(DryRunFileInfo {
            commit_hash: commit,
            file_size: size.or_else(|| fs::metadata(&local.file).ok().map(|m| m.len())),
            filename: path.as_str().to_owned(),
            local_path: local.file.clone(),
            is_cached: true,
            will_download: call.force_download,
        })
    };
    if let (Some(pinned), Some(note)) = (pinned, &note)
        && note.commit == pinned
        && local.file.is_file()
        && (call.dry_run || !call.force_download)
    {
        return Ok(present(pinned, None));
    }
    let asked = if call.local_files_only {
        Err(None)
    } else if cx.client.config().offline {
        Err(Some(Error::new(
            ErrorKind::OfflineMode,
            "offline mode is on",
        )))
    } else {
        match from_tree(&store.local_dir, pinned, &path).await {
            Some((commit, spec)) => Ok((commit, spec, None)),
            None => call
                .ask(cx, &path, local.file.is_file(), |spec| {
                    !call.force_download && cache.blob(&spec.etag).is_file()
                })
                .await
                .map_err(Some),
        }
    };
    let (commit, spec, opened) = match asked {
        Ok(asked) => asked,
        Err(e) => {
            let usable = e.as_ref().is_none_or(may_use_cache) && !call.force_download;
            if usable && local.file.is_file() {
                let reason =
                    e.map_or_else(|| "`local_files_only` is set".to_owned(), |e| e.to_string());
                tracing::warn!(file = %local.file.display(), reason, "the Hub was not asked; using the file that is there");
                return match note {
                    Some(note) => Ok(present(note.commit, None)),
                    None if !call.dry_run => Ok(Downloaded::File(local.file)),
                    None => Err(nothing_cached(None, &call.describe(&path))),
                };
            }
            return Err(match e {
                Some(e) if !usable => e,
                e => nothing_cached(e, &call.describe(&path)),
            });
        }
    };
    if call.dry_run {
        return blocking(move || dry_run(&store, commit, &spec))
            .await
            .map(Downloaded::DryRun);
    }
    let root = store.local_dir.clone();
    blocking(move || prepare(&root)).await?;
    let target = resolve_target(call.repo_type, &call.repo_id, commit.as_str(), &path);
    store
        .place(cx, commit, spec, target, opened)
        .await
        .map(Downloaded::File)
}

/// What [`LocalStore::place`] would do.
pub(crate) fn dry_run(
    store: &LocalStore,
    commit: CommitHash,
    spec: &FileSpec,
) -> Result<DryRunFileInfo> {
    let local = LocalFile::new(&store.local_dir, &spec.path)?;
    let is_cached = local.file.is_file() && LocalStore::is_current(&local, &spec.etag)
        || store.cache.pointer(&commit, &spec.path).is_file();
    Ok(DryRunFileInfo {
        commit_hash: commit,
        file_size: spec.size,
        filename: spec.path.as_str().to_owned(),
        local_path: local.file,
        is_cached,
        will_download: store.force || !is_cached,
    })
}

async fn from_tree(
    local_dir: &Path,
    pinned: Option<CommitHash>,
    path: &RepoPath,
) -> Option<(CommitHash, FileSpec)> {
    let commit = pinned?;
    let (notes, wanted) = (huggingface_dir(local_dir), path);
    let file = blocking(move || Ok(read_tree(&notes, &commit)))
        .await
        .ok()??
        .files
        .remove(wanted.as_str())?;
    FileSpec::of(path.clone(), &file)
        .ok()
        .map(|spec| (commit, spec))
}
