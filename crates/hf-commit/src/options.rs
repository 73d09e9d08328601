//! The options shared by all calls that commit.

use std::sync::Arc;
use std::time::Duration;

use hf_transport::{Client, Error, RequestOptions, Result};

use crate::context::Context;
use crate::index::HashIndex;
use crate::lfs::LfsTransfer;
use crate::limits::{COMMIT_TIMEOUT, concurrency};
use crate::target::RepoTarget;
use crate::transfer::{TransferOptions, UploadTransfer};

/// The options shared by all calls that commit.
///
/// Each call has the same setters as shortcuts; its `options` setter replaces all of them.
///
/// ```
/// use std::time::Duration;
/// use hf_commit::{CommitOptions, Delete, RepoTarget};
/// let options = CommitOptions::new().create_pr(true).timeout(Duration::from_secs(30));
/// let call = Delete::file(RepoTarget::model("user/repo")?, "old.bin").options(options);
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until a call has them"]
pub struct CommitOptions {
    pub(crate) message: Option<String>,
    pub(crate) description: String,
    pub(crate) create_pr: bool,
    pub(crate) parent_commit: Option<String>,
    pub(crate) num_threads: Option<usize>,
    pub(crate) hot_reload: bool,
    pub(crate) rebase: bool,
    pub(crate) commit_timeout: Duration,
    pub(crate) requests: RequestOptions,
    pub(crate) hash_index: Option<Arc<HashIndex>>,
    /// In the order in which they are tried.
    pub(crate) transfers: Vec<Arc<dyn UploadTransfer>>,
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
            requests: RequestOptions::default(),
            hash_index: None,
            transfers: vec![
                #[cfg(feature = "xet")]
                Arc::new(crate::XetUploadTransfer),
                Arc::new(LfsTransfer),
            ],
        }
    }
}

impl CommitOptions {
    /// Creates the default options.
    pub fn new() -> Self {
        Self::default()
    }

    fn map(self, set: impl FnOnce(Self) -> Self) -> Self {
        set(self)
    }

    pub(crate) fn context(&self, client: &Client, target: RepoTarget) -> Context {
        Context::new(client, target, self.requests.clone())
    }

    pub(crate) fn transfer_options(&self) -> Result<TransferOptions> {
        Ok(TransferOptions {
            concurrency: concurrency(self.num_threads)?,
            completion_timeout: self.commit_timeout,
            index: self.hash_index.clone(),
            transfers: self.transfers.clone(),
        })
    }

    /// Keeps the message if there is one, and sets `default` otherwise.
    pub(crate) fn or_message(mut self, default: impl FnOnce() -> String) -> Self {
        self.message.get_or_insert_with(default);
        self
    }

    /// Rejects invalid options before anything is sent.
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

/// Defines the setters of [`CommitOptions`], for itself and for the calls that embed it.
///
/// A call must have `fn map(self, impl FnOnce(CommitOptions) -> CommitOptions) -> Self`. A new option is a
/// field and a setter here; every call then has it.
macro_rules! commit_setters {
    ($call:ty) => {
        impl $call {
            /// Sets all options at once.
            pub fn options(self, options: $crate::CommitOptions) -> Self {
                self.map(|_| options)
            }

            $crate::options::commit_setters!(@setters);
        }
    };
    (@setters) => {
        /// Sets the options of each request to the Hub: token, headers, limits, progress sink.
        ///
        /// Requests to storage carry neither token nor headers.
        pub fn requests(self, requests: hf_transport::RequestOptions) -> Self {
            self.map(|mut options| {
                options.requests = requests;
                options
            })
        }

        /// Sets the title of the commit.
        pub fn commit_message(self, message: impl Into<String>) -> Self {
            self.map(|mut options| {
                options.message = Some(message.into());
                options
            })
        }

        /// Sets the description of the commit, which follows its title.
        pub fn commit_description(self, description: impl Into<String>) -> Self {
            self.map(|mut options| {
                options.description = description.into();
                options
            })
        }

        /// Opens a pull request with the commit instead of committing to the branch (default: false).
        pub fn create_pr(self, create_pr: bool) -> Self {
            self.map(|mut options| {
                options.create_pr = create_pr;
                options
            })
        }

        /// Sets the commit that must still be the head of the branch (5 to 40 hex digits).
        ///
        /// If it is not, the call fails with
        /// [`PreconditionFailed`](hf_transport::ErrorKind::PreconditionFailed) and nothing changes. With
        /// `create_pr`, the pull request starts from this commit.
        pub fn parent_commit(self, parent: impl Into<String>) -> Self {
            self.map(|mut options| {
                options.parent_commit = Some(parent.into());
                options
            })
        }

        /// If others have committed after `parent_commit`, commits on top of their changes, provided that
        /// they changed no path of this commit (default: false).
        pub fn rebase(self, rebase: bool) -> Self {
            self.map(|mut options| {
                options.rebase = rebase;
                options
            })
        }

        /// Limits how long the Hub may take to respond to the commit itself, and storage to assemble the
        /// parts of a large file (default: five minutes). After the limit, the branch is read to find out
        /// whether the commit was made.
        pub fn commit_timeout(self, limit: std::time::Duration) -> Self {
            self.map(|mut options| {
                options.commit_timeout = limit;
                options
            })
        }

        /// Sets the token to send.
        pub fn token(self, token: hf_transport::TokenMode) -> Self {
            self.map(|mut options| {
                options.requests = options.requests.with_token(token);
                options
            })
        }

        /// Limits the duration of each request to the Hub, including the response. The upload of large file
        /// content is not limited by it.
        pub fn timeout(self, limit: std::time::Duration) -> Self {
            self.map(|mut options| {
                options.requests = options.requests.with_timeout(limit);
                options
            })
        }

        /// Adds a header to each request to the Hub. It is not sent to storage.
        pub fn header(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
            self.map(|mut options| {
                options.requests = options.requests.with_header(name, value);
                options
            })
        }

        /// Sets the sink of progress events.
        pub fn progress(
            self,
            sink: std::sync::Arc<dyn hf_transport::progress::ProgressSink>,
        ) -> Self {
            self.map(|mut options| {
                options.requests = options.requests.with_progress(sink);
                options
            })
        }

        /// Sets the number of concurrent requests that carry file content. By default 16, and up to 64 while more of
        /// them bring more throughput, as they do over a long distance.
        pub fn num_threads(self, num_threads: usize) -> Self {
            self.map(|mut options| {
                options.num_threads = Some(num_threads);
                options
            })
        }

        /// Requests a hot reload of a Space instead of a restart (default: false).
        pub fn hot_reload(self, hot_reload: bool) -> Self {
            self.map(|mut options| {
                options.hot_reload = hot_reload;
                options
            })
        }

        /// Keeps the hashes of local files between runs, so that unchanged files are not read again.
        pub fn hash_index(self, index: std::sync::Arc<$crate::HashIndex>) -> Self {
            self.map(|mut options| {
                options.hash_index = Some(index);
                options
            })
        }

        /// Adds an upload transfer. Transfers added later are tried first; Xet and Git LFS are the last ones.
        pub fn transfer(self, transfer: std::sync::Arc<dyn $crate::UploadTransfer>) -> Self {
            self.map(|mut options| {
                options.transfers.insert(0, transfer);
                options
            })
        }
    };
}
pub(crate) use commit_setters;

impl CommitOptions {
    commit_setters!(@setters);
}
