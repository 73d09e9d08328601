//! Uploads of large files ahead of the commit that names them.

use hf_commit::{CommitOperationAdd, CommitOptions, PreuploadLfsFiles, PreuploadedFile};
use hf_types::{Param, RepoId, RepoType, Revision};

use super::{target, upload_setters, with_call_options};
use crate::call::{Arg, Context, Operation};
use crate::{Call, HfApi, Result};

/// Uploads large files to storage ahead of the commit that names them, so
/// that their bytes need not be kept until then.
///
/// Regular files and those that `.gitignore` excludes are left alone. Returns
/// the files as operations for [`create_commit`](HfApi::create_commit), in the
/// order of `additions`.
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
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Arg<RepoType>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    revision: Arg<Revision>,
    /// Whether the commit will open a pull request.
    create_pr: Option<bool>,
    /// How many requests send bytes at a time; 16 otherwise.
    num_threads: Option<usize>,
    /// As in Python; here the call never keeps bytes that are sent. Keep a
    /// clone of the operation to have them afterwards.
    #[call(default = true)]
    free_memory: bool,
    /// The `.gitignore` to go by; one among the files otherwise.
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
