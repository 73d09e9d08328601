//! The interface for uploading large files, of which Git LFS is one implementation.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use hf_transport::progress::ProgressSink;
use hf_transport::{BoxFuture, Client, ConcurrencyConfig, Error, ErrorKind, Result, TokenMode};
use hf_types::Sha256;
use tokio::sync::mpsc;

use crate::context::Context;
use crate::file::{LargeFile, StoredFile};
use crate::index::HashIndex;
use crate::target::RepoTarget;

/// The number of files that one transfer has declined and the next has not received yet.
const DECLINED_QUEUE: usize = 64;

/// A transfer that uploads large files to the Hub's storage.
///
/// Files arrive through [`UploadJob::next`] while earlier ones are in flight. Each must be returned: through
/// [`UploadJob::done`] once its bytes are in storage, with the SHA-256 that was known before (as LFS
/// requires) or computed while the bytes were read; or through [`UploadJob::decline`] if the transfer cannot
/// handle the file or has failed to upload it. The next transfer of the call then receives it immediately;
/// the last one is always [`LfsTransfer`](crate::LfsTransfer).
///
/// A transfer may finish files in any order, and several of them together: a commit waits until all of its
/// files are done, while files of other commits are still being uploaded.
pub trait UploadTransfer: fmt::Debug + Send + Sync + 'static {
    /// Returns the name of the transfer, for logs.
    fn name(&self) -> &'static str;

    /// Uploads or declines each file of `job`. An error ends the call, and nothing is committed.
    fn upload(&self, job: UploadJob) -> BoxFuture<'_, Result<()>>;
}

/// The files that an [`UploadTransfer`] receives, and the call that they belong to.
pub struct UploadJob {
    pub(crate) cx: Context,
    pub(crate) create_pr: bool,
    pub(crate) options: TransferOptions,
    pub(crate) files: mpsc::Receiver<LargeFile>,
    /// Leads to the next transfer.
    pub(crate) declined: mpsc::Sender<LargeFile>,
    pub(crate) stored: StoredSender,
}

/// Options of a call that concern its transfers.
#[derive(Clone)]
pub(crate) struct TransferOptions {
    pub(crate) concurrency: ConcurrencyConfig,
    /// How long storage may take to assemble the parts of a file.
    pub(crate) completion_timeout: Duration,
    pub(crate) index: Option<Arc<HashIndex>>,
    /// In the order in which they are tried.
    pub(crate) transfers: Vec<Arc<dyn UploadTransfer>>,
}

/// Receives the files that have reached storage, each with its index.
///
/// Unbounded: it holds no file content, and a transfer that had to wait here could not finish the files that
/// the receiver waits for.
#[derive(Clone)]
pub(crate) struct StoredSender(mpsc::UnboundedSender<(usize, StoredFile)>);

/// The other end of a [`StoredSender`].
pub(crate) type StoredReceiver = mpsc::UnboundedReceiver<(usize, StoredFile)>;

impl StoredSender {
    pub(crate) fn channel() -> (Self, StoredReceiver) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    pub(crate) fn done(&self, file: LargeFile, sha256: Sha256) -> Result<()> {
        let slot = file.slot;
        // If there is no receiver, the call has ended.
        let _ = self.0.send((slot, file.into_stored(sha256)?));
        Ok(())
    }
}

impl UploadJob {
    /// Returns the client to send requests with.
    pub fn client(&self) -> &Client {
        &self.cx.client
    }

    /// Returns the repository and revision that the commit goes to.
    pub fn target(&self) -> &RepoTarget {
        &self.cx.target
    }

    /// Returns the token of the call.
    pub fn token(&self) -> &TokenMode {
        self.cx.requests.token()
    }

    /// Returns whether the commit will open a pull request, which needs no permission to write to the
    /// revision.
    pub fn create_pr(&self) -> bool {
        self.create_pr
    }

    /// Returns the number of concurrent requests that may carry file content, as long as nothing is known of what
    /// more of them bring.
    pub fn concurrency(&self) -> usize {
        self.options.concurrency.initial()
    }

    /// Returns the progress sink of the call.
    pub fn progress(&self) -> Option<&Arc<dyn ProgressSink>> {
        self.cx.progress.0.as_ref()
    }

    /// Waits for the next file. Returns `None` when there are no more.
    pub async fn next(&mut self) -> Option<LargeFile> {
        self.files.recv().await
    }

    /// Reports that the bytes of `file` are in storage under `sha256`.
    ///
    /// # Errors
    /// Returns `Upload` if the file was known to have another SHA-256.
    pub fn done(&self, file: LargeFile, sha256: Sha256) -> Result<()> {
        self.stored.done(file, sha256)
    }

    /// Passes `file` to the next transfer, waiting while that one is busy.
    ///
    /// # Errors
    /// Returns `Upload` if the call has failed for another reason.
    pub async fn decline(&self, file: LargeFile) -> Result<()> {
        tracing::debug!(file = file.path_in_repo(), "declined");
        self.declined.send(file).await.map_err(|_| ended_early())
    }
}

/// Returns the error for a stage whose successor has failed; the successor's own error is the cause.
pub(crate) fn ended_early() -> Error {
    Error::new(ErrorKind::Upload, "the upload has ended early")
}

/// Returns the error for transfers that ended without storing or declining `path`.
pub(crate) fn never_stored(path: &str) -> Error {
    Error::new(
        ErrorKind::Upload,
        format!("a transfer ended without storing or declining `{path}`; nothing was committed"),
    )
}

/// Passes the files to the first transfer, those that it declines to the next, and so on, all concurrently.
pub(crate) async fn run_transfers(
    cx: &Context,
    create_pr: bool,
    files: mpsc::Receiver<LargeFile>,
    stored: StoredSender,
    options: &TransferOptions,
) -> Result<()> {
    let mut files = files;
    let mut running = Vec::with_capacity(options.transfers.len());
    for transfer in &options.transfers {
        let (declined, rest) = mpsc::channel(DECLINED_QUEUE);
        running.push(transfer.upload(UploadJob {
            cx: cx.clone(),
            create_pr,
            options: options.clone(),
            files,
            declined,
            stored: stored.clone(),
        }));
        files = rest;
    }
    // The receiver ends when the last transfer has ended.
    drop(stored);
    let left = async move {
        match files.recv().await {
            None => Ok(()),
            Some(file) => Err(Error::new(
                ErrorKind::Upload,
                format!("no transfer accepts `{}`", file.path_in_repo()),
            )),
        }
    };
    futures_util::try_join!(try_join_all(running), left).map(drop)
}
