//! All files of a commit: `snapshot_download`.

mod cache;
mod fleet;
mod folder;
mod shelf;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hf_transport::progress::{ProgressEvent, ProgressSink};
use hf_transport::{Client, Error, ErrorKind, Result, TokenMode};
use hf_types::patterns::PatternSet;
use hf_types::{CommitHash, RepoId, RepoType, Revision};

use super::listing::{list, offline_snapshot};
use super::local::LocalStore;
use super::options::{cache_dir, check_force, may_use_cache};
use super::place::FileSpec;
use crate::fetch::choice::{Transfer, Transfers};
use crate::fetch::context::{Context, DEFAULT_WORKERS};
use crate::info::Snapshot;
use crate::store::layout::RepoCacheDir;
use crate::store::local_dir::huggingface_dir;
use crate::store::lock::blocking;
use crate::store::tree::{Tree, valid_path};

/// Downloads all files of a repository at one commit, or those that match patterns.
///
/// | what is cached | revision | requests |
/// |---|---|---|
/// | everything, with its file list | commit hash | none |
/// | everything, with its file list | branch or tag | 1: the commit |
/// | the contents, but of another commit | branch or tag | 2 or more: the commit, and the pages of the file list |
/// | nothing | branch or tag | the same, and 1 `GET` per file with what it redirects to |
///
/// The revision is resolved first, and all files are those of that commit, whatever happens to the branch meanwhile. The
/// file list gives sizes and hashes, so no file is asked about before it is fetched.
///
/// ```no_run
/// use hf_cache::SnapshotDownload;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = hf_transport::Client::new()?;
/// let mut call = SnapshotDownload::new("openai-community/gpt2".parse()?);
/// call.allow_patterns = Some(vec!["*.json".into()]);
/// let snapshot = call.run(&client).await?;
/// println!("{:?}", snapshot.folder());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SnapshotDownload {
    /// The repository.
    pub repo_id: RepoId,
    /// Kind of repository; a model by default.
    pub repo_type: RepoType,
    /// Branch, tag, pull request reference or commit; `main` by default.
    pub revision: Revision,
    /// The cache; by default the one of the client's configuration (`HF_HUB_CACHE`).
    pub cache_dir: Option<PathBuf>,
    /// Puts the files themselves into this folder instead of the cache.
    pub local_dir: Option<PathBuf>,
    /// Fetches files even if they are there.
    pub force_download: bool,
    /// Looks at the disk only.
    pub local_files_only: bool,
    /// How long to wait for the commit and for a page of the file list; by default `HF_HUB_ETAG_TIMEOUT`.
    pub etag_timeout: Option<Duration>,
    /// Only files that match one of these, as Python's `fnmatch` does.
    pub allow_patterns: Option<Vec<String>>,
    /// No files that match one of these.
    pub ignore_patterns: Option<Vec<String>>,
    /// How many answers are read at once; 32 by default.
    pub max_workers: Option<usize>,
    /// Tells what would be done instead of doing it.
    pub dry_run: bool,
    /// Which token to send.
    pub token: TokenMode,
    /// Whether contents must have the hash that the file list says; on by default.
    pub verify: bool,
    /// Most bytes per second, over all connections of this call.
    pub max_bytes_per_second: Option<u64>,
    /// Where to tell of progress.
    pub progress: Option<Arc<dyn ProgressSink>>,
    /// Ways to bring files that come before plain HTTP, in this order; none by default.
    pub transfers: Vec<Arc<dyn Transfer>>,
}

