//! Commits of one path: a file uploaded, a file or folder deleted.

use hf_transport::{Client, Result};
use hf_types::CommitInfo;

use crate::commit::CreateCommit;
use crate::operation::{CommitOperationAdd, CommitOperationDelete};
use crate::options::{CommitOptions, commit_setters};
use crate::target::RepoTarget;

/// Adds or replaces one file (`upload_file`).
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{CommitOperationAdd, RepoTarget, UploadFile};
/// let file = CommitOperationAdd::from_bytes("config.json", "{}")?;
/// UploadFile::new(RepoTarget::model("user/repo")?, file).run(&client).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct UploadFile {
    target: RepoTarget,
    file: CommitOperationAdd,
    options: CommitOptions,
}

impl UploadFile {
    /// A commit of `file` alone.
    pub fn new(target: RepoTarget, file: CommitOperationAdd) -> Self {
        Self {
            target,
            file,
            options: CommitOptions::default(),
        }
    }

    commit_setters!(uploads);

    /// Uploads and commits.
    pub async fn run(self, client: &Client) -> Result<CommitInfo> {
        let mut options = self.options;
        options.message.get_or_insert_with(|| {
            format!("Upload {} with huggingface_hub", self.file.path_in_repo())
        });
        CreateCommit::with_options(self.target, vec![self.file.into()], options)
            .run(client)
            .await
    }
}

/// Deletes one file or folder (`delete_file`, `delete_folder`).
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{Delete, RepoTarget};
/// Delete::file(RepoTarget::model("user/repo")?, "old.bin").run(&client).await?;
/// Delete::folder(RepoTarget::model("user/repo")?, "logs").run(&client).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Delete {
    target: RepoTarget,
    path_in_repo: String,
    folder: bool,
    options: CommitOptions,
}

impl Delete {
    /// Deletes a file; with a trailing `/`, a folder.
    pub fn file(target: RepoTarget, path_in_repo: impl Into<String>) -> Self {
        Self {
            target,
            path_in_repo: path_in_repo.into(),
            folder: false,
            options: CommitOptions::default(),
        }
    }

    /// Deletes a folder and all it holds.
    pub fn folder(target: RepoTarget, path_in_repo: impl Into<String>) -> Self {
        Self {
            folder: true,
            ..Self::file(target, path_in_repo)
        }
    }

    commit_setters!();

    /// Commits the deletion.
    pub async fn run(self, client: &Client) -> Result<CommitInfo> {
        let (path, mut options) = (self.path_in_repo, self.options);
        let op = if self.folder {
            CommitOperationDelete::folder(&path)?
        } else {
            CommitOperationDelete::new(&path)?
        };
        let what = if self.folder { "folder " } else { "" };
        options
            .message
            .get_or_insert_with(|| format!("Delete {what}{path} with huggingface_hub"));
        CreateCommit::with_options(self.target, vec![op.into()], options)
            .run(client)
            .await
    }
}
