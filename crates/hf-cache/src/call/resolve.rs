//! `resolve_revision`: the commit a name stands for.

use std::path::PathBuf;

use hf_transport::{Client, Error, ErrorKind, Request, Result, TokenMode, path};
use hf_types::{CommitHash, RepoId, RepoType, ResolvedRevision, Revision};
use serde::Deserialize;

use super::options::cache_dir;
use crate::store::layout::RepoCacheDir;
use crate::store::refs::{read_ref, write_ref};

/// Resolves a branch, tag or pull request to its commit.
///
/// `GET /api/{models|datasets|spaces}/{repo_id}/revision/{revision}`; no request for a commit. The answer is noted in the
/// cache's `refs`, which serve when the Hub cannot be asked.
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
pub struct ResolveRevision {
    /// The repository.
    pub repo_id: RepoId,
    /// Kind of repository; a model by default.
    pub repo_type: RepoType,
    /// Branch, tag, pull request reference or commit; the default branch if `None`.
    pub revision: Option<Revision>,
    /// The cache; by default the one of the client's configuration (`HF_HUB_CACHE`).
    pub cache_dir: Option<PathBuf>,
    /// Looks at the disk only.
    pub local_files_only: bool,
    /// Which token to send.
    pub token: TokenMode,
}

impl ResolveRevision {
    /// The default branch of the model `repo_id`.
    pub fn new(repo_id: RepoId) -> Self {
        Self {
            repo_id,
            repo_type: RepoType::Model,
            revision: None,
            cache_dir: None,
            local_files_only: false,
            token: TokenMode::Default,
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// What the Hub answers (`RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`, ...); `RevisionResolution` if it cannot be
    /// asked and the cache does not know.
    pub async fn run(self, client: &Client) -> Result<ResolvedRevision> {
        if let Some(commit) = self.revision.as_ref().and_then(Revision::commit_hash) {
            return Ok(ResolvedRevision::new(self.revision, commit));
        }
        let folder = RepoCacheDir::new(
            cache_dir(client, self.cache_dir.as_deref())?,
            self.repo_type,
            &self.repo_id,
        );
        let name = self.revision.clone().unwrap_or_default();
        let cause = if self.local_files_only {
            None
        } else {
            match self.ask(client).await {
                Ok(commit) => {
                    if let Err(error) = write_ref(&folder, &name, &commit) {
                        tracing::warn!(%error, "the commit of `{name}` is not noted in the cache");
                    }
                    return Ok(ResolvedRevision::new(self.revision, commit));
                }
                Err(error) if is_out_of_reach(&error) => Some(error),
                Err(error) => return Err(error),
            }
        };
        match read_ref(&folder, &name) {
            Some(commit) => Ok(ResolvedRevision::new(self.revision, commit)),
            None => Err(unknown(&name, &self.repo_id, cause)),
        }
    }

    async fn ask(&self, client: &Client) -> Result<CommitHash> {
        #[derive(Deserialize)]
        struct Info {
            sha: String,
        }

        let mut target = format!("/api/{}/{}", self.repo_type.api_plural(), self.repo_id);
        if let Some(revision) = &self.revision {
            target = format!("{target}/revision/{}", path::segment(revision.as_str()));
        }
        let request = Request::get(target)
            .token(self.token.clone())
            .operation("resolve_revision");
        let info: Info = client.fetch(request).await?.json()?;
        Ok(info.sha.parse()?)
    }
}

/// Whether the Hub did not answer, rather than said no.
fn is_out_of_reach(error: &Error) -> bool {
    match error.status() {
        Some(status) => status.is_server_error(),
        None => matches!(
            error.kind(),
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::OfflineMode
        ),
    }
}

fn unknown(name: &Revision, repo_id: &RepoId, cause: Option<Error>) -> Error {
    let why = if cause.is_some() {
        "the Hub could not be asked"
    } else {
        "only the cache was to be asked"
    };
    let error = Error::new(
        ErrorKind::RevisionResolution,
        format!("no commit is known for `{name}` of `{repo_id}`: {why}, and the cache has none"),
    );
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}
