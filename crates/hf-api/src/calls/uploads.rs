//! Commits: uploading and deleting files.

mod source;

use std::path::PathBuf;

use hf_commit::{
    CommitOperation, CommitOperationAdd, CreateCommit, Delete, DeleteFiles, PreuploadLfsFiles,
    RepoTarget, UploadFile, UploadFolder,
};
use hf_types::CommitInfo;

pub use self::source::FileSource;
use super::support::{Repo, exclusive};
use crate::call::{Context, OneOrMany, Operation};
use crate::{Call, HfApi, Result};

/// Where a commit goes.
fn target(repo_id: &str, repo_type: Option<&str>, revision: Option<&str>) -> Result<RepoTarget> {
    let repo = Repo::new(repo_id, repo_type)?;
    RepoTarget::new(repo.id, repo.kind).revision(revision.unwrap_or("main"))
}

/// Puts the options that all commits have from a call onto a commit.
macro_rules! commit_options {
    ($call:ident, $api:ident, $commit:expr) => {{
        let mut commit = $commit.token($api.token_mode().clone());
        if let Some(message) = $call.commit_message {
            commit = commit.commit_message(message);
        }
        if let Some(description) = $call.commit_description {
            commit = commit.commit_description(description);
        }
        if let Some(parent) = $call.parent_commit {
            commit = commit.parent_commit(parent);
        }
        commit.create_pr($call.create_pr == Some(true))
    }};
}

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
#[call(kind = operation)]
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
    /// The most files that are hashed and sent at once.
    #[call(default = 5)]
    pub num_threads: usize,
    /// The commit that must be the head still.
    pub parent_commit: Option<String>,
}

impl Operation for CreateCommitCall {
    type Output = CommitInfo;

    async fn run(self, api: HfApi) -> Result<CommitInfo> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let mut commit = CreateCommit::new(target, self.operations, self.commit_message)
            .token(api.token_mode().clone())
            .num_threads(self.num_threads)
            .create_pr(self.create_pr == Some(true));
        if let Some(description) = self.commit_description {
            commit = commit.commit_description(description);
        }
        if let Some(parent) = self.parent_commit {
            commit = commit.parent_commit(parent);
        }
        commit.run(api.client()).await
    }
}

/// Uploads large files to storage ahead of the commit that names them, so
/// that their bytes need not be kept until then.
///
/// Regular files and those that `.gitignore` excludes are left alone.
///
/// # Errors
/// Those of [`create_commit`](HfApi::create_commit).
#[derive(Debug, Clone, Call)]
#[call(kind = operation)]
pub struct PreuploadLfsFilesCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub repo_id: String,
    /// The files, as operations of a commit.
    #[call(arg)]
    pub additions: Vec<CommitOperationAdd>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    pub revision: Option<String>,
    /// Whether the commit will open a pull request.
    pub create_pr: Option<bool>,
    /// The most files that are hashed and sent at once.
    #[call(default = 5)]
    pub num_threads: usize,
    /// Whether to let go of a file's bytes once they are sent.
    #[call(default = true)]
    pub free_memory: bool,
    /// The `.gitignore` to go by; one among the files otherwise.
    pub gitignore_content: Option<String>,
}

impl Operation for PreuploadLfsFilesCall {
    type Output = ();

    async fn run(self, api: HfApi) -> Result<()> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let mut upload = PreuploadLfsFiles::new(target, self.additions)
            .token(api.token_mode().clone())
            .create_pr(self.create_pr == Some(true))
            .num_threads(self.num_threads)
            .free_memory(self.free_memory);
        if let Some(gitignore) = self.gitignore_content {
            upload = upload.gitignore_content(gitignore);
        }
        upload.run(api.client()).await
    }
}

/// Commits one file.
///
/// Rests on [`create_commit`](HfApi::create_commit).
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use std::path::Path;
/// api.upload_file(Path::new("out/config.json"), "config.json", "user/name").await?;
/// api.upload_file(b"{}".to_vec(), "empty.json", "user/name").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// Those of [`create_commit`](HfApi::create_commit).
#[derive(Debug, Clone, Call)]
#[call(kind = operation)]
pub struct UploadFileCall {
    #[call(context)]
    ctx: Context,
    /// A local path; or `{"content": TEXT}`, `{"base64": BASE64}`.
    #[call(arg)]
    pub path_or_fileobj: FileSource,
    /// Its path in the repository.
    #[call(arg)]
    pub path_in_repo: String,
    /// The repository: `user/name`.
    #[call(arg)]
    pub repo_id: String,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    pub revision: Option<String>,
    /// The title of the commit.
    pub commit_message: Option<String>,
    /// The text of the commit.
    pub commit_description: Option<String>,
    /// Whether to open a pull request with the commit.
    pub create_pr: Option<bool>,
    /// The commit that must be the head still.
    pub parent_commit: Option<String>,
}

impl Operation for UploadFileCall {
    type Output = CommitInfo;

    async fn run(self, api: HfApi) -> Result<CommitInfo> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let file = self.path_or_fileobj.into_operation(&self.path_in_repo)?;
        let upload = commit_options!(self, api, UploadFile::new(target, file));
        upload.run(api.client()).await
    }
}

