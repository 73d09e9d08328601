//! Listing the files and folders of a repository.

use hf_transport::path;
use hf_types::{Param, RepoId, RepoPath, RepoTreeEntry, RepoType, Revision};

use futures_util::TryStreamExt;

use super::support::Repo;
use crate::call::{Arg, Context, Listing, OneOrMany, Operation, SingleRequest};
use crate::{BufferedResponse, Call, Error, ErrorKind, HfApi, Request, Result};

/// Lists the files and folders of a repository.
///
/// `GET /api/{repo_type}s/{repo_id}/tree/{revision}/{path_in_repo}`, page by
/// page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for entry in api.list_repo_tree("gpt2").path_in_repo("onnx").recursive(true).await? {
///     println!("{}", entry.path());
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`; `EntryNotFound` if the folder does
/// not exist; `Validation` for a path that no folder can have.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = RepoTreeEntry)]
pub struct ListRepoTreeCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// The folder to list. By default, the root.
    pub(super) path_in_repo: Option<String>,
    /// Whether to list the contents of its folders as well.
    pub(super) recursive: bool,
    /// Whether to return the last commit and the security scan of each entry as
    /// well, which is slower.
    pub(super) expand: bool,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    pub(super) revision: Arg<Revision>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
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

/// Returns whether a file is in a repository.
///
/// It is `false` if the repository or the revision does not exist.
///
/// `HEAD /{repo_id}/resolve/{revision}/{filename}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// assert!(api.file_exists("gpt2", "config.json").await?);
/// # Ok(()) }
/// ```
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
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    revision: Arg<Revision>,
}

impl SingleRequest for FileExistsCall {
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

/// Configures the `HEAD` of a file: redirects within the Hub are followed, a
/// redirect to storage is the response, and lengths are those of the file.
pub(super) fn resolve_request(request: Request) -> Request {
    request
        .redirect(crate::transport::RedirectMode::SameOrigin)
        .accept_compressed(false)
}

/// Returns the paths of all files in a repository.
///
/// `GET /api/{repo_type}s/{repo_id}/tree/{revision}`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let paths = api.list_repo_files("gpt2").await?;
/// assert!(paths.iter().any(|path| path == "config.json"));
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Vec<String>)]
pub struct ListRepoFilesCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    revision: Arg<Revision>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
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

/// Returns information about files and folders of a repository, by their paths.
///
/// A path that does not exist is left out.
///
/// `POST /api/{repo_type}s/{repo_id}/paths-info/{revision}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let found = api.get_paths_info("gpt2", ["config.json", "onnx"]).await?;
/// println!("{} of 2 exist", found.len());
/// # Ok(()) }
/// ```
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
    /// The path, or the list of paths.
    #[call(arg)]
    pub(super) paths: OneOrMany<String>,
    /// Whether to return the last commit and the security scan of each entry as
    /// well, which is slower.
    pub(super) expand: bool,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    pub(super) revision: Arg<Revision>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    pub(super) repo_type: Arg<RepoType>,
}

impl SingleRequest for GetPathsInfoCall {
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
