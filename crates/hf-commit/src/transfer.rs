//! The seam where large files leave: Git LFS today, others beside it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hf_transport::progress::ProgressSink;
use hf_transport::{Client, Error, ErrorKind, Result, TokenMode};
use tokio::sync::mpsc;

use crate::index::HashIndex;
use crate::operation::CommitOperationAdd;
use crate::target::{Context, RepoTarget};

/// A boxed future of a [`Transfer`].
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way to bring large files to the Hub's storage.
///
/// The files come through a channel while earlier ones are under way. For each that it takes, a transfer sends the
/// bytes, makes sure that [`CommitOperationAdd::sha256`] is known (whether it needs it before, as LFS does, or learns
/// it while sending) and calls [`TransferJob::done`]. Files that it cannot take it returns, and the next transfer of the call
/// gets them; the last one is always [`LfsTransfer`](crate::LfsTransfer).
pub trait Transfer: fmt::Debug + Send + Sync + 'static {
    /// Its name, for logs.
    fn name(&self) -> &'static str;

    /// Takes all files of `job`; returns those it declines. An error ends the call.
    fn upload(&self, job: TransferJob) -> BoxFuture<'_, Result<Vec<CommitOperationAdd>>>;
}

/// What a [`Transfer`] works on.
pub struct TransferJob {
    pub(crate) cx: Context,
    pub(crate) create_pr: bool,
    pub(crate) files: mpsc::Receiver<CommitOperationAdd>,
    pub(crate) options: TransferOptions,
}

/// How a [`TransferJob`] is done.
#[derive(Clone)]
pub(crate) struct TransferOptions {
    pub(crate) concurrency: usize,
    /// How long storage may take to put parts together.
    pub(crate) completion_timeout: Duration,
    pub(crate) index: Option<Arc<HashIndex>>,
    pub(crate) free_memory: bool,
    pub(crate) transfers: Vec<Arc<dyn Transfer>>,
    /// Told of each file that arrived.
    pub(crate) arrived: Option<mpsc::UnboundedSender<CommitOperationAdd>>,
}

impl TransferJob {
    /// The client to send with.
    pub fn client(&self) -> &Client {
        &self.cx.client
    }

    /// The repository.
    pub fn target(&self) -> &RepoTarget {
        &self.cx.target
    }

    /// The token of the call.
    pub fn token(&self) -> &TokenMode {
        &self.cx.token
    }

    /// Whether a pull request will be opened: permission on the revision itself is not needed then.
    pub fn create_pr(&self) -> bool {
        self.create_pr
    }

    /// How many requests may send bytes at a time.
    pub fn concurrency(&self) -> usize {
        self.options.concurrency
    }

    /// Where events go.
    pub fn progress(&self) -> Option<&Arc<dyn ProgressSink>> {
        self.cx.progress.0.as_ref()
    }

    /// The next file; `None` when there will be no more.
    pub async fn next(&mut self) -> Option<CommitOperationAdd> {
        self.files.recv().await
    }

    /// Says that the bytes of `file` are in storage.
    pub fn done(&self, file: &CommitOperationAdd) -> Result<()> {
        self.options.done(file)
    }
}

impl TransferOptions {
    pub(crate) fn done(&self, file: &CommitOperationAdd) -> Result<()> {
        if file.sha256().is_none() {
            return Err(Error::new(
                ErrorKind::Upload,
                format!(
                    "the SHA-256 of `{}` is not known after its transfer",
                    file.path_in_repo()
                ),
            ));
        }
        file.set_uploaded();
        if self.free_memory {
            file.free();
        }
        if let Some(arrived) = &self.arrived {
            // Nobody listens any more: the call is over.
            let _ = arrived.send(file.clone());
        }
        Ok(())
    }
}

/// Gives the files to the first transfer, what that declines to the next, and so on.
pub(crate) async fn run_transfers(
    cx: &Context,
    create_pr: bool,
    files: mpsc::Receiver<CommitOperationAdd>,
    options: &TransferOptions,
) -> Result<()> {
    let mut files = files;
    for transfer in &options.transfers {
        let job = TransferJob {
            cx: cx.clone(),
            create_pr,
            files,
            options: options.clone(),
        };
        let declined = transfer.upload(job).await?;
        if declined.is_empty() {
            return Ok(());
        }
        tracing::debug!(
            transfer = transfer.name(),
            files = declined.len(),
            "declined"
        );
        let (tx, rx) = mpsc::channel(declined.len());
        for file in declined {
            // The channel has room for all.
            let _ = tx.try_send(file);
        }
        files = rx;
    }
    match files.recv().await {
        None => Ok(()),
        Some(file) => Err(Error::new(
            ErrorKind::Upload,
            format!("no transfer takes `{}`", file.path_in_repo()),
        )),
    }
}
