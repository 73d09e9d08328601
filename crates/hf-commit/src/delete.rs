//! Deletes one path: `delete_file` and `delete_folder`.

use hf_transport::{Client, Result};
use hf_types::CommitInfo;

use crate::create_commit::CreateCommit;
use crate::operation::CommitOperationDelete;
use crate::options::{CommitOptions, commit_setters};
use crate::outcome::CommitOutcome;
use crate::target::RepoTarget;

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
#[must_use = "a call does nothing until it is run"]
pub struct Delete {
    target: RepoTarget,
    path_in_repo: String,
    folder: bool,
    options: CommitOptions,
}

impl Delete {
    /// Creates the deletion of a file or, if the path ends with `/`, of a folder.
    pub fn file(target: RepoTarget, path_in_repo: impl Into<String>) -> Self {
        Self {
            target,
            path_in_repo: path_in_repo.into(),
            folder: false,
            options: CommitOptions::default(),
        }
    }

    /// Creates the deletion of a folder and everything in it.
    pub fn folder(target: RepoTarget, path_in_repo: impl Into<String>) -> Self {
        Self {
            folder: true,
            ..Self::file(target, path_in_repo)
        }
    }

    fn map(mut self, set: impl FnOnce(CommitOptions) -> CommitOptions) -> Self {
        self.options = set(self.options);
        self
    }

    /// Commits the deletion.
    ///
    /// # Errors
    /// Returns `EntryNotFound` if nothing exists at the path; otherwise the same as [`CreateCommit::run`].
    pub async fn run(self, client: &Client) -> Result<CommitInfo> {
        let path = self.path_in_repo;
        let op = if self.folder {
            CommitOperationDelete::folder(&path)?
        } else {
            CommitOperationDelete::new(&path)?
        };
        let what = if self.folder { "folder " } else { "" };
        let options = self
            .options
            .or_message(|| format!("Delete {what}{path} with huggingface_hub"));
        CreateCommit::with_options(self.target, vec![op.into()], options)
            .run(client)
            .await
            .map(CommitOutcome::into_info)
    }
}

commit_setters!(Delete);
