//! What all calls that commit have in common.

use std::sync::Arc;
use std::time::Duration;

use hf_transport::{Client, Error, Result, TokenMode};

use crate::index::HashIndex;
use crate::lfs::LfsTransfer;
use crate::target::{Context, Progress, RepoTarget, RequestOptions};
use crate::transfer::{Transfer, TransferOptions};
use crate::upload::concurrency;

/// A commit of many files keeps the Hub busy, as a file of many parts does storage: how long their answers may take.
pub(crate) const COMMIT_TIMEOUT: Duration = Duration::from_secs(300);

/// The options of every call that commits; set through the methods of the calls.
#[derive(Debug, Clone)]
pub(crate) struct CommitOptions {
    pub(crate) message: Option<String>,
    pub(crate) description: String,
    pub(crate) create_pr: bool,
    pub(crate) parent_commit: Option<String>,
    pub(crate) num_threads: Option<usize>,
    pub(crate) hot_reload: bool,
    pub(crate) rebase: bool,
    pub(crate) commit_timeout: Duration,
    pub(crate) token: TokenMode,
    pub(crate) requests: RequestOptions,
    pub(crate) progress: Progress,
    pub(crate) hash_index: Option<Arc<HashIndex>>,
    pub(crate) transfers: Vec<Arc<dyn Transfer>>,
}

impl Default for CommitOptions {
    fn default() -> Self {
        Self {
            message: None,
            description: String::new(),
            create_pr: false,
            parent_commit: None,
            num_threads: None,
            hot_reload: false,
            rebase: false,
            commit_timeout: COMMIT_TIMEOUT,
            token: TokenMode::Default,
            requests: RequestOptions::default(),
            progress: Progress::default(),
            hash_index: None,
            transfers: vec![Arc::new(LfsTransfer)],
        }
    }
}

impl CommitOptions {
    pub(crate) fn context(&self, client: &Client, target: RepoTarget) -> Context {
        Context {
            client: client.clone(),
            target,
            token: self.token.clone(),
            requests: self.requests.clone(),
            progress: self.progress.clone(),
        }
    }

    pub(crate) fn transfer(&self) -> Result<TransferOptions> {
        Ok(TransferOptions {
            concurrency: concurrency(self.num_threads)?,
            completion_timeout: self.commit_timeout,
            index: self.hash_index.clone(),
            free_memory: false,
            transfers: self.transfers.clone(),
            arrived: None,
        })
    }

    /// What can be told to be wrong before anything is sent.
    pub(crate) fn check(&self) -> Result<()> {
        if self.message.as_deref().is_some_and(str::is_empty) {
            return Err(Error::validation("commit_message must not be empty"));
        }
        if let Some(parent) = &self.parent_commit
            && !((5..=40).contains(&parent.len()) && parent.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            return Err(Error::validation(format!(
                "parent_commit must be 5 to 40 hex digits, not {parent:?}"
            )));
        }
        concurrency(self.num_threads).map(drop)
    }
}

/// The setters of [`CommitOptions`], for a call that has them as `options`.
macro_rules! commit_setters {
    () => {
        /// The title of the commit.
        pub fn commit_message(mut self, message: impl Into<String>) -> Self {
            self.options.message = Some(message.into());
            self
        }

        /// The text of the commit below its title.
        pub fn commit_description(mut self, description: impl Into<String>) -> Self {
            self.options.description = description.into();
            self
        }

        /// Whether to open a pull request with the commit instead of writing to the branch.
        pub fn create_pr(mut self, create_pr: bool) -> Self {
            self.options.create_pr = create_pr;
            self
        }

        /// The commit that must still be the head (5 to 40 hex digits): else the call fails with
        /// [`PreconditionFailed`](hf_transport::ErrorKind::PreconditionFailed) and nothing changes. With
        /// `create_pr`, the commit that the pull request starts from.
        pub fn parent_commit(mut self, parent: impl Into<String>) -> Self {
            self.options.parent_commit = Some(parent.into());
            self
        }

        /// When others have committed after `parent_commit`, commits on top of that, provided that none of the paths
        /// of this commit has changed since. Off unless asked for.
        pub fn rebase(mut self, rebase: bool) -> Self {
            self.options.rebase = rebase;
            self
        }

        /// How long the Hub may take to answer the commit itself, and storage to put the parts of a large file
        /// together (default: five minutes). After a commit, the branch is then looked at, to see whether it was made.
        pub fn commit_timeout(mut self, limit: std::time::Duration) -> Self {
            self.options.commit_timeout = limit;
            self
        }

        /// Which token to send.
        pub fn token(mut self, token: hf_transport::TokenMode) -> Self {
            self.options.token = token;
            self
        }

        /// The time each request to the Hub may take, answer included; the bytes of large files go elsewhere.
        pub fn timeout(mut self, limit: std::time::Duration) -> Self {
            self.options.requests.timeout = Some(limit);
            self
        }

        /// Adds a header to each request to the Hub; storage does not see it.
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.options
                .requests
                .headers
                .push((name.into(), value.into()));
            self
        }

        /// Where events go.
        pub fn progress(
            mut self,
            sink: std::sync::Arc<dyn hf_transport::progress::ProgressSink>,
        ) -> Self {
            self.options.progress = crate::target::Progress(Some(sink));
            self
        }
    };
    (uploads) => {
        crate::options::commit_setters!();

        /// How many requests send bytes at a time (default: 16).
        pub fn num_threads(mut self, num_threads: usize) -> Self {
            self.options.num_threads = Some(num_threads);
            self
        }

        /// For Spaces: whether to try a hot reload.
        pub fn hot_reload(mut self, hot_reload: bool) -> Self {
            self.options.hot_reload = hot_reload;
            self
        }

        /// Keeps hashes from run to run, so that unchanged files are not read again.
        pub fn hash_index(mut self, index: std::sync::Arc<crate::HashIndex>) -> Self {
            self.options.hash_index = Some(index);
            self
        }

        /// A way for large files to leave that is tried before those given so far; Git LFS is always the last.
        pub fn transfer(mut self, transfer: std::sync::Arc<dyn crate::Transfer>) -> Self {
            self.options.transfers.insert(0, transfer);
            self
        }
    };
}
pub(crate) use commit_setters;
