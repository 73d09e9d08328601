//! One file: `hf_hub_download`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hf_transport::progress::{ProgressEvent, ProgressSink};
use hf_transport::{Client, Error, ErrorKind, Result, TokenMode};
use hf_types::{CommitHash, RepoId, RepoPath, RepoType, Revision};

use super::options::{cache_dir, check_force, may_use_cache, nothing_cached, repo_path};
use super::place::{CacheStore, FileSpec, Patient};
use crate::fetch::choice::{Transfer, Transfers};
use crate::fetch::context::{Context, DEFAULT_WORKERS};
use crate::fetch::metadata::resolve_target;
use crate::info::Downloaded;
use crate::store::disk::create_dir_all;
use crate::store::layout::RepoCacheDir;
use crate::store::link::symlinks_supported;
use crate::store::lock::{FileLock, Mode, blocking};
use crate::store::refs::{cached_commit, mark_no_exist, tag_cache_dir, write_ref};
use crate::store::shared_blobs;
use hf_types::DryRunFileInfo;

/// Downloads one file, unless it is cached.
///
/// | what is cached | revision | requests |
/// |---|---|---|
/// | the file | commit hash | none |
/// | the file, current | branch or tag | 1: `HEAD` on the file |
/// | nothing | any | 1: `GET` on the file, and what it redirects to |
/// | an older version | branch or tag | 2: `HEAD`, then `GET` |
/// | the content of a large file, under another revision | any | 1: `GET` on the file, which is not followed |
/// | the file list of the commit | commit hash | 1: `GET` |
///
/// The content is checked against its hash while it arrives and gets its name only when it is right. What an interrupted
/// download has received is kept, and the next one goes on there, in this process or another.
///
/// ```no_run
/// use hf_cache::HfHubDownload;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = hf_transport::Client::new()?;
/// let file = HfHubDownload::new("openai-community/gpt2".parse()?, "config.json").run(&client).await?;
/// println!("{}", file.path().display());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HfHubDownload {
    /// The repository.
    pub repo_id: RepoId,
    /// Path of the file in the repository (below `subfolder`, if given).
    pub filename: String,
    /// Folder of the file in the repository.
    pub subfolder: Option<String>,
    /// Kind of repository; a model by default.
    pub repo_type: RepoType,
    /// Branch, tag, pull request reference or commit; `main` by default.
    pub revision: Revision,
    /// The cache; by default the one of the client's configuration (`HF_HUB_CACHE`).
    pub cache_dir: Option<PathBuf>,
    /// Puts the file itself into this folder instead of the cache.
    pub local_dir: Option<PathBuf>,
    /// Fetches it even if it is there.
    pub force_download: bool,
    /// Looks at the disk only.
    pub local_files_only: bool,
    /// How long to wait for what the Hub says about the file; by default `HF_HUB_ETAG_TIMEOUT`.
    pub etag_timeout: Option<Duration>,
    /// Tells what would be done instead of doing it.
    pub dry_run: bool,
    /// Which token to send.
    pub token: TokenMode,
    /// Whether the content must have the hash that its ETag says; on by default.
    pub verify: bool,
    /// Most bytes per second, over all connections of this call.
    pub max_bytes_per_second: Option<u64>,
    /// Where to tell of progress.
    pub progress: Option<Arc<dyn ProgressSink>>,
    /// Ways to bring files that come before plain HTTP, in this order; none by default.
    pub transfers: Vec<Arc<dyn Transfer>>,
}

