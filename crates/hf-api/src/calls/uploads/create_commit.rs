//! A commit of any operations.

use hf_commit::{CommitOperation, CreateCommit};
use hf_types::CommitInfo;

use super::{UploadOptions, commit_options, target, upload_options, upload_setters};
use crate::call::{Context, Operation};
use crate::{Call, HfApi, Result};

/// Commits additions, deletions and copies of files at once.
///
/// Large files go to storage first, through the Git LFS protocol; the commit
/// is `POST /api/{repo_type}s/{repo_id}/commit/{revision}`. Files that are in
/// the repository already, unchanged, are left out; if nothing is left, there
/// is no commit and the result is the branch's head.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::commit::{CommitOperation, CommitOperationAdd, CommitOperationDelete};
/// let operations: Vec<CommitOperation> = vec![
///     CommitOperationAdd::from_path("weights.safetensors", "out/weights.safetensors")?.into(),
///     CommitOperationDelete::new("weights.bin")?.into(),
/// ];
/// let commit = api.create_commit("user/name", operations, "New weights").await?;
/// println!("{}", commit.commit_url);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `Forbidden` without write access;
/// `PreconditionFailed` when `parent_commit` is no longer the head; `Io` for
/// a file that cannot be read or changes meanwhile, and then nothing is
/// committed.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, progress)]
pub struct CreateCommitCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub repo_id: String,
    /// What the commit does:
    /// `[{"op": "add" | "delete" | "copy", "path_in_repo", ...}]`.
    #[call(arg)]
    pub operations: Vec<CommitOperation>,
    /// The title of the commit.
    #[call(arg)]
    pub commit_message: String,
    /// The text of the commit.
    pub commit_description: Option<String>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    pub revision: Option<String>,
    /// Whether to open a pull request with the commit.
    pub create_pr: Option<bool>,
    /// How many requests send bytes at a time; 16 otherwise.
    pub num_threads: Option<usize>,
    /// The commit that must be the head still.
    pub parent_commit: Option<String>,
    /// For Spaces: whether to try a hot reload instead of a restart.
    #[call(name = "_hot_reload")]
    pub hot_reload: Option<bool>,
    /// When others have committed after `parent_commit`: whether to commit on
    /// top of that, if no path of this commit has changed since.
    pub rebase: bool,
    #[call(local)]
    more: UploadOptions,
}

impl Operation for CreateCommitCall {
    type Output = CommitInfo;

    async fn run(self, api: HfApi) -> Result<CommitInfo> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let commit = CreateCommit::new(target, self.operations, self.commit_message.as_str());
        let mut commit = upload_options!(
            api,
            self.more,
            commit_options!(self, api, commit).hot_reload(self.hot_reload == Some(true))
        );
        if let Some(threads) = self.num_threads {
            commit = commit.num_threads(threads);
        }
        commit.run(api.client()).await
    }
}

upload_setters!(CreateCommitCall);
