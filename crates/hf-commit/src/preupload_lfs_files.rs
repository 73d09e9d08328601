//! Uploads large files ahead of their commit: `preupload_lfs_files`.

use std::sync::Arc;
use std::time::Duration;

use hf_transport::progress::{ProgressEvent, ProgressSink};
use hf_transport::{Client, Result, TokenMode};

use crate::index::HashIndex;
use crate::operation::CommitOperationAdd;
use crate::options::CommitOptions;
use crate::prepare::{git_ignore_of, prepare};
use crate::preuploaded::PreuploadedFile;
use crate::target::RepoTarget;
use crate::transfer::UploadTransfer;

/// Uploads large files to storage before the commit that adds them (`preupload_lfs_files`).
///
/// Use this for files that are produced one after the other: each is uploaded and its bytes are released, and
/// a final [`CreateCommit`](crate::CreateCommit) only refers to them. Sends `POST
/// /api/{type}s/{repo}/preupload/{revision}`, followed by requests of the Git LFS batch API.
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{CommitOperation, CommitOperationAdd, CreateCommit, PreuploadLfsFiles, RepoTarget};
/// let target = RepoTarget::model("user/repo")?;
/// let mut operations = Vec::new();
/// for shard in 0..5 {
///     let add = CommitOperationAdd::from_bytes(&format!("shard-{shard}.bin"), vec![shard; 100 << 20])?;
///     let prepared = PreuploadLfsFiles::new(target.clone(), [add]).run(&client).await?;
///     operations.extend(prepared.into_iter().map(CommitOperation::from));
/// }
/// CreateCommit::new(target, operations, "All shards").run(&client).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a call does nothing until it is run"]
pub struct PreuploadLfsFiles {
    target: RepoTarget,
    additions: Vec<CommitOperationAdd>,
    gitignore_content: Option<String>,
    options: CommitOptions,
}

impl PreuploadLfsFiles {
    /// Creates an upload of those `additions` that the Hub stores as large files.
    pub fn new(
        target: RepoTarget,
        additions: impl IntoIterator<Item = CommitOperationAdd>,
    ) -> Self {
        Self {
            target,
            additions: additions.into_iter().collect(),
            gitignore_content: None,
            options: CommitOptions::default(),
        }
    }

    /// Sets all options at once. Those that concern the commit itself have no effect here.
    pub fn options(mut self, options: CommitOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the `.gitignore` that applies to the files, instead of the one among them or on the Hub.
    pub fn gitignore_content(mut self, content: impl Into<String>) -> Self {
        self.gitignore_content = Some(content.into());
        self
    }

    /// Declares that the commit will open a pull request (default: false).
    pub fn create_pr(mut self, create_pr: bool) -> Self {
        self.options = self.options.create_pr(create_pr);
        self
    }

    /// Sets the number of concurrent requests that carry file content. By default 16, and up to 64 while more of them
    /// bring more throughput.
    pub fn num_threads(mut self, num_threads: usize) -> Self {
        self.options = self.options.num_threads(num_threads);
        self
    }

    /// Sets the token to send.
    pub fn token(mut self, token: TokenMode) -> Self {
        self.options = self.options.token(token);
        self
    }

    /// Limits the duration of each request to the Hub, including the response.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options = self.options.timeout(limit);
        self
    }

    /// Adds a header to each request to the Hub. It is not sent to storage.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.options = self.options.header(name, value);
        self
    }

    /// Sets the sink of progress events.
    pub fn progress(mut self, sink: Arc<dyn ProgressSink>) -> Self {
        self.options = self.options.progress(sink);
        self
    }

    /// Keeps the hashes of local files between runs.
    pub fn hash_index(mut self, index: Arc<HashIndex>) -> Self {
        self.options = self.options.hash_index(index);
        self
    }

    /// Adds an upload transfer. Transfers added later are tried first; Git LFS is the final fallback.
    pub fn transfer(mut self, transfer: Arc<dyn UploadTransfer>) -> Self {
        self.options = self.options.transfer(transfer);
        self
    }

    /// Uploads the files. Returns them in order, as operations of a commit.
    ///
    /// # Errors
    /// The same as [`CreateCommit::run`](crate::CreateCommit::run).
    pub async fn run(self, client: &Client) -> Result<Vec<PreuploadedFile>> {
        const OPERATION: &str = "preupload_lfs_files";
        self.options.check()?;
        let cx = self.options.context(client, self.target);
        let sizes = self.additions.iter().map(CommitOperationAdd::size);
        cx.progress.event(&ProgressEvent::Begin {
            operation: OPERATION,
            files: Some(self.additions.len() as u64),
            bytes: Some(sizes.fold(0, u64::saturating_add)),
        });
        let git_ignore = if self.gitignore_content.is_some() {
            self.gitignore_content
        } else {
            let readable = self.additions.iter().map(CommitOperationAdd::readable);
            git_ignore_of(readable).await?
        };
        let transfer = self.options.transfer_options()?;
        let create_pr = self.options.create_pr;
        let prepared = prepare(&cx, self.additions, create_pr, git_ignore, &transfer).await?;
        cx.progress.event(&ProgressEvent::End {
            operation: OPERATION,
        });
        Ok(prepared
            .files
            .into_iter()
            .map(PreuploadedFile::new)
            .collect())
    }
}
