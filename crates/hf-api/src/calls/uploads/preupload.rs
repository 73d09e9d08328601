//! Uploads of large files ahead of the commit that refers to them.

use hf_commit::{CommitOperationAdd, CommitOptions, PreuploadLfsFiles, PreuploadedFile};
use hf_types::{Param, RepoId, RepoType, Revision};

use super::{target, upload_setters, with_call_options};
use crate::call::{Arg, Context, Operation};
use crate::{Call, HfApi, Result};

/// Uploads large files to storage ahead of the commit that names them, so that
/// their bytes need not be kept until then.
///
/// Regular files, and those that `.gitignore` excludes, are not sent. Returns
/// the files as operations for [`create_commit`](HfApi::create_commit), in the
/// order of `additions`.
///
/// `POST /api/{repo_type}s/{repo_id}/preupload/{revision}`, then the requests
/// that upload large files.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::commit::{CommitOperation, CommitOperationAdd};
/// let weights = CommitOperationAdd::from_path("weights.safetensors", "out/weights.safetensors")?;
/// let stored = api.preupload_lfs_files("user/name", [weights]).await?;
/// let operations = stored.into_iter().map(CommitOperation::from);
/// api.create_commit("user/name", operations, "New weights").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// Those of [`create_commit`](HfApi::create_commit).
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Vec<PreuploadedFile>, progress)]
pub struct PreuploadLfsFilesCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The files, as operations of a commit.
    #[call(arg)]
    additions: Vec<CommitOperationAdd>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, or a pull request (`refs/pr/1`). By default, `main`.
    revision: Arg<Revision>,
    /// Whether the commit will open a pull request.
    create_pr: Option<bool>,
    /// The maximum number of requests that send bytes at once. By default, 16.
    num_threads: Option<usize>,
    /// Whether to drop bytes once they are sent, as in Python. This call always
    /// does; clone the operation to keep them.
    #[call(default = true)]
    free_memory: bool,
    /// The content of the `.gitignore` to apply. By default, the one among the
    /// files.
    gitignore_content: Option<String>,
    #[call(rust_only)]
    options: CommitOptions,
}

impl Operation for PreuploadLfsFilesCall {
    async fn run(self, api: HfApi) -> Result<Vec<PreuploadedFile>> {
        let target = target(&self.repo_id, &self.repo_type, &self.revision)?;
        let mut options =
            with_call_options(&api, self.options).create_pr(self.create_pr == Some(true));
        if let Some(threads) = self.num_threads {
            options = options.num_threads(threads);
        }
        let mut upload = PreuploadLfsFiles::new(target, self.additions).options(options);
        if let Some(gitignore) = self.gitignore_content {
            upload = upload.gitignore_content(gitignore);
        }
        upload.run(api.client()).await
    }
}

upload_setters!(PreuploadLfsFilesCall);

/// # Uploading ahead of a commit
impl HfApi {
    preupload_lfs_files!();
}
