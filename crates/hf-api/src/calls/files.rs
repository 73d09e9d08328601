//! Files and folders of a repository, as the Hub lists them.

use hf_transport::path;
use hf_types::{RepoPath, RepoTreeEntry};

use super::support::Repo;
use crate::call::{Context, Endpoint, Listing};
use crate::{Call, Error, ErrorKind, HfApi, Reply, Request, Result};

/// Lists files and folders of a repository.
///
/// `GET /api/{repo_type}s/{repo_id}/tree/{revision}/{path_in_repo}`, page by
/// page.
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `EntryNotFound` for a folder
/// that is not there.
#[derive(Debug, Clone, Call)]
#[call(kind = list)]
pub struct ListRepoTreeCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub repo_id: String,
    /// The folder to list; the root otherwise.
    pub path_in_repo: Option<String>,
    /// Also what is in its folders.
    pub recursive: bool,
    /// Also the last commit and the security scan of each, more slowly.
    pub expand: bool,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    pub revision: Option<String>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub repo_type: Option<String>,
}

impl Listing for ListRepoTreeCall {
    type Item = RepoTreeEntry;

    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, self.repo_type.as_deref())?;
        let mut target = repo.api_at("tree", self.revision.as_deref())?;
        if let Some(folder) = self.path_in_repo.as_deref().filter(|path| !path.is_empty()) {
            target.push('/');
            target.push_str(&path::segment(folder));
        }
        Ok(Request::get(target)
            .query("recursive", self.recursive)
            .query("expand", self.expand))
    }
}

/// Says whether a file is in a repository, without downloading it.
///
/// `HEAD /{repo_id}/resolve/{revision}/{filename}`. A repository or revision
/// that is not there gives `false`.
///
/// # Errors
/// `GatedRepo` where the token has no access.
#[derive(Debug, Clone, Call)]
#[call(kind = request)]
pub struct FileExistsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub repo_id: String,
    /// The path of the file in the repository.
    #[call(arg)]
    pub filename: String,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub repo_type: Option<String>,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    pub revision: Option<String>,
}

impl Endpoint for FileExistsCall {
    type Output = bool;

    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, self.repo_type.as_deref())?;
        let filename: RepoPath = self.filename.parse()?;
        Ok(resolve_request(
            Request::head(repo.resolve(&filename, self.revision.as_deref())?),
        ))
    }

    fn decode(&self, _reply: Reply, _api: &HfApi) -> Result<bool> {
        Ok(true)
    }

    fn recover(&self, error: Error, _api: &HfApi) -> Result<bool> {
        match error.kind() {
            ErrorKind::RepositoryNotFound
            | ErrorKind::RevisionNotFound
            | ErrorKind::EntryNotFound => Ok(false),
            _ => Err(error),
        }
    }
}

/// A `HEAD` of a file: redirects on the Hub are followed, one to storage is
/// an answer, and lengths are those of the file itself.
pub(super) fn resolve_request(request: Request) -> Request {
    request
        .redirect(crate::transport::RedirectMode::SameOrigin)
        .accept_compressed(false)
}
