//! Downloads one file: `hf_hub_download`.

use std::path::PathBuf;

use hf_transport::progress::ProgressEvent;
use hf_transport::{Client, Error, ErrorKind, Result};
use hf_types::{CommitHash, DryRunFileInfo, RepoId, RepoPath, RepoType, Revision};

use super::destination::{CacheDestination, Destination, Existing, LocalDestination};
use super::ensure::{Found, WhenLocked, ensure};
use super::fallback::{may_use_cache, not_cached, warn_stale};
use super::folders::{repo_cache_dir, repo_path};
use super::listing::resolve_commit;
use super::lookup::{ask, from_tree, missing};
use super::session::Session;
use crate::fetch::source::Attempts;
use crate::options::{DownloadOptions, option_setters};
use crate::store::layout::RepoCacheDir;
use crate::store::lock::blocking;
use crate::store::spec::FileSpec;

/// Downloads one file, unless it is cached.
///
/// | what is cached | revision | requests |
/// |---|---|---|
/// | the file | commit hash | none |
/// | the file, current | branch or tag | 1: `HEAD` on the file |
/// | nothing | any | 1: `GET` on the file, and what it redirects to |
/// | an older version | branch or tag | 2: `HEAD`, then `GET` |
/// | the content of a large file, under another revision | any | 1: `GET` on the file, whose redirect is not followed |
/// | the file list of the commit | commit hash | 1: `GET` |
///
/// The content is verified while it arrives, and the file appears under its name only if the hash is correct.
/// Bytes received by an interrupted download are kept, and the next download continues from there, in this
/// process or another.
///
/// If a version of the file is cached and the Hub cannot be reached, the cached file is returned after a
/// single attempt, with a warning.
///
/// ```no_run
/// use hf_cache::HfHubDownload;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = hf_transport::Client::new()?;
/// let path = HfHubDownload::new("openai-community/gpt2".parse()?, "config.json").run(&client).await?;
/// println!("{}", path.display());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is run"]
pub struct HfHubDownload {
    repo_id: RepoId,
    filename: String,
    subfolder: Option<String>,
    repo_type: RepoType,
    revision: Revision,
    cache_dir: Option<PathBuf>,
    local_dir: Option<PathBuf>,
    options: DownloadOptions,
}

option_setters!(HfHubDownload, self.options);

impl HfHubDownload {
    /// Creates a download of `filename` from the default branch of the model `repo_id`.
    pub fn new(repo_id: RepoId, filename: impl Into<String>) -> Self {
        Self {
            repo_id,
            filename: filename.into(),
            subfolder: None,
            repo_type: RepoType::Model,
            revision: Revision::default(),
            cache_dir: None,
            local_dir: None,
            options: DownloadOptions::default(),
        }
    }

    /// Sets the folder of the file in the repository. `filename` is relative to it.
    pub fn subfolder(mut self, subfolder: impl Into<String>) -> Self {
        self.subfolder = Some(subfolder.into());
        self
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

    /// Downloads the file itself into this folder, instead of linking to the cache.
    pub fn local_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.local_dir = Some(folder.into());
        self
    }

    /// Sets all options shared by downloads.
    pub fn options(mut self, options: DownloadOptions) -> Self {
        self.options = options;
        self
    }

    /// Downloads the file if necessary, and returns its path.
    ///
    /// Dropping the future stops the download. The bytes received so far are kept for the next one.
    ///
    /// # Errors
    /// Returns the error of the Hub (`RepositoryNotFound`, `RevisionNotFound`, `EntryNotFound`, `GatedRepo`,
    /// ...); `LocalEntryNotFound` if the Hub cannot be reached and the file is not cached; `Checksum` if the
    /// received bytes do not match the announced hash; `Io` if the disk fails; `Validation` if the name
    /// cannot be that of a file.
    pub async fn run(&self, client: &Client) -> Result<PathBuf> {
        let session = Session::new(client, &self.options, self.repo_type, &self.repo_id)?;
        let path = repo_path(self.subfolder.as_deref(), &self.filename)?;
        session.report(ProgressEvent::Begin {
            operation: "hf_hub_download",
            files: Some(1),
            bytes: None,
        });
        let folder = self.folder(client).await?;
        let done = if let Some(dir) = &self.local_dir {
            let local = LocalDestination::new(dir, folder)?;
            self.download(&session, local, path).await
        } else {
            let cache = CacheDestination::new(client, folder);
            self.download(&session, cache, path).await
        };
        session.report(ProgressEvent::End {
            operation: "hf_hub_download",
        });
        done
    }

