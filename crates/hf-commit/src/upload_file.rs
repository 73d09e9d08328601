//! Commits one file: `upload_file`.

use hf_transport::{Client, Result};

use crate::create_commit::CreateCommit;
use crate::operation::CommitOperationAdd;
use crate::options::{CommitOptions, commit_setters};
use crate::outcome::CommitOutcome;
use crate::target::RepoTarget;

/// Adds or replaces one file (`upload_file`).
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{CommitOperationAdd, RepoTarget, UploadFile};
/// let file = CommitOperationAdd::from_bytes("config.json", "{}")?;
/// let outcome = UploadFile::new(RepoTarget::model("user/repo")?, file).run(&client).await?;
/// println!("{}", outcome.info().commit_url);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a call does nothing until it is run"]
pub struct UploadFile {
    target: RepoTarget,
    file: CommitOperationAdd,
    options: CommitOptions,
}

impl UploadFile {
    /// Creates a commit of `file` alone.
    pub fn new(target: RepoTarget, file: CommitOperationAdd) -> Self {
        Self {
            target,
            file,
            options: CommitOptions::default(),
        }
    }

    fn map(mut self, set: impl FnOnce(CommitOptions) -> CommitOptions) -> Self {
        self.options = set(self.options);
        self
    }

    /// Uploads the file and commits it.
    ///
    /// # Errors
    /// The same as [`CreateCommit::run`].
    pub async fn run(self, client: &Client) -> Result<CommitOutcome> {
        let options = self
            .options
            .or_message(|| format!("Upload {} with huggingface_hub", self.file.path_in_repo()));
        CreateCommit::with_options(self.target, vec![self.file.into()], options)
            .run(client)
            .await
    }
}

commit_setters!(UploadFile);
