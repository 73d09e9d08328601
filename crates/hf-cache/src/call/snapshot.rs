//! All files of a commit: `snapshot_download`.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hf_transport::progress::{FileOutcome, ProgressEvent, ProgressSink};
use hf_transport::{Client, Error, ErrorKind, Result, TokenMode};
use hf_types::patterns::PatternSet;
use hf_types::{CommitHash, RepoId, RepoType, Revision};
use tokio::task::JoinSet;

use super::download::prepare_cache;
use super::listing::{list, offline_snapshot};
use super::local::{self, LocalStore};
use super::options::{cache_dir, check_force, may_use_cache};
use super::place::{CacheStore, FileSpec, Patient};
use crate::fetch::context::{Context, DEFAULT_WORKERS};
use crate::fetch::metadata::resolve_target;
use crate::info::Snapshot;
use crate::store::disk::{create_dir_all, create_parents_inside};
use crate::store::layout::RepoFolder;
use crate::store::local_dir::{LocalFile, huggingface_dir, prepare};
use crate::store::lock::{FileLock, Mode, blocking};
use crate::store::refs::{read_ref, write_ref};
use crate::store::tree::{Tree, valid_path};
use hf_types::DryRunFileInfo;

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
        );
        let folder = RepoFolder::new(
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

    async fn to_cache(
        &self,
        cx: &Context,
        folder: RepoFolder,
        commit: CommitHash,
        specs: Vec<FileSpec>,
        workers: usize,
    ) -> Result<Snapshot> {
        let config = cx.client.config();
        let mut store = CacheStore {
            folder,
            symlinks: !config.disable_symlinks,
            shared_blobs: !config.disable_shared_blobs && !config.disable_xet,
            force: self.force_download,
            verify: self.verify,
        };
        let snapshot = store.folder.snapshot(&commit);
        if self.dry_run {
            return Ok(blocking(move || dry_run(&store, commit, specs)).await);
        }
        let (missing, present) = {
            let (store, call) = (store.clone(), self.clone());
            blocking(move || call.missing(&store, commit, specs)).await
        };
        for spec in &present {
            cx.tell(ProgressEvent::FileEnd {
                file: spec.path.as_str(),
                outcome: FileOutcome::Present,
            });
        }
        if !missing.is_empty() {
            store.symlinks =
                prepare_cache(store.folder.cache_dir(), config.disable_symlinks).await?;
            let _usage = FileLock::acquire(store.folder.usage_lock(), Mode::Shared).await;
            {
                let (store, missing, call) = (store.clone(), missing.clone(), self.clone());
                blocking(move || call.prepare(&store, commit, &missing)).await?;
            }
            self.fetch_all(cx, &store, commit, missing, workers).await?;
        }
        let (folder, revision) = (store.folder.clone(), self.revision.clone());
        blocking(move || {
            // An empty snapshot is a folder too.
            let _ = fs::create_dir_all(folder.snapshot(&commit));
            if let Err(e) = write_ref(&folder, &revision, &commit) {
                tracing::warn!(error = %e, "could not note the commit of the revision");
            }
        })
        .await;
        Ok(Snapshot::Folder(snapshot))
    }

    /// Splits the files into those to fetch and those that are there.
    fn missing(
        &self,
        store: &CacheStore,
        commit: CommitHash,
        specs: Vec<FileSpec>,
    ) -> (Vec<FileSpec>, Vec<FileSpec>) {
        specs.into_iter().partition(|spec| {
            let there = fs::metadata(store.folder.pointer(&commit, &spec.path))
                .is_ok_and(|m| m.is_file() && spec.size.is_none_or(|size| size == m.len()));
            self.force_download || !there
        })
    }

    /// Creates the folders of the snapshot. A revision seen for the first time is noted before its files are there, so
    /// that what is there can be found; one that has moved is noted when all are.
    fn prepare(&self, store: &CacheStore, commit: CommitHash, specs: &[FileSpec]) -> Result<()> {
        let snapshot = store.folder.snapshot(&commit);
        create_dir_all(&snapshot)?;
        create_dir_all(&store.folder.blobs())?;
        let parents: BTreeSet<&str> = specs.iter().filter_map(|s| s.path.parent()).collect();
        for parent in parents {
            create_parents_inside(store.folder.path(), &snapshot.join(parent).join("x"))?;
        }
        if read_ref(&store.folder, &self.revision).is_none()
            && let Err(e) = write_ref(&store.folder, &self.revision, &commit)
        {
            tracing::warn!(error = %e, "could not note the commit of the revision");
        }
        Ok(())
    }

    /// Fetches files, a few at a time. Those that another process is at come last: it may have them by then.
    async fn fetch_all(
        &self,
        cx: &Context,
        store: &CacheStore,
        commit: CommitHash,
        specs: Vec<FileSpec>,
        workers: usize,
    ) -> Result<()> {
        let mut waiting: VecDeque<(FileSpec, Patient)> =
            specs.into_iter().map(|s| (s, Patient::No)).collect();
        let mut running = JoinSet::new();
        let store = Arc::new(store.clone());
        loop {
            while running.len() < workers
                && let Some((spec, patient)) = waiting.pop_front()
            {
                let target =
                    resolve_target(self.repo_type, &self.repo_id, commit.as_str(), &spec.path);
                let (cx, store) = (cx.clone(), store.clone());
                running.spawn(async move {
                    let placed = store
                        .place(&cx, commit, spec.clone(), target, None, patient)
                        .await?;
                    Ok::<_, Error>(placed.is_none().then_some(spec))
                });
            }
            match running.join_next().await {
                None => return Ok(()),
                Some(done) => {
                    if let Some(postponed) = joined(done)? {
                        waiting.push_back((postponed, Patient::Yes));
                    }
                }
            }
        }
    }

    async fn to_folder(
        &self,
        cx: &Context,
        local: LocalStore,
        commit: CommitHash,
        specs: Vec<FileSpec>,
        workers: usize,
    ) -> Result<Snapshot> {
        if self.dry_run {
            return blocking(move || {
                specs
                    .iter()
                    .map(|s| local::dry_run(&local, commit, s))
                    .collect::<Result<Vec<_>>>()
            })
            .await
            .map(Snapshot::DryRun);
        }
        let root = local.local_dir.clone();
        let missing = {
            let (root, force) = (root.clone(), self.force_download);
            blocking(move || {
                prepare(&root)?;
                let mut missing = Vec::new();
                for spec in specs {
                    let file = LocalFile::new(&root, &spec.path)?;
                    let current = !force
                        && file.file.is_file()
                        && file
                            .read_metadata()
                            .is_some_and(|m| m.commit == commit && m.etag == spec.etag);
                    if !current {
                        missing.push(spec);
                    }
                }
                Ok::<_, Error>(missing)
            })
            .await?
        };
        let mut missing = missing.into_iter();
        let mut running = JoinSet::new();
        let local = Arc::new(local);
        loop {
            while running.len() < workers
                && let Some(spec) = missing.next()
            {
                let target =
                    resolve_target(self.repo_type, &self.repo_id, commit.as_str(), &spec.path);
                let (cx, local) = (cx.clone(), local.clone());
                running.spawn(async move { local.place(&cx, commit, spec, target, None).await });
            }
            match running.join_next().await {
                None => break,
                Some(done) => drop(joined(done)?),
            }
        }
        let (folder, revision) = (local.cache.clone(), self.revision.clone());
        blocking(move || {
            if let Err(e) = write_ref(&folder, &revision, &commit) {
                tracing::debug!(error = %e, "could not note the commit of the revision");
            }
        })
        .await;
        Ok(Snapshot::Folder(root))
    }
}

fn dry_run(store: &CacheStore, commit: CommitHash, specs: Vec<FileSpec>) -> Snapshot {
    let infos = specs.into_iter().map(|spec| {
        let pointer = store.folder.pointer(&commit, &spec.path);
        let is_cached = pointer.is_file() || store.has_blob(&spec);
        DryRunFileInfo {
            commit_hash: commit,
            file_size: spec.size,
            filename: spec.path.as_str().to_owned(),
            local_path: pointer,
            is_cached,
            will_download: store.force || !is_cached,
        }
    });
    Snapshot::DryRun(infos.collect())
}

/// The outcome of a task; a panic in it is passed on.
fn joined<T>(done: Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    match done {
        Ok(outcome) => outcome,
        Err(e) => match e.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(e) => Err(Error::new(ErrorKind::Io, "the download was stopped").with_source(e)),
        },
    }
}