    /// Returns what [`run`](Self::run) would do, without writing anything. Sends at most one `HEAD` request.
    ///
    /// # Errors
    /// The same as [`run`](Self::run).
    pub async fn plan(&self, client: &Client) -> Result<DryRunFileInfo> {
        let session = Session::new(client, &self.options, self.repo_type, &self.repo_id)?;
        let path = repo_path(self.subfolder.as_deref(), &self.filename)?;
        let folder = self.folder(client).await?;
        if let Some(dir) = &self.local_dir {
            let local = LocalDestination::new(dir, folder)?;
            self.plan_for(&session, local, path).await
        } else {
            let cache = CacheDestination::new(client, folder);
            self.plan_for(&session, cache, path).await
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
        path: RepoPath,
    ) -> Result<PathBuf> {
        let (commit, spec, found) = match self.locate(session, &destination, &path, false).await? {
            Located::Present(existing) => {
                let reporter = &session.cx.reporter;
                reporter.present(path.as_str(), existing.size);
                return Ok(existing.file);
            }
            Located::Remote(remote) => (remote.commit, remote.spec, remote.found),
        };
        let there = {
            let (destination, spec, force) = (destination.clone(), spec.clone(), session.force);
            blocking(move || Ok(!force && destination.is_current(&commit, &spec))).await?
        };
        let file = if there {
            session.report_present(&spec);
            destination.paths(&commit, &spec)?.file
        } else {
            destination.prepare(session).await?;
            let wait = WhenLocked::Wait;
            let ensured = ensure(session, &destination, commit, spec.clone(), found, wait).await?;
            match ensured {
                Some(file) => file,
                None => destination.paths(&commit, &spec)?.file,
            }
        };
        let revision = self.revision.clone();
        blocking(move || {
            destination.record(&revision, &commit);
            Ok(file)
        })
        .await
    }

    async fn plan_for<D: Destination>(
        &self,
        session: &Session,
        destination: D,
        path: RepoPath,
    ) -> Result<DryRunFileInfo> {
        let filename = path.as_str().to_owned();
        match self.locate(session, &destination, &path, true).await? {
            Located::Present(existing) => {
                let Some(commit_hash) = existing.commit else {
                    return Err(not_cached(None, &self.describe(&path)));
                };
                let mut plan = DryRunFileInfo::new(commit_hash, filename, existing.file);
                plan.file_size = existing.size;
                plan.is_cached = true;
                plan.will_download = session.force;
                Ok(plan)
            }
            Located::Remote(remote) => {
                let Remote { commit, spec, .. } = *remote;
                let force = session.force;
                blocking(move || plan_file(&destination, commit, &spec, force)).await
            }
        }
    }

    /// Finds the file: on disk if that is sufficient, else on the Hub, else an earlier version on disk.
    async fn locate<D: Destination>(
        &self,
        session: &Session,
        destination: &D,
        path: &RepoPath,
        planning: bool,
    ) -> Result<Located> {
        let existing = {
            let (destination, revision, path) =
                (destination.clone(), self.revision.clone(), path.clone());
            blocking(move || Ok(destination.existing(&revision, &path))).await?
        };
        if let Some(existing) = existing
            .as_ref()
            .filter(|e| e.exact && (planning || !session.force))
        {
            return Ok(Located::Present(existing.clone()));
        }
        let online = match session.check_online() {
            Ok(()) => self
                .look_up(session, destination, path, existing.is_some(), planning)
                .await
                .map_err(Some),
            Err(cause) => Err(cause),
        };
        let cause = match online {
            Ok(located) => return Ok(located),
            Err(cause) => cause,
        };
        if let Some(e) = &cause {
            if !planning
                && e.kind() == ErrorKind::EntryNotFound
                && let Some(commit) = self.revision.commit_hash().or_else(|| commit_of(e))
            {
                let (destination, revision, path) =
                    (destination.clone(), self.revision.clone(), path.clone());
                blocking(move || {
                    destination.record_missing(&revision, &commit, &path);
                    Ok(())
                })
                .await?;
            }
            if session.force || !may_use_cache(e) {
                return Err(cause.unwrap_or_else(|| not_cached(None, &self.describe(path))));
            }
        }
        match existing {
            Some(existing) => {
                warn_stale(&self.describe(path), cause.as_ref());
                Ok(Located::Present(existing))
            }
            None => Err(not_cached(cause, &self.describe(path))),
        }
    }

    /// Returns the metadata of the file, from the commit's file list on disk or else with a request.
    async fn look_up<D: Destination>(
        &self,
        session: &Session,
        destination: &D,
        path: &RepoPath,
        exists: bool,
        planning: bool,
    ) -> Result<Located> {
        let metadata_dir = destination.metadata_dir();
        if let Some(commit) = self.revision.commit_hash()
            && let Some(spec) = from_tree(&metadata_dir, commit, path).await?
        {
            return Ok(Located::Remote(Box::new(Remote {
                commit,
                spec,
                found: Found::default(),
            })));
        }
        let target = session.target(self.revision.as_str(), path);
        let (commit, spec, found) = ask(&session.cx, target, path, exists, planning).await?;
        let commit = match commit {
            Some(commit) => commit,
            None => self.resolve(session).await?,
        };
        // A snapshot may have left the file list of this commit. It identifies the content, which a mirror's
        // headers may not.
        let spec = from_tree(&metadata_dir, commit, path)
            .await?
            .unwrap_or(spec);
        Ok(Located::Remote(Box::new(Remote {
            commit,
            spec,
            found,
        })))
    }

    /// Returns the commit, if the response about the file did not contain it.
    async fn resolve(&self, session: &Session) -> Result<CommitHash> {
        let (repo_type, repo_id) = (self.repo_type, &self.repo_id);
        let (revision, attempts) = (Some(&self.revision), Attempts::Configured);
        let resolved = resolve_commit(&session.cx, repo_type, repo_id, revision, attempts).await;
        resolved.map_err(|cause| missing("commit in `X-Repo-Commit`").with_source(cause))
    }

    fn describe(&self, path: &RepoPath) -> String {
        let Self {
            repo_type,
            repo_id,
            revision,
            ..
        } = self;
        format!("`{path}` of {repo_type} `{repo_id}` at `{revision}`")
    }
}

/// The place where a file was found.
enum Located {
    /// On disk, with nothing left to do.
    Present(Existing),
    /// On the Hub.
    Remote(Box<Remote>),
}

struct Remote {
    commit: CommitHash,
    spec: FileSpec,
    found: Found,
}

/// Returns the plan for a file.
pub(super) fn plan_file<D: Destination>(
    destination: &D,
    commit: CommitHash,
    spec: &FileSpec,
    force: bool,
) -> Result<DryRunFileInfo> {
    let is_cached = destination.has_content(&commit, spec);
    let local_path = destination.paths(&commit, spec)?.file;
    let mut plan = DryRunFileInfo::new(commit, spec.path.as_str(), local_path);
    plan.file_size = spec.size;
    plan.is_cached = is_cached;
    plan.will_download = force || !is_cached;
    Ok(plan)
}

/// Returns the commit at which the Hub says that a file does not exist.
fn commit_of(err: &Error) -> Option<CommitHash> {
    err.repo_commit()?.parse().ok()
}