impl fmt::Debug for SnapshotDownload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotDownload")
            .field("repo_type", &self.repo_type)
            .field("repo_id", &self.repo_id)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl SnapshotDownload {
    /// A snapshot of the model `repo_id`, with all options at their defaults.
    pub fn new(repo_id: RepoId) -> Self {
        Self {
            repo_id,
            repo_type: RepoType::Model,
            revision: Revision::default(),
            cache_dir: None,
            local_dir: None,
            force_download: false,
            local_files_only: false,
            etag_timeout: None,
            allow_patterns: None,
            ignore_patterns: None,
            max_workers: None,
            dry_run: false,
            token: TokenMode::Default,
            verify: true,
            max_bytes_per_second: None,
            progress: None,
            transfers: Vec::new(),
        }
    }

    /// Does it: gives the folder of the files, or with `dry_run` what would be done for each.
    ///
    /// Dropping the future stops the downloads; what has arrived is kept for the next.
    ///
    /// # Errors
    /// What the Hub answers (`RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`, ...); `LocalEntryNotFound` or
    /// `IncompleteSnapshot` (which names the missing files) if it cannot be asked and not all is cached; `DryRun` if a dry run
    /// could not ask; `Checksum`, `Io` and `Validation` as for one file.
    pub async fn run(&self, client: &Client) -> Result<Snapshot> {
        check_force(
            self.force_download,
            self.local_files_only,
            client.config().offline,
        )?;
        let workers = self.max_workers.unwrap_or(DEFAULT_WORKERS).max(1);
        let cx = Context::new(
            client,
            self.token.clone(),
            workers,
            self.max_bytes_per_second,
            self.progress.clone(),
        )
        .with_transfers(Transfers {
            repo_type: self.repo_type,
            repo_id: self.repo_id.clone(),
            list: self.transfers.clone(),
        });
        let folder = RepoCacheDir::new(
            cache_dir(client, self.cache_dir.as_deref())?,
            self.repo_type,
            &self.repo_id,
        );
        let local = match &self.local_dir {
            Some(dir) => Some(LocalStore::new(
                dir,
                folder.clone(),
                self.force_download,
                self.verify,
            )?),
            None => None,
        };
        let notes = local.as_ref().map_or_else(
            || folder.path().to_path_buf(),
            |local| huggingface_dir(&local.local_dir),
        );
        let (commit, tree) = match self.list(&cx, &notes).await {
            Ok(listed) => listed,
            Err(Some(e)) if !may_use_cache(&e) => return Err(e),
            Err(cause) => {
                let (call, root) = (self.clone(), local.map(|l| l.local_dir));
                return blocking(move || {
                    offline_snapshot(&call, &folder, &notes, root.as_deref(), cause)
                })
                .await
                .map(Snapshot::Folder);
            }
        };
        let specs = self.wanted(&tree)?;
        let bytes = specs.iter().filter_map(|s| s.size).sum();
        cx.tell(ProgressEvent::Begin {
            operation: "snapshot_download",
            files: Some(specs.len() as u64),
            bytes: Some(bytes),
        });
        let done = match local {
            Some(local) => self.to_folder(&cx, local, commit, specs, workers).await,
            None => self.to_cache(&cx, folder, commit, specs, workers).await,
        };
        cx.tell(ProgressEvent::End {
            operation: "snapshot_download",
        });
        done
    }

    /// The commit and its files; `Err(None)` if the network may not be used.
    async fn list(&self, cx: &Context, notes: &Path) -> Result<(CommitHash, Tree), Option<Error>> {
        if self.local_files_only {
            return Err(None);
        }
        if cx.client.config().offline {
            return Err(Some(Error::new(
                ErrorKind::OfflineMode,
                "offline mode is on",
            )));
        }
        list(
            cx,
            self.repo_type,
            &self.repo_id,
            &self.revision,
            notes,
            !self.dry_run,
            self.etag_timeout,
        )
        .await
        .map_err(Some)
    }

    pub(super) fn patterns(&self) -> PatternSet {
        PatternSet::new(self.allow_patterns.as_ref(), self.ignore_patterns.as_ref())
    }

    /// The files that are asked for, each with a name that is safe and a hash that is one.
    fn wanted(&self, tree: &Tree) -> Result<Vec<FileSpec>> {
        let patterns = self.patterns();
        let mut specs = Vec::new();
        for (path, file) in tree.files.iter().filter(|(path, _)| patterns.matches(path)) {
            let spec = valid_path(path).and_then(|path| FileSpec::of(path, file)).map_err(|e| {
                Error::new(ErrorKind::Validation, format!("the file list of `{}` is refused: {e}", self.repo_id))
                    .with_hint("ask the owner of the repository to rename the file, or leave it out with `ignore_patterns`")
            })?;
            specs.push(spec);
        }
        if specs.is_empty() && !tree.files.is_empty() {
            tracing::warn!(repo_id = %self.repo_id, "no file matches the patterns");
        }
        Ok(specs)
    }
}
