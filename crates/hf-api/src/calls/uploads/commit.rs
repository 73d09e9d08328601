//! Commits of any operations.

use hf_commit::{CommitOperation, CommitOptions, CommitOutcome, CreateCommit};
use hf_types::{Param, RepoId, RepoType, Revision};

use super::{commit_options, target, upload_setters};
use crate::call::{Arg, Context, Operation};
use crate::{Call, HfApi, Result};

/// Commits additions, deletions and copies of files at once.
///
/// Large files go to storage first, through the Git LFS protocol; the commit
/// is `POST /api/{repo_type}s/{repo_id}/commit/{revision}`. Files that are in
/// the repository already, unchanged, are left out; if nothing is left, there
/// is no commit and the outcome is [`CommitOutcome::Unchanged`] with the
/// branch's head.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::commit::{CommitOperation, CommitOperationAdd, CommitOperationDelete};
/// let operations: Vec<CommitOperation> = vec![
///     CommitOperationAdd::from_path("weights.safetensors", "out/weights.safetensors")?.into(),
///     CommitOperationDelete::new("weights.bin")?.into(),
/// ];
/// let commit = api.create_commit("user/name", operations, "New weights").await?;
/// println!("{}", commit.info().commit_url);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `Forbidden` without write access;
/// `PreconditionFailed` when `parent_commit` is no longer the head; `Io` for
/// a file that cannot be read or changes meanwhile, and then nothing is
/// committed.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = CommitOutcome, progress)]
pub struct CreateCommitCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// What the commit does:
    /// `[{"op": "add" | "delete" | "copy", "path_in_repo", ...}]`.
    #[call(arg)]
    operations: Vec<CommitOperation>,
    /// The title of the commit.
    #[call(arg)]
    commit_message: String,
    /// The text of the commit.
    commit_description: Option<String>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Arg<RepoType>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    revision: Arg<Revision>,
    /// Whether to open a pull request with the commit.
    create_pr: Option<bool>,
    /// How many requests send bytes at a time; 16 otherwise.
    num_threads: Option<usize>,
    /// The commit that must be the head still.
    parent_commit: Option<String>,
    /// For Spaces: whether to try a hot reload instead of a restart.
    #[call(name = "_hot_reload")]
    hot_reload: Option<bool>,
    /// When others have committed after `parent_commit`: whether to commit on
    /// top of that, if no path of this commit has changed since.
    rebase: bool,
    #[call(rust_only)]
    options: CommitOptions,
}

impl Operation for CreateCommitCall {
    async fn run(self, api: HfApi) -> Result<CommitOutcome> {
        let target = target(&self.repo_id, &self.repo_type, &self.revision)?;
        let message = self.commit_message.clone();
        let mut options =
            commit_options!(self, api, self.options).hot_reload(self.hot_reload == Some(true));
        if let Some(threads) = self.num_threads {
            options = options.num_threads(threads);
        }
        CreateCommit::new(target, self.operations, message)
            .options(options)
            .run(api.client())
            .await
    }
}

upload_setters!(CreateCommitCall);

/// # Commits
impl HfApi {
    create_commit!();
}
