//! The seam through which large files are uploaded: Git LFS today, others beside it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use hf_transport::progress::ProgressSink;
use hf_transport::{Client, Error, ErrorKind, Result, TokenMode};
use hf_types::Sha256;
use tokio::sync::mpsc;

use crate::context::Context;
use crate::file::{LargeFile, StoredFile};
use crate::index::HashIndex;
use crate::target::RepoTarget;

/// Files that one transfer has declined and the next has not taken.
const DECLINED_QUEUE: usize = 64;

/// A boxed future of an [`UploadTransfer`].
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way to bring large files to the Hub's storage.
///
/// The files come through [`UploadJob::next`] while earlier ones are in flight. Each of them has to be given back:
/// through [`UploadJob::done`], once its bytes are in storage, with the SHA-256 that the transfer knew before (as LFS
/// must) or has computed while it read the bytes; or through [`UploadJob::decline`], if the transfer cannot take the
/// file or has failed to send it. The next transfer of the call then works on it at once; the last one is always
/// [`LfsTransfer`](crate::LfsTransfer).
///
/// A transfer may finish files in any order, and several of them together: the commit waits until every file that it
/// names is done, while the files of other commits are still being sent.
pub trait UploadTransfer: fmt::Debug + Send + Sync + 'static {
    /// Returns the name of the transfer, for logs.
    fn name(&self) -> &'static str;

    /// Uploads or declines each file of `job`. An error ends the call, and nothing is committed.
    fn upload(&self, job: UploadJob) -> BoxFuture<'_, Result<()>>;
}

/// The files that an [`UploadTransfer`] works on, and the call that they belong to.
pub struct UploadJob {
    pub(crate) cx: Context,
    pub(crate) create_pr: bool,
    pub(crate) options: TransferOptions,
    pub(crate) files: mpsc::Receiver<LargeFile>,
    /// To the next transfer.
    declined: mpsc::Sender<LargeFile>,
    pub(crate) stored: StoredSender,
}

/// Options of a call that concern its transfers.
#[derive(Clone)]
pub(crate) struct TransferOptions {
    pub(crate) concurrency: usize,
    /// How long storage may take to assemble the parts of a file.
    pub(crate) completion_timeout: Duration,
    pub(crate) index: Option<Arc<HashIndex>>,
    /// In the order in which they are tried.
    pub(crate) transfers: Vec<Arc<dyn UploadTransfer>>,
}

/// Takes the files that have arrived in storage, each with its slot.
///
/// Unbounded: it holds no contents, and a transfer that had to wait here could not finish the files which the receiver
/// waits for.
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
        // If nobody receives, the call is over.
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
        &self.cx.token
    }

    /// Returns whether the commit will open a pull request: permission to write to the revision is not needed then.
    pub fn create_pr(&self) -> bool {
        self.create_pr
    }

    /// Returns how many requests may carry file contents at the same time.
    pub fn concurrency(&self) -> usize {
        self.options.concurrency
    }

    /// Returns the progress sink of the call.
    pub fn progress(&self) -> Option<&Arc<dyn ProgressSink>> {
        self.cx.progress.0.as_ref()
    }

    /// Waits for the next file; `None` when there will be no more.
    pub async fn next(&mut self) -> Option<LargeFile> {
        self.files.recv().await
    }

    /// Reports that the bytes of `file` are in storage under `sha256`.
    ///
    /// # Errors
    /// `Upload` if the file was known to have another SHA-256.
    pub fn done(&self, file: LargeFile, sha256: Sha256) -> Result<()> {
        self.stored.done(file, sha256)
    }

    /// Leaves `file` to the next transfer, waiting while that has enough to do.
    ///
    /// # Errors
    /// `Upload` if the call has failed for another reason.
    pub async fn decline(&self, file: LargeFile) -> Result<()> {
        tracing::debug!(file = file.path_in_repo(), "declined");
        self.declined.send(file).await.map_err(|_| ended_early())
    }
}

/// The stage after this one has failed; its own error says why.
pub(crate) fn ended_early() -> Error {
    Error::new(ErrorKind::Upload, "the upload has ended early")
}

/// The transfers have ended without an error, but `path` was neither stored nor declined by any of them.
pub(crate) fn never_stored(path: &str) -> Error {
    Error::new(
        ErrorKind::Upload,
        format!("a transfer ended without storing or declining `{path}`; nothing was committed"),
    )
}

/// Gives the files to the first transfer, what that one declines to the next, and so on, all at the same time.
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
                format!("no transfer takes `{}`", file.path_in_repo()),
            )),
        }
    };
    futures_util::try_join!(try_join_all(running), left).map(drop)
}
