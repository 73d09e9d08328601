//! What comes before a commit: how each file is wanted, and large files in storage.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use hf_transport::progress::{ProgressEvent, ProgressSink};
use hf_transport::{Client, Error, ErrorKind, Result, TokenMode};
use hf_types::CommitHash;
use tokio::sync::mpsc;

use crate::index::HashIndex;
use crate::lfs::LfsTransfer;
use crate::operation::{CommitOperationAdd, UploadMode};
use crate::options::COMMIT_TIMEOUT;
use crate::preupload::{PREUPLOAD_BATCH, Recall, SmallFiles, ask};
use crate::target::{Context, Progress, RepoTarget, RequestOptions};
use crate::transfer::{Transfer, TransferOptions, run_transfers};

/// Requests that send bytes at a time, unless the caller says otherwise: enough to hide a latency of 40 ms, few enough
/// for one disk and one server.
pub(crate) const DEFAULT_CONCURRENCY: usize = 16;
/// Preupload questions at a time.
const PREUPLOAD_CONCURRENCY: usize = 4;
/// Large files that wait to be hashed.
const TRANSFER_QUEUE: usize = 64;

/// What a run of [`prepare`] found.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// The head of the branch before the commit, where the Hub told it.
    pub(crate) head: Option<CommitHash>,
}

/// How [`prepare`] works.
pub(crate) struct PrepareOptions {
    pub(crate) create_pr: bool,
    pub(crate) git_ignore: Option<String>,
    pub(crate) transfer: TransferOptions,
    pub(crate) small: SmallFiles,
    pub(crate) recall: Recall,
}

impl PrepareOptions {
    pub(crate) fn new(
        create_pr: bool,
        git_ignore: Option<String>,
        transfer: TransferOptions,
    ) -> Self {
        Self {
            create_pr,
            git_ignore,
            recall: Recall::new(transfer.index.clone()),
            transfer,
            small: SmallFiles::default(),
        }
    }
}

/// Asks how the files are wanted and brings the large ones to storage, both at once.
pub(crate) async fn prepare(
    cx: &Context,
    ops: &[CommitOperationAdd],
    options: &PrepareOptions,
) -> Result<Prepared> {
    let (to_transfer, files) = mpsc::channel(TRANSFER_QUEUE);
    let questions = ask_all(cx, ops, options, to_transfer);
    let transfers = run_transfers(cx, options.create_pr, files, &options.transfer);
    tokio::pin!(questions, transfers);
    // A transfer that failed says why; the questions only see that nobody takes their files.
    tokio::select! {
        biased;
        failed = &mut transfers => {
            failed?;
            questions.await
        }
        asked = &mut questions => {
            let asked = asked?;
            transfers.await?;
            Ok(asked)
        }
    }
}

async fn ask_all(
    cx: &Context,
    ops: &[CommitOperationAdd],
    options: &PrepareOptions,
    to_transfer: mpsc::Sender<CommitOperationAdd>,
) -> Result<Prepared> {
    let fresh: Vec<CommitOperationAdd> =
        ops.iter().filter(|op| !op.is_uploaded()).cloned().collect();
    let (known, unknown): (Vec<_>, Vec<_>) =
        fresh.into_iter().partition(|op| op.upload_mode().is_some());
    for op in &known {
        hand_over(op, &to_transfer).await?;
    }
    let mut answers = stream::iter(unknown.chunks(PREUPLOAD_BATCH).map(<[_]>::to_vec))
        .map(|batch| ask(cx, batch, options))
        .buffered(PREUPLOAD_CONCURRENCY);
    let mut prepared = Prepared::default();
    while let Some((batch, head)) = answers.try_next().await? {
        prepared.head = prepared.head.or(head);
        for op in &batch {
            hand_over(op, &to_transfer).await?;
        }
    }
    Ok(prepared)
}

/// Whether a transfer has to take `op`.
pub(crate) fn needs_transfer(op: &CommitOperationAdd) -> bool {
    let state = op.state();
    if state.should_ignore {
        tracing::debug!(path = op.path_in_repo(), "ignored by .gitignore");
    }
    state.mode == Some(UploadMode::Lfs) && !state.should_ignore && !state.uploaded
}

async fn hand_over(
    op: &CommitOperationAdd,
    to_transfer: &mpsc::Sender<CommitOperationAdd>,
) -> Result<()> {
    if needs_transfer(op) && to_transfer.send(op.clone()).await.is_err() {
        return Err(Error::new(
            ErrorKind::Upload,
            "the transfer has ended early",
        ));
    }
    Ok(())
}

/// The content of a `.gitignore` among the files: the Hub judges the others by it.
pub(crate) async fn git_ignore_of(ops: &[CommitOperationAdd]) -> Result<Option<String>> {
    match ops.iter().find(|op| op.path_in_repo() == ".gitignore") {
        Some(op) => op.read_text().await.map(Some),
        None => Ok(None),
    }
}

/// Adds what a missing repository means to those who want to write to it.
pub(crate) fn no_repo_hint(error: Error) -> Error {
    if error.kind() == ErrorKind::RepositoryNotFound {
        error.with_hint(
            "a commit needs a repository that exists: make it with create_repo, or check the token's access",
        )
    } else {
        error
    }
}

