//! Large files in the LFS storage of a repository.

use hf_types::{LFSFileInfo, Param, RepoId, RepoType};
use serde_json::json;

use super::support::Repo;
use crate::call::{Arg, Context, Listing, Operation};
use crate::{Call, HfApi, Request, Result};

/// The most files that one request deletes.
const DELETIONS: usize = 1000;

/// Lists the large files in the LFS storage of a repository, those of all
/// commits.
///
/// `GET /api/{repo_type}s/{repo_id}/lfs-files`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for file in api.list_lfs_files("user/name").await? {
///     println!("{} {:?} bytes", file.filename, file.size);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = LFSFileInfo)]
pub struct ListLfsFilesCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
}

impl Listing for ListLfsFilesCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        Ok(Request::get(format!("{}/lfs-files", repo.api())))
    }
}

/// Deletes large files from the LFS storage of a repository.
///
/// This cannot be undone.
///
/// `POST /api/{repo_type}s/{repo_id}/lfs-files/batch`, 1,000 files per request.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let files = api.list_lfs_files("user/name").await?;
/// let old = files.into_iter().filter(|file| file.filename.ends_with(".ckpt"));
/// api.permanently_delete_lfs_files("user/name", old).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ())]
pub struct PermanentlyDeleteLfsFilesCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The files, as [`list_lfs_files`](HfApi::list_lfs_files) returns them.
    #[call(arg)]
    lfs_files: Vec<LFSFileInfo>,
    /// Whether to rewrite the commits that refer to the files.
    #[call(default = true)]
    rewrite_history: bool,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
}

impl Operation for PermanentlyDeleteLfsFilesCall {
    async fn run(self, api: HfApi) -> Result<()> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        for files in self.lfs_files.chunks(DELETIONS) {
            let shas: Vec<&str> = files.iter().map(|file| file.file_oid.as_str()).collect();
            let body = json!({
                "deletions": {"sha": shas, "rewriteHistory": self.rewrite_history}
            });
            let request = Request::post(format!("{}/lfs-files/batch", repo.api()))
                .json(&body)
                .operation("permanently_delete_lfs_files");
            api.fetch(request).await?;
        }
        Ok(())
    }
}

/// # LFS storage
impl HfApi {
    list_lfs_files!();
    permanently_delete_lfs_files!();
}
