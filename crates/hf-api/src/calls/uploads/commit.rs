//! Commits of arbitrary operations.

use hf_commit::{CommitOperation, CommitOptions, CommitOutcome, CreateCommit};
use hf_types::{Param, RepoId, RepoType, Revision};

use super::{commit_options, target, upload_setters};
use crate::call::{Arg, Context, Operation};
use crate::{Call, HfApi, Result};

/// Commits additions, deletions and copies of files at once.
///
/// Large files are sent to storage first. A file that the repository has
/// already, unchanged, is left out; if nothing is left, there is no commit and
/// the outcome is [`CommitOutcome::Unchanged`] with the branch's head.
///
/// `POST /api/{repo_type}s/{repo_id}/commit/{revision}`, after the requests
/// that upload large files.
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
/// `RepositoryNotFound`; `Forbidden` without write access; `PreconditionFailed`
/// if `parent_commit` is no longer the head; `Io` for a file that cannot be
/// read or changes meanwhile, and then nothing is committed.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = CommitOutcome, progress)]
pub struct CreateCommitCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The operations: `[{"op": "add" | "delete" | "copy", "path_in_repo",
    /// ...}]`.
    #[call(arg)]
    operations: Vec<CommitOperation>,
    /// The title of the commit.
    #[call(arg)]
    commit_message: String,
    /// The description of the commit.
    commit_description: Option<String>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, or a pull request (`refs/pr/1`). By default, `main`.
    revision: Arg<Revision>,
    /// Whether to open a pull request with the commit.
    create_pr: Option<bool>,
    /// The maximum number of requests that send bytes at once. By default, 16.
    num_threads: Option<usize>,
    /// The commit that must still be the head.
    parent_commit: Option<String>,
    /// Whether to try a hot reload of a Space instead of a restart.
    #[call(name = "_hot_reload")]
    hot_reload: Option<bool>,
    /// Whether to commit on top of commits that others made after
    /// `parent_commit`, if no path of this commit has changed since.
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
