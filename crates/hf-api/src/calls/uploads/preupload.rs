//! Uploads of large files ahead of the commit that names them.

use hf_commit::{CommitOperationAdd, PreuploadLfsFiles};

use super::{UploadOptions, call_options, target, upload_options, upload_setters};
use crate::call::{Context, Operation};
use crate::{Call, HfApi, Result};

/// Uploads large files to storage ahead of the commit that names them, so
/// that their bytes need not be kept until then.
///
/// Regular files and those that `.gitignore` excludes are left alone.
///
/// # Errors
/// Those of [`create_commit`](HfApi::create_commit).
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = (), progress)]
pub struct PreuploadLfsFilesCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: String,
    /// The files, as operations of a commit.
    #[call(arg)]
    additions: Vec<CommitOperationAdd>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    revision: Option<String>,
    /// Whether the commit will open a pull request.
    create_pr: Option<bool>,
    /// How many requests send bytes at a time; 16 otherwise.
    num_threads: Option<usize>,
    /// Whether to let go of a file's bytes once they are sent.
    #[call(default = true)]
    free_memory: bool,
    /// The `.gitignore` to go by; one among the files otherwise.
    gitignore_content: Option<String>,
    #[call(rust_only)]
    more: UploadOptions,
}

impl Operation for PreuploadLfsFilesCall {
    async fn run(self, api: HfApi) -> Result<()> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let upload = call_options!(api, PreuploadLfsFiles::new(target, self.additions))
            .create_pr(self.create_pr == Some(true))
            .free_memory(self.free_memory);
        let mut upload = upload_options!(api, self.more, upload);
        if let Some(threads) = self.num_threads {
            upload = upload.num_threads(threads);
        }
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