/// Brings large files to storage before the commit that needs them (`preupload_lfs_files`).
///
/// For files that are made one after the other: each is uploaded and let go of, and [`CreateCommit`](crate::CreateCommit)
/// with all of them, at the end, only names them. HTTP: `POST /api/{type}s/{repo}/preupload/{revision}`, then the Git
/// LFS batch API.
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{CommitOperationAdd, CreateCommit, PreuploadLfsFiles, RepoTarget};
/// let target = RepoTarget::model("user/repo")?;
/// let mut operations = Vec::new();
/// for shard in 0..5 {
///     let op = CommitOperationAdd::from_bytes(&format!("shard-{shard}.bin"), vec![shard; 100 << 20])?;
///     PreuploadLfsFiles::new(target.clone(), [op.clone()]).run(&client).await?;
///     operations.push(op.into());
/// }
/// CreateCommit::new(target, operations, "All shards").run(&client).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct PreuploadLfsFiles {
    target: RepoTarget,
    additions: Vec<CommitOperationAdd>,
    create_pr: bool,
    num_threads: Option<usize>,
    free_memory: bool,
    gitignore_content: Option<String>,
    token: TokenMode,
    requests: RequestOptions,
    progress: Progress,
    hash_index: Option<Arc<HashIndex>>,
    transfers: Vec<Arc<dyn Transfer>>,
}

impl PreuploadLfsFiles {
    /// Uploads what of `additions` the Hub wants in large file storage.
    pub fn new(
        target: RepoTarget,
        additions: impl IntoIterator<Item = CommitOperationAdd>,
    ) -> Self {
        Self {
            target,
            additions: additions.into_iter().collect(),
            create_pr: false,
            num_threads: None,
            free_memory: true,
            gitignore_content: None,
            token: TokenMode::Default,
            requests: RequestOptions::default(),
            progress: Progress::default(),
            hash_index: None,
            transfers: vec![Arc::new(LfsTransfer)],
        }
    }

    /// Whether the commit will open a pull request.
    pub fn create_pr(mut self, create_pr: bool) -> Self {
        self.create_pr = create_pr;
        self
    }

    /// How many requests send bytes at a time.
    pub fn num_threads(mut self, num_threads: usize) -> Self {
        self.num_threads = Some(num_threads);
        self
    }

    /// Whether to let go of each file's bytes once they are uploaded (default: yes).
    pub fn free_memory(mut self, free_memory: bool) -> Self {
        self.free_memory = free_memory;
        self
    }

    /// The `.gitignore` to judge the files by, instead of the one among them or on the Hub.
    pub fn gitignore_content(mut self, content: impl Into<String>) -> Self {
        self.gitignore_content = Some(content.into());
        self
    }

    /// Which token to send.
    pub fn token(mut self, token: TokenMode) -> Self {
        self.token = token;
        self
    }

    /// The time each request to the Hub may take, answer included; the bytes of large files go elsewhere.
    pub fn timeout(mut self, limit: std::time::Duration) -> Self {
        self.requests.timeout = Some(limit);
        self
    }

    /// Adds a header to each request to the Hub; storage does not see it.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.requests.headers.push((name.into(), value.into()));
        self
    }

    /// Where events go.
    pub fn progress(mut self, sink: Arc<dyn ProgressSink>) -> Self {
        self.progress = Progress(Some(sink));
        self
    }

    /// Keeps hashes from run to run.
    pub fn hash_index(mut self, index: Arc<HashIndex>) -> Self {
        self.hash_index = Some(index);
        self
    }

    /// A way for large files to leave that is tried before those given so far; Git LFS is always the last.
    pub fn transfer(mut self, transfer: Arc<dyn Transfer>) -> Self {
        self.transfers.insert(0, transfer);
        self
    }

    /// Uploads.
    pub async fn run(self, client: &Client) -> Result<()> {
        const OPERATION: &str = "preupload_lfs_files";
        let cx = Context {
            client: client.clone(),
            target: self.target,
            token: self.token,
            requests: self.requests,
            progress: self.progress,
        };
        cx.progress.event(&ProgressEvent::Begin {
            operation: OPERATION,
            files: Some(self.additions.len() as u64),
            bytes: Some(self.additions.iter().map(CommitOperationAdd::size).sum()),
        });
        let git_ignore = match self.gitignore_content {
            Some(content) => Some(content),
            None => git_ignore_of(&self.additions).await?,
        };
        let options = PrepareOptions::new(
            self.create_pr,
            git_ignore,
            TransferOptions {
                concurrency: concurrency(self.num_threads)?,
                completion_timeout: COMMIT_TIMEOUT,
                index: self.hash_index,
                free_memory: self.free_memory,
                transfers: self.transfers,
                arrived: None,
            },
        );
        prepare(&cx, &self.additions, &options).await?;
        for op in &self.additions {
            options.small.release(op);
        }
        cx.progress.event(&ProgressEvent::End {
            operation: OPERATION,
        });
        Ok(())
    }
}

pub(crate) fn concurrency(num_threads: Option<usize>) -> Result<usize> {
    match num_threads {
        None => Ok(DEFAULT_CONCURRENCY),
        Some(0) => Err(Error::validation("num_threads must be at least 1")),
        Some(n) => Ok(n),
    }
}
