//! Downloads all files of a commit: `snapshot_download`.
//!
//! The files pass through a [`queue`]: large files one by one through [`ensure`](super::ensure), many small
//! files through [`bulk`].

mod bulk;
mod case;
mod files;
mod offline;
mod queue;
mod small_writer;

use std::path::PathBuf;

use hf_transport::progress::ProgressEvent;
use hf_transport::{Client, Error, ErrorKind, Result};
use hf_types::patterns::PatternSet;
use hf_types::{CommitHash, DryRunFileInfo, RepoId, RepoType, Revision, ValidationError};

use self::case::refuse_collisions;
use super::destination::{CacheDestination, Destination, LocalDestination};
use super::download::plan_file;
use super::fallback::may_use_cache;
use super::folders::repo_cache_dir;
use super::listing::list;
use super::session::Session;
use crate::fetch::source::Attempts;
use crate::options::{DownloadOptions, option_setters};
use crate::store::layout::RepoCacheDir;
use crate::store::lock::blocking;
use crate::store::spec::{FileSpec, total_size};
use crate::store::tree::{Tree, valid_path};
use crate::store::{fs, parallel};

const OPERATION: &str = "snapshot_download";

/// Downloads all files of a repository at one commit, or those that match patterns.
///
/// | what is cached | revision | requests |
/// |---|---|---|
/// | everything, with its file list | commit hash | none |
/// | everything, with its file list | branch or tag | 1: the commit |
/// | the contents, but of another commit | branch or tag | 2 or more: the commit, and the pages of the file list |
/// | nothing | branch or tag | the same, and 1 `GET` per file with what it redirects to |
///
/// The revision is resolved first, and all files come from that commit, even if the branch moves in the
/// meantime. The file list contains sizes and hashes, so no metadata request is needed per file.
///
/// If a snapshot is cached and the Hub cannot be reached, the cached snapshot is returned after a single
/// attempt, with a warning.
///
/// ```no_run
/// use hf_cache::SnapshotDownload;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = hf_transport::Client::new()?;
/// let folder = SnapshotDownload::new("openai-community/gpt2".parse()?)
///     .allow_patterns(["*.json"])
///     .run(&client)
///     .await?;
/// println!("{}", folder.display());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is run"]
pub struct SnapshotDownload {
    repo_id: RepoId,
    repo_type: RepoType,
    revision: Revision,
    cache_dir: Option<PathBuf>,
    local_dir: Option<PathBuf>,
    allow_patterns: Option<Vec<String>>,
    ignore_patterns: Option<Vec<String>>,
    options: DownloadOptions,
}

option_setters!(SnapshotDownload, self.options);

impl SnapshotDownload {
    /// Creates a download of the default branch of the model `repo_id`.
    pub fn new(repo_id: RepoId) -> Self {
        Self {
            repo_id,
            repo_type: RepoType::Model,
            revision: Revision::default(),
            cache_dir: None,
            local_dir: None,
            allow_patterns: None,
            ignore_patterns: None,
            options: DownloadOptions::default(),
        }
    }

    /// Sets the type of the repository. By default, a model.
    pub fn repo_type(mut self, repo_type: RepoType) -> Self {
        self.repo_type = repo_type;
        self
    }

    /// Sets the branch, tag, pull request reference or commit. By default, `main`.
    pub fn revision(mut self, revision: Revision) -> Self {
        self.revision = revision;
        self
    }