impl fmt::Debug for HfHubDownload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HfHubDownload")
            .field("repo_type", &self.repo_type)
            .field("repo_id", &self.repo_id)
            .field("filename", &self.filename)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl HfHubDownload {
    /// A download of `filename` from the model `repo_id`, with all options at their defaults.
    pub fn new(repo_id: RepoId, filename: impl Into<String>) -> Self {
        Self {
            repo_id,
            filename: filename.into(),
            subfolder: None,
            repo_type: RepoType::Model,
            revision: Revision::default(),
            cache_dir: None,
            local_dir: None,
            force_download: false,
            local_files_only: false,
            etag_timeout: None,
            dry_run: false,
            token: TokenMode::Default,
            verify: true,
            max_bytes_per_second: None,
            progress: None,
            transfers: Vec::new(),
        }
    }

    /// Does it: gives the path of the file, or with `dry_run` what would be done.
    ///
    /// Dropping the future stops the download; what has arrived is kept for the next.
    ///
    /// # Errors
    /// What the Hub answers (`RepositoryNotFound`, `RevisionNotFound`, `EntryNotFound`, `GatedRepo`, ...); `LocalEntryNotFound`
    /// if it cannot be asked and the file is not cached; `Checksum` if the bytes are not the announced ones; `Io` for the disk;
    /// `Validation` for a name that could not be a file.
    pub async fn run(&self, client: &Client) -> Result<Downloaded> {
        let path = repo_path(self.subfolder.as_deref(), &self.filename)?;
        check_force(
            self.force_download,
            self.local_files_only,
            client.config().offline,
        )?;
        let cx = Context::new(
            client,
            self.token.clone(),
            DEFAULT_WORKERS,
            self.max_bytes_per_second,
            self.progress.clone(),
        )
        .with_transfers(Transfers {
            repo_type: self.repo_type,
            repo_id: self.repo_id.clone(),
            list: self.transfers.clone(),
        });
        cx.tell(ProgressEvent::Begin {
            operation: "hf_hub_download",
            files: Some(1),
            bytes: None,
        });
        let cache_dir = cache_dir(client, self.cache_dir.as_deref())?;
        let folder = RepoCacheDir::new(cache_dir, self.repo_type, &self.repo_id);
        let done = match &self.local_dir {
            Some(dir) => super::local::run(self, &cx, &folder, dir, path).await,
            None => self.to_cache(&cx, folder, path).await,
        };
        cx.tell(ProgressEvent::End {
            operation: "hf_hub_download",
        });
        done
    }

    pub(super) fn describe(&self, path: &RepoPath) -> String {
        format!(
            "`{path}` of {} `{}` at `{}`",
            self.repo_type, self.repo_id, self.revision
        )
    }

    /// The cached file, as the outcome of the call.
    fn cached(
        &self,
        cx: &Context,
        commit: CommitHash,
        path: &RepoPath,
        pointer: PathBuf,
        size: Option<u64>,
    ) -> Downloaded {
        let size = size.or_else(|| fs::metadata(&pointer).ok().map(|m| m.len()));
        if !self.dry_run {
            cx.tell_present(path.as_str(), size);
            return Downloaded::File(pointer);
        }
        Downloaded::DryRun(DryRunFileInfo {
            commit_hash: commit,
            file_size: size,
            filename: path.as_str().to_owned(),
            local_path: pointer,
            is_cached: true,
            will_download: self.force_download,
        })
    }

    async fn to_cache(
        &self,
        cx: &Context,
        folder: RepoCacheDir,
        path: RepoPath,
    ) -> Result<Downloaded> {
        let config = cx.client.config();
        let commit = {
            let (folder, revision) = (folder.clone(), self.revision.clone());
            blocking(move || Ok(cached_commit(&folder, &revision))).await?
        };
        let pointer = commit
            .map(|c| folder.pointer(&c, &path))
            .filter(|p| p.is_file());
        let pinned = self.revision.commit_hash();
        if let (Some(commit), Some(pointer)) = (pinned, &pointer)
            && (self.dry_run || !self.force_download)
        {
            return Ok(self.cached(cx, commit, &path, pointer.clone(), None));
        }
        if self.local_files_only || config.offline {
            let offline = (!self.local_files_only)
                .then(|| Error::new(ErrorKind::OfflineMode, "offline mode is on"));
            return match (commit, pointer) {
                (Some(commit), Some(pointer)) => Ok(self.cached(cx, commit, &path, pointer, None)),
                _ => Err(nothing_cached(offline, &self.describe(&path))),
            };
        }
        let known = self.known_from_tree(&folder, pinned, &path).await;
        let asked = if let Some(known) = known {
            Ok(known)
        } else {
            let store = self.store(cx, folder.clone());
            let there = |spec: &FileSpec| {
                !self.force_download && (store.has_blob(spec) || in_shared_store(&store, spec))
            };
            self.ask(cx, &path, pointer.is_some(), there).await
        };
        let (commit, spec, opened) = match asked {
            Ok(asked) => asked,
            Err(e) => {
                if e.kind() == ErrorKind::EntryNotFound
                    && let Some(at) = pinned.or_else(|| commit_of_error(&e))
                {
                    mark_no_exist(&folder, &at, &path);
                    if let Err(error) = write_ref(&folder, &self.revision, &at) {
                        tracing::warn!(%error, "the commit is not noted in the cache");
                    }
                }
                return match (commit, pointer) {
                    (Some(commit), Some(pointer)) if !self.force_download && may_use_cache(&e) => {
                        tracing::warn!(error = %e, "the Hub could not be asked for a newer version; using the cached file");
                        Ok(self.cached(cx, commit, &path, pointer, None))
                    }
                    _ if may_use_cache(&e) && !self.force_download => {
                        Err(nothing_cached(Some(e), &self.describe(&path)))
                    }
                    _ => Err(e),
                };
            }
        };
        let mut store = self.store(cx, folder);
        let pointer = store.folder.pointer(&commit, &path);
        if self.dry_run {
            let is_cached =
                pointer.is_file() || store.has_blob(&spec) || in_shared_store(&store, &spec);
            return Ok(Downloaded::DryRun(DryRunFileInfo {
                commit_hash: commit,
                file_size: spec.size,
                filename: path.as_str().to_owned(),
                local_path: pointer,
                is_cached,
                will_download: self.force_download || !is_cached,
            }));
        }
        let pointer = if !self.force_download && pointer.is_file() {
            cx.tell_present(path.as_str(), spec.size);
            pointer
        } else {
            store.symlinks =
                prepare_cache(store.folder.cache_dir(), config.disable_symlinks).await?;
            let _usage = FileLock::acquire(store.folder.usage_lock(), Mode::Shared).await?;
            let target = resolve_target(self.repo_type, &self.repo_id, commit.as_str(), &path);
            let placed = store
                .place(cx, commit, spec, target, opened, Patient::Yes)
                .await?;
            placed.unwrap_or(pointer)
        };
        if let Err(e) = write_ref(&store.folder, &self.revision, &commit) {
            tracing::debug!(error = %e, "could not note the commit of the revision");
        }
        Ok(Downloaded::File(pointer))
    }

    fn store(&self, cx: &Context, folder: RepoCacheDir) -> CacheStore {
        let config = cx.client.config();
        CacheStore {
            symlinks: !config.disable_symlinks,
            shared_blobs: !config.disable_shared_blobs && !config.disable_xet,
            folder,
            force: self.force_download,
            verify: self.verify,
        }
    }
}

fn in_shared_store(store: &CacheStore, spec: &FileSpec) -> bool {
    match (&spec.xet_hash, spec.size) {
        (Some(hash), Some(size)) => {
            store.shared_blobs && shared_blobs::has(store.folder.cache_dir(), hash, size)
        }
        _ => false,
    }
}

/// Creates the cache folder with its tag, and says whether links can be made there.
pub(super) async fn prepare_cache(cache_dir: &Path, no_symlinks: bool) -> Result<bool> {
    let cache_dir = cache_dir.to_path_buf();
    blocking(move || {
        create_dir_all(&cache_dir)?;
        tag_cache_dir(&cache_dir);
        Ok(symlinks_supported(&cache_dir, no_symlinks))
    })
    .await
}

/// The commit at which the Hub says that a file does not exist.
fn commit_of_error(err: &Error) -> Option<CommitHash> {
    err.repo_commit()?.parse().ok()
}
