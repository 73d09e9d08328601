//! Files and folders of a repository, as the Hub lists them.

use hf_transport::path;
use hf_types::{Param, RepoId, RepoPath, RepoTreeEntry, RepoType, Revision};

use futures_util::TryStreamExt;

use super::support::Repo;
use crate::call::{Arg, Context, Endpoint, Listing, OneOrMany, Operation};
use crate::{BufferedResponse, Call, Error, ErrorKind, HfApi, Request, Result};

/// Lists files and folders of a repository.
///
/// `GET /api/{repo_type}s/{repo_id}/tree/{revision}/{path_in_repo}`, page by
/// page.
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `EntryNotFound` for a folder
/// that is not there, `Validation` for one that cannot be.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = RepoTreeEntry)]
pub struct ListRepoTreeCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// The folder to list; the root otherwise.
    pub(super) path_in_repo: Option<String>,
    /// Also what is in its folders.
    pub(super) recursive: bool,
    /// Also the last commit and the security scan of each, more slowly.
    pub(super) expand: bool,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    pub(super) revision: Arg<Revision>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub(super) repo_type: Arg<RepoType>,
}

impl Listing for ListRepoTreeCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let mut target = repo.api_at("tree", &self.revision)?;
        if let Some(folder) = self.path_in_repo.as_deref().filter(|path| !path.is_empty()) {
            folder.trim_end_matches('/').parse::<RepoPath>()?;
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
#[call(kind = request, returns = bool)]
pub struct FileExistsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The path of the file in the repository.
    #[call(arg)]
    filename: String,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Arg<RepoType>,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    revision: Arg<Revision>,
}

impl Endpoint for FileExistsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let filename: RepoPath = self.filename.parse()?;
        Ok(resolve_request(Request::head(
            repo.resolve(&filename, &self.revision)?,
        )))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<bool> {
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

/// The paths of all files in a repository.
///
/// Rests on [`list_repo_tree`](HfApi::list_repo_tree).
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Vec<String>)]
pub struct ListRepoFilesCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    revision: Arg<Revision>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Arg<RepoType>,
}

impl Operation for ListRepoFilesCall {
    async fn run(self, api: HfApi) -> Result<Vec<String>> {
        let mut tree = api.list_repo_tree(self.repo_id).recursive(true);
        tree.revision = self.revision;
        tree.repo_type = self.repo_type;
        tree.stream()
            .try_filter_map(|entry| std::future::ready(Ok(entry.into_file().map(|file| file.path))))
            .try_collect()
            .await
    }
}

/// Information on files and folders of a repository, by their paths. A path
/// that is not there is left out.
///
/// `POST /api/{repo_type}s/{repo_id}/paths-info/{revision}`.
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<RepoTreeEntry>)]
pub struct GetPathsInfoCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// One path or several.
    #[call(arg)]
    pub(super) paths: OneOrMany<String>,
    /// Also the last commit and the security scan of each, more slowly.
    pub(super) expand: bool,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    pub(super) revision: Arg<Revision>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub(super) repo_type: Arg<RepoType>,
}

impl Endpoint for GetPathsInfoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let expand = self.expand.to_string();
        let mut form: Vec<(&str, &str)> = self
            .paths
            .as_slice()
            .iter()
            .map(|path| ("paths", path.as_str()))
            .collect();
        form.push(("expand", &expand));
        // It reads, so it may be repeated.
        Ok(Request::post(repo.api_at("paths-info", &self.revision)?)
            .form(form)
            .idempotent(true))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Vec<RepoTreeEntry>> {
        response.json()
    }
}

/// # Listing files
impl HfApi {
    list_repo_tree!();
    file_exists!();
    list_repo_files!();
    get_paths_info!();
}