    /// Sets the cache folder. By default, that of the client's configuration (`HF_HUB_CACHE`).
    pub fn cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(folder.into());
        self
    }

    /// Downloads the files themselves into this folder, instead of linking to the cache.
    pub fn local_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.local_dir = Some(folder.into());
        self
    }

    /// Downloads only files that match one of these patterns. They work like Python's `fnmatch`, and
    /// `folder/` matches everything in that folder.
    pub fn allow_patterns(mut self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allow_patterns = Some(patterns.into_iter().map(Into::into).collect());
        self
    }

    /// Excludes files that match one of these patterns.
    pub fn ignore_patterns(
        mut self,
        patterns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.ignore_patterns = Some(patterns.into_iter().map(Into::into).collect());
        self
    }

    /// Sets all options shared by downloads.
    pub fn options(mut self, options: DownloadOptions) -> Self {
        self.options = options;
        self
    }

    /// Downloads the files that are missing, and returns the folder of the snapshot.
    ///
    /// Files whose names this system cannot store are skipped, with a warning that names them. Dropping the
    /// future stops the downloads; the bytes received so far are kept for the next call.
    ///
    /// # Errors
    /// Returns the error of the Hub (`RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`, ...);
    /// `LocalEntryNotFound` or `IncompleteSnapshot` (which names the missing files) if the Hub cannot be
    /// reached and not everything is cached; `Checksum`, `Io` and `Validation` as for a single file.
    pub async fn run(&self, client: &Client) -> Result<PathBuf> {
        let session = Session::new(client, &self.options, self.repo_type, &self.repo_id)?;
        let folder = self.folder(client).await?;
        if let Some(dir) = &self.local_dir {
            let local = LocalDestination::new(dir, folder)?;
            self.download(&session, local).await
        } else {
            let cache = CacheDestination::new(client, folder);
            self.download(&session, cache).await
        }
    }

    /// Returns what [`run`](Self::run) would do for each file, without writing anything.
    ///
    /// # Errors
    /// The same as [`run`](Self::run), and `DryRun` if the Hub cannot be reached.
    pub async fn plan(&self, client: &Client) -> Result<Vec<DryRunFileInfo>> {
        let session = Session::new(client, &self.options, self.repo_type, &self.repo_id)?;
        let folder = self.folder(client).await?;
        if let Some(dir) = &self.local_dir {
            let local = LocalDestination::new(dir, folder)?;
            self.plan_for(&session, local).await
        } else {
            let cache = CacheDestination::new(client, folder);
            self.plan_for(&session, cache).await
        }
    }

    async fn folder(&self, client: &Client) -> Result<RepoCacheDir> {
        let cache_dir = self.cache_dir.as_deref();
        repo_cache_dir(client, cache_dir, self.repo_type, &self.repo_id).await
    }

    async fn download<D: Destination>(
        &self,
        session: &Session,
        mut destination: D,
    ) -> Result<PathBuf> {
        let (commit, tree) = match self.list(session, &destination, true).await? {
            Listed::Hub(commit, tree) => (commit, tree),
            Listed::Cached(root) => return Ok(root),
        };
        let specs = self.select(&tree)?;
        session.report(ProgressEvent::Begin {
            operation: OPERATION,
            files: Some(specs.len() as u64),
            bytes: Some(total_size(&specs)),
        });
        let done = self.fill(session, &mut destination, commit, specs).await;
        session.report(ProgressEvent::End {
            operation: OPERATION,
        });
        done.map(|()| destination.root(&commit))
    }

    /// Ensures that all files exist.
    async fn fill<D: Destination>(
        &self,
        session: &Session,
        destination: &mut D,
        commit: CommitHash,
        specs: Vec<FileSpec>,
    ) -> Result<()> {
        let missing = {
            let (destination, session) = (destination.clone(), session.clone());
            blocking(move || {
                let mut missing = specs;
                if session.force || fs::symlink_metadata(destination.root(&commit)).is_err() {
                    return Ok(missing);
                }
                let mut there = destination.are_current(&commit, &missing).into_iter();
                missing.retain(|spec| {
                    let there = there.next().unwrap_or(false);
                    if there {
                        session.report_present(spec);
                    }
                    !there
                });
                Ok(missing)
            })
            .await?
        };
        if !missing.is_empty() {
            destination.prepare(session).await?;
            let missing = {
                let (destination, revision) = (destination.clone(), self.revision.clone());
                blocking(move || {
                    destination.prepare_files(&revision, &commit, &missing)?;
                    refuse_collisions(&missing, &destination.metadata_dir())?;
                    Ok(missing)
                })
                .await?
            };
            queue::run(session, destination, commit, missing).await?;
        }
        let (destination, revision) = (destination.clone(), self.revision.clone());
        blocking(move || {
            // An empty snapshot is a folder too.
            let _ = fs::create_dir_all(destination.root(&commit));
            destination.record(&revision, &commit);
            Ok(())
        })
        .await
    }

    async fn plan_for<D: Destination>(
        &self,
        session: &Session,
        destination: D,
    ) -> Result<Vec<DryRunFileInfo>> {
        let (commit, tree) = match self.list(session, &destination, false).await? {
            Listed::Hub(commit, tree) => (commit, tree),
            Listed::Cached(_) => return Err(offline::plan_needs_hub(None)),
        };
        let (specs, force) = (self.select(&tree)?, session.force);
        blocking(move || {
            let plan = |spec: &FileSpec| plan_file(&destination, commit, spec, force);
            parallel::map(&specs, parallel::FILES, plan)
                .into_iter()
                .collect()
        })
        .await
    }

    /// Returns the commit and its files, or the snapshot on disk if the Hub cannot be reached.
    async fn list<D: Destination>(
        &self,
        session: &Session,
        destination: &D,
        downloading: bool,
    ) -> Result<Listed> {
        let cached = {
            let (destination, revision) = (destination.clone(), self.revision.clone());
            blocking(move || Ok(destination.snapshot(&revision))).await?
        };
        let folder = destination.metadata_dir();
        let ask = |attempts| {
            let repo = (session.repo_type, &*session.repo_id, &self.revision);
            list(&session.cx, repo, &folder, downloading, attempts)
        };
        let mut attempts = match &cached {
            Some(_) => Attempts::One,
            None => Attempts::Configured,
        };
        loop {
            let cause = match session.check_online() {
                Ok(()) => match ask(attempts).await {
                    Ok((commit, tree)) => return Ok(Listed::Hub(commit, tree)),
                    Err(e) if !may_use_cache(&e) => return Err(e),
                    Err(e) => Some(e),
                },
                Err(cause) => cause,
            };
            if !downloading {
                return Err(offline::plan_needs_hub(cause));
            }
            // A second attempt is worthwhile only if the Hub may have recovered by then.
            let again = attempts == Attempts::One
                && cause.as_ref().is_some_and(Error::is_retryable)
                && session.check_online().is_ok();
            let lookup = offline::Lookup {
                what: self.describe(),
                patterns: self.patterns(),
                metadata_dir: folder.clone(),
                cached: cached.clone(),
            };
            match blocking(move || lookup.run(cause)).await {
                Err(e) if again && e.kind() == ErrorKind::IncompleteSnapshot => {
                    attempts = Attempts::Configured;
                }
                found => return found.map(Listed::Cached),
            }
        }
    }

    fn describe(&self) -> String {
        let Self {
            repo_type,
            repo_id,
            revision,
            ..
        } = self;
        format!("the snapshot of {repo_type} `{repo_id}` at `{revision}`")
    }

    fn patterns(&self) -> PatternSet {
        PatternSet::new(self.allow_patterns.as_ref(), self.ignore_patterns.as_ref())
    }

    /// Returns the selected files. A name that would lead out of the folder rejects the whole list, because
    /// it means an attack or a broken server. A file that this system cannot store is skipped.
    fn select(&self, tree: &Tree) -> Result<Vec<FileSpec>> {
        let patterns = self.patterns();
        let collisions = tree.case_collisions();
        let mut specs = Vec::new();
        let mut left_out = Vec::new();
        for (path, file) in tree.files.iter().filter(|(path, _)| patterns.matches(path)) {
            match valid_path(path) {
                Ok(valid) => {
                    let mut spec = FileSpec::listed(valid, file).map_err(|e| self.refuse(&e))?;
                    spec.may_collide = collisions.contains(&**path);
                    specs.push(spec);
                }
                Err(_) if is_harmless(path) => left_out.push(format!("`{}`", path.escape_debug())),
                Err(e) => return Err(self.refuse(&e)),
            }
        }
        if !left_out.is_empty() {
            tracing::warn!(
                repo_id = %self.repo_id,
                "{} files were skipped, because their names cannot be stored here: {}",
                left_out.len(),
                left_out.join(", ")
            );
        }
        if specs.is_empty() && !tree.files.is_empty() {
            tracing::warn!(repo_id = %self.repo_id, "no file matches the patterns");
        }
        Ok(specs)
    }

    fn refuse(&self, err: &ValidationError) -> Error {
        Error::new(
            ErrorKind::Validation,
            format!("the file list of `{}` was rejected: {err}", self.repo_id),
        )
        .with_hint("ask the owner of the repository to rename the file, or leave it out with `ignore_patterns`")
    }
}

/// The source of a snapshot.
enum Listed {
    /// The commit and its files, from the Hub.
    Hub(CommitHash, Tree),
    /// The folder of the snapshot on disk.
    Cached(PathBuf),
}

/// Returns whether an invalid path is merely unusual: each of its parts names something in its folder.
fn is_harmless(path: &str) -> bool {
    let inside = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
    // A backslash separates names on Windows, and a colon follows a drive letter.
    path.split('/').all(inside)
        && path.split(['/', '\\']).all(inside)
        && path.as_bytes().get(1) != Some(&b':')
}
