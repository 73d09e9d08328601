//! Commits that delete files.

use hf_commit::{CommitOutcome, Delete, DeleteFiles};
use hf_types::CommitInfo;

use super::{commit_options, target};
use crate::call::{Context, Operation};
use crate::{Call, HfApi, Result};

/// Deletes a file.
///
/// Rests on [`create_commit`](HfApi::create_commit). A trailing `/` means the
/// folder.
///
/// # Errors
/// `EntryNotFound` if there is no such file.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = CommitInfo)]
pub struct DeleteFileCall {
    #[call(context)]
    ctx: Context,
    /// Its path in the repository.
    #[call(arg)]
    path_in_repo: String,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: String,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    revision: Option<String>,
    /// The title of the commit.
    commit_message: Option<String>,
    /// The text of the commit.
    commit_description: Option<String>,
    /// Whether to open a pull request with the commit.
    create_pr: Option<bool>,
    /// The commit that must be the head still.
    parent_commit: Option<String>,
    /// When others have committed after `parent_commit`: whether to commit on
    /// top of that, if no path of this commit has changed since.
    rebase: bool,
}

impl Operation for DeleteFileCall {
    async fn run(self, api: HfApi) -> Result<CommitInfo> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let delete = Delete::file(target, self.path_in_repo).options(commit_options!(self, api));
        delete.run(api.client()).await
    }
}

/// Deletes a folder and all that is in it.
///
/// Rests on [`create_commit`](HfApi::create_commit).
///
/// # Errors
/// `EntryNotFound` if there is no such folder.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = CommitInfo)]
pub struct DeleteFolderCall {
    #[call(context)]
    ctx: Context,
    /// Its path in the repository.
    #[call(arg)]
    path_in_repo: String,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: String,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    revision: Option<String>,
    /// The title of the commit.
    commit_message: Option<String>,
    /// The text of the commit.
    commit_description: Option<String>,
    /// Whether to open a pull request with the commit.
    create_pr: Option<bool>,
    /// The commit that must be the head still.
    parent_commit: Option<String>,
    /// When others have committed after `parent_commit`: whether to commit on
    /// top of that, if no path of this commit has changed since.
    rebase: bool,
}

impl Operation for DeleteFolderCall {
    async fn run(self, api: HfApi) -> Result<CommitInfo> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let delete = Delete::folder(target, self.path_in_repo).options(commit_options!(self, api));
        delete.run(api.client()).await
    }
}

/// Deletes the files that match a pattern.
///
/// Lists the repository, then rests on
/// [`create_commit`](HfApi::create_commit).
///
/// # Errors
/// Those of [`create_commit`](HfApi::create_commit).
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = CommitOutcome)]
pub struct DeleteFilesCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: String,
    /// Patterns of paths in the repository (`*.bin`, `logs/`).
    #[call(arg)]
    delete_patterns: Vec<String>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    revision: Option<String>,
    /// The title of the commit.
    commit_message: Option<String>,
    /// The text of the commit.
    commit_description: Option<String>,
    /// Whether to open a pull request with the commit.
    create_pr: Option<bool>,
    /// The commit that must be the head still.
    parent_commit: Option<String>,
    /// When others have committed after `parent_commit`: whether to commit on
    /// top of that, if no path of this commit has changed since.
    rebase: bool,
}

impl Operation for DeleteFilesCall {
    async fn run(self, api: HfApi) -> Result<CommitOutcome> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let delete = DeleteFiles::new(target, self.delete_patterns);
        let delete = delete.options(commit_options!(self, api));
        delete.run(api.client()).await
    }
}

/// # Deleting files
impl HfApi {
    delete_file!();
    delete_folder!();
    delete_files!();
}
