//! The seam where large files leave: Git LFS today, others beside it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use hf_transport::progress::ProgressSink;
use hf_transport::{Client, Error, ErrorKind, Result, TokenMode};
use tokio::sync::mpsc;

use crate::index::HashIndex;
use crate::operation::CommitOperationAdd;
use crate::target::{Context, RepoTarget};

/// Files that one transfer has declined and the next has not taken.
const DECLINED_QUEUE: usize = 64;

/// A boxed future of a [`Transfer`].
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way to bring large files to the Hub's storage.
///
/// The files come through a channel while earlier ones are under way. For each that it takes, a transfer sends the
/// bytes, makes sure that [`CommitOperationAdd::sha256`] is known (whether it needs it before, as LFS does, or learns
/// it while sending) and calls [`TransferJob::done`]. A file that it cannot take, or failed to send, it hands to
/// [`TransferJob::decline`]: the next transfer of the call works on it at once. The last one is always
/// [`LfsTransfer`](crate::LfsTransfer).
pub trait Transfer: fmt::Debug + Send + Sync + 'static {
    /// Its name, for logs.
    fn name(&self) -> &'static str;

    /// Takes or declines each file of `job`. An error ends the call, and nothing is committed.
    fn upload(&self, job: TransferJob) -> BoxFuture<'_, Result<()>>;
}

/// What a [`Transfer`] works on.
pub struct TransferJob {
    pub(crate) cx: Context,
    pub(crate) create_pr: bool,
    pub(crate) files: mpsc::Receiver<CommitOperationAdd>,
    /// To the next transfer.
    declined: mpsc::Sender<CommitOperationAdd>,
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
    ///
    /// # Errors
    /// `Upload` if its SHA-256 is not known: the commit would have no name for it.
    pub fn done(&self, file: &CommitOperationAdd) -> Result<()> {
        self.options.done(file)
    }

    /// Leaves `file` to the next transfer; waits while that has enough to do.
    ///
    /// # Errors
    /// `Upload` if the call has failed for another reason.
    pub async fn decline(&self, file: CommitOperationAdd) -> Result<()> {
        tracing::debug!(file = file.path_in_repo(), "declined");
        self.declined
            .send(file)
            .await
            .map_err(|_| Error::new(ErrorKind::Upload, "the transfer has ended early"))
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

/// Gives the files to the first transfer, what that declines to the next, and so on, all at once.
pub(crate) async fn run_transfers(
    cx: &Context,
    create_pr: bool,
    files: mpsc::Receiver<CommitOperationAdd>,
    options: &TransferOptions,
) -> Result<()> {
    let mut files = files;
    let mut running = Vec::with_capacity(options.transfers.len());
    for transfer in &options.transfers {
        let (declined, rest) = mpsc::channel(DECLINED_QUEUE);
        running.push(transfer.upload(TransferJob {
            cx: cx.clone(),
            create_pr,
            files,
            declined,
            options: options.clone(),
        }));
        files = rest;
    }
    let left = async move {
        match files.recv().await {
            None => Ok(()),
            Some(file) => Err(Error::new(
                ErrorKind::Upload,
                format!("no transfer takes `{}`", file.path_in_repo()),
            )),
        }
    };
    futures_util::try_join!(try_join_all(running), left).map(drop)
}
