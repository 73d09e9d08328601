//! Resolves a revision to a commit: `resolve_revision`.

use std::path::PathBuf;

use hf_transport::{Client, Error, ErrorKind, Result};
use hf_types::{CommitHash, RepoId, RepoType, ResolvedRevision, Revision};

use super::fallback::warn_stale;
use super::folders::repo_cache_dir;
use super::listing::resolve_commit;
use super::session::Session;
use crate::fetch::source::Attempts;
use crate::options::{DownloadOptions, option_setters};
use crate::store::lock::blocking;
use crate::store::refs::{read_ref, write_ref};

/// Resolves a branch, tag or pull request to its commit.
///
/// Sends `GET /api/{models|datasets|spaces}/{repo_id}/revision/{revision}`; no request if the revision is a
/// commit. The result is recorded in the cache's `refs`. If the Hub cannot be reached and the revision is
/// recorded there, the recorded commit is returned after a single attempt, with a warning.
///
/// ```no_run
/// use hf_cache::ResolveRevision;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = hf_transport::Client::new()?;
/// let resolved = ResolveRevision::new("openai-community/gpt2".parse()?).run(&client).await?;
/// println!("{resolved} is {}", resolved.resolved);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is run"]
pub struct ResolveRevision {
    repo_id: RepoId,
    repo_type: RepoType,
    revision: Option<Revision>,
    cache_dir: Option<PathBuf>,
    options: DownloadOptions,
}

option_setters!(ResolveRevision, self.options);

impl ResolveRevision {
    /// Creates a call that resolves the default branch of the model `repo_id`.
    pub fn new(repo_id: RepoId) -> Self {
        Self {
            repo_id,
            repo_type: RepoType::Model,
            revision: None,
            cache_dir: None,
            options: DownloadOptions::default(),
        }
    }

    /// Sets the type of the repository. By default, a model.
    pub fn repo_type(mut self, repo_type: RepoType) -> Self {
        self.repo_type = repo_type;
        self
    }

    /// Sets the branch, tag, pull request reference or commit. By default, the default branch.
    pub fn revision(mut self, revision: Revision) -> Self {
        self.revision = Some(revision);
        self
    }

    /// Sets the cache folder. By default, that of the client's configuration (`HF_HUB_CACHE`).
    pub fn cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(folder.into());
        self
    }

    /// Sets all options shared by downloads. Those that concern content have no effect here.
    pub fn options(mut self, options: DownloadOptions) -> Self {
        self.options = options;
        self
    }

    /// Resolves the revision.
    ///
    /// # Errors
    /// Returns the error of the Hub (`RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`, ...), or
    /// `RevisionResolution` if the Hub cannot be reached and the cache has no record of the revision.
    pub async fn run(&self, client: &Client) -> Result<ResolvedRevision> {
        let resolved = |commit| ResolvedRevision::new(self.revision.clone(), commit);
        if let Some(commit) = self.revision.as_ref().and_then(Revision::commit_hash) {
            return Ok(resolved(commit));
        }
        let session = Session::new(client, &self.options, self.repo_type, &self.repo_id)?;
        let cache_dir = self.cache_dir.as_deref();
        let folder = repo_cache_dir(client, cache_dir, self.repo_type, &self.repo_id).await?;
        let name = self.revision.clone().unwrap_or_default();
        let recorded = {
            let (folder, name) = (folder.clone(), name.clone());
            blocking(move || Ok(read_ref(&folder, &name))).await?
        };
        let cause = match self.ask(&session, recorded.is_some()).await {
            Ok(commit) => {
                blocking(move || {
                    if let Err(error) = write_ref(&folder, &name, &commit) {
                        tracing::warn!(%error, "the commit of `{name}` could not be recorded in the cache");
                    }
                    Ok(())
                })
                .await?;
                return Ok(resolved(commit));
            }
            Err(Some(e)) if !is_unreachable(&e) => return Err(e),
            Err(cause) => cause,
        };
        match recorded {
            Some(commit) => {
                let what = format!("the commit of `{name}` of `{}`", self.repo_id);
                warn_stale(&what, cause.as_ref());
                Ok(resolved(commit))
            }
            None => Err(unknown(&name, &self.repo_id, cause)),
        }
    }

    async fn ask(&self, session: &Session, recorded: bool) -> Result<CommitHash, Option<Error>> {
        session.check_online()?;
        let attempts = if recorded {
            Attempts::One
        } else {
            Attempts::Configured
        };
        let revision = self.revision.as_ref();
        resolve_commit(
            &session.cx,
            self.repo_type,
            &self.repo_id,
            revision,
            attempts,
        )
        .await
        .map_err(Some)
    }
}

/// Returns whether there was no response from the Hub, as opposed to a negative one.
fn is_unreachable(err: &Error) -> bool {
    match err.status() {
        Some(status) => status.is_server_error(),
        None => matches!(
            err.kind(),
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::OfflineMode
        ),
    }
}

fn unknown(name: &Revision, repo_id: &RepoId, cause: Option<Error>) -> Error {
    let why = if cause.is_some() {
        "the Hub could not be reached"
    } else {
        "`local_files_only` is set"
    };
    let error = Error::new(
        ErrorKind::RevisionResolution,
        format!("the commit of `{name}` of `{repo_id}` is unknown: {why}, and the cache has none"),
    );
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}