/// Uploads a folder, however large.
///
/// Files are hashed, sent and committed at the same time, in as many commits
/// as it takes; a run that was cut off goes on where it stopped when it is
/// repeated. `.git` and `.cache/huggingface` are left out.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.upload_folder("user/name", "out").allow_patterns("*.safetensors").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// Those of [`create_commit`](HfApi::create_commit); `Validation` for a file
/// name that is not UTF-8.
#[derive(Debug, Clone, Call)]
#[call(kind = operation)]
pub struct UploadFolderCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub repo_id: String,
    /// The local folder.
    #[call(arg)]
    pub folder_path: PathBuf,
    /// Where it goes in the repository; the root otherwise.
    pub path_in_repo: Option<String>,
    /// The title of the commit.
    pub commit_message: Option<String>,
    /// The text of the commit.
    pub commit_description: Option<String>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    pub revision: Option<String>,
    /// Whether to open a pull request with the files.
    pub create_pr: Option<bool>,
    /// The commit that must be the head still.
    pub parent_commit: Option<String>,
    /// Patterns of the only files to upload.
    pub allow_patterns: Option<OneOrMany<String>>,
    /// Patterns of files to leave out.
    pub ignore_patterns: Option<OneOrMany<String>>,
    /// Patterns of files in the repository to delete, unless they are
    /// uploaded anew.
    pub delete_patterns: Option<OneOrMany<String>>,
}

impl Operation for UploadFolderCall {
    type Output = CommitInfo;

    async fn run(self, api: HfApi) -> Result<CommitInfo> {
        exclusive(
            self.create_pr == Some(true)
                && self
                    .revision
                    .as_deref()
                    .is_some_and(|revision| revision != "main"),
            "`create_pr` opens a pull request against `main`, so `revision` has no place beside it",
        )?;
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let mut upload = UploadFolder::new(target, self.folder_path);
        if let Some(path) = self.path_in_repo {
            upload = upload.path_in_repo(path);
        }
        if let Some(patterns) = self.allow_patterns {
            upload = upload.allow_patterns(patterns.into_vec());
        }
        if let Some(patterns) = self.ignore_patterns {
            upload = upload.ignore_patterns(patterns.into_vec());
        }
        if let Some(patterns) = self.delete_patterns {
            upload = upload.delete_patterns(patterns.into_vec());
        }
        let upload = commit_options!(self, api, upload);
        upload.run(api.client()).await
    }
}

/// Deletes a file.
///
/// Rests on [`create_commit`](HfApi::create_commit). A trailing `/` means the
/// folder.
///
/// # Errors
/// `EntryNotFound` if there is no such file.
#[derive(Debug, Clone, Call)]
#[call(kind = operation)]
pub struct DeleteFileCall {
    #[call(context)]
    ctx: Context,
    /// Its path in the repository.
    #[call(arg)]
    pub path_in_repo: String,
    /// The repository: `user/name`.
    #[call(arg)]
    pub repo_id: String,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    pub revision: Option<String>,
    /// The title of the commit.
    pub commit_message: Option<String>,
    /// The text of the commit.
    pub commit_description: Option<String>,
    /// Whether to open a pull request with the commit.
    pub create_pr: Option<bool>,
    /// The commit that must be the head still.
    pub parent_commit: Option<String>,
}

impl Operation for DeleteFileCall {
    type Output = CommitInfo;

    async fn run(self, api: HfApi) -> Result<CommitInfo> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let delete = commit_options!(self, api, Delete::file(target, self.path_in_repo));
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
#[call(kind = operation)]
pub struct DeleteFolderCall {
    #[call(context)]
    ctx: Context,
    /// Its path in the repository.
    #[call(arg)]
    pub path_in_repo: String,
    /// The repository: `user/name`.
    #[call(arg)]
    pub repo_id: String,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    pub revision: Option<String>,
    /// The title of the commit.
    pub commit_message: Option<String>,
    /// The text of the commit.
    pub commit_description: Option<String>,
    /// Whether to open a pull request with the commit.
    pub create_pr: Option<bool>,
    /// The commit that must be the head still.
    pub parent_commit: Option<String>,
}

impl Operation for DeleteFolderCall {
    type Output = CommitInfo;

    async fn run(self, api: HfApi) -> Result<CommitInfo> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let delete = commit_options!(self, api, Delete::folder(target, self.path_in_repo));
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
#[call(kind = operation)]
pub struct DeleteFilesCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub repo_id: String,
    /// Patterns of paths in the repository (`*.bin`, `logs/`).
    #[call(arg)]
    pub delete_patterns: Vec<String>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub repo_type: Option<String>,
    /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
    pub revision: Option<String>,
    /// The title of the commit.
    pub commit_message: Option<String>,
    /// The text of the commit.
    pub commit_description: Option<String>,
    /// Whether to open a pull request with the commit.
    pub create_pr: Option<bool>,
    /// The commit that must be the head still.
    pub parent_commit: Option<String>,
}

impl Operation for DeleteFilesCall {
    type Output = CommitInfo;

    async fn run(self, api: HfApi) -> Result<CommitInfo> {
        let target = target(
            &self.repo_id,
            self.repo_type.as_deref(),
            self.revision.as_deref(),
        )?;
        let delete = commit_options!(self, api, DeleteFiles::new(target, self.delete_patterns));
        delete.run(api.client()).await
    }
}
