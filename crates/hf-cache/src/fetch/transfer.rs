//! The interface for transfers other than plain HTTP.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hf_transport::{BoxFuture, Client, Error, ErrorKind, Result, TokenMode};

use super::body_error::{BodyError, long, short};
use super::chunk::Chunk;
use super::context::Context;
use super::deliver::deliver;
use super::download_file::DownloadFile;
use super::job::FetchJob;
use super::writer::FileWriter;
use crate::store::lock::locks_are_reliable;
use crate::store::partial::Progress;
use crate::store::pieces::PieceMap;

/// How many bytes are passed to the writer at a time. The memory budget of the call is counted in these
/// units.
const WRITE_SIZE: usize = 1024 * 1024;

/// A transfer that downloads the content of a file by other means than plain HTTP.
///
/// For each file, the transfers of a call are asked in order, the most recently added first. The first one
/// that accepts the file downloads it. If it fails, the next one that accepts it continues; plain HTTP is the
/// final fallback and accepts every file. All of them write to one partial file, which is renamed into place
/// only after its hash has been verified. Written bytes survive failures, cancellation and crashes, and the
/// next transfer only has to write what is still missing.
///
/// A transfer may write bytes in order ([`write`](DownloadJob::write)), or anywhere and from several tasks at once
/// ([`write_at`](DownloadJob::write_at)).
///
/// ```
/// use std::sync::Arc;
/// use hf_cache::{DownloadFile, DownloadJob, DownloadTransfer, HfHubDownload};
/// use hf_transport::{BoxFuture, Result};
///
/// /// Knows the content of one file.
/// #[derive(Debug)]
/// struct Constant;
///
/// impl DownloadTransfer for Constant {
///     fn name(&self) -> &'static str {
///         "constant"
///     }
///
///     fn accepts(&self, file: &DownloadFile) -> bool {
///         file.path().as_str() == "hello.txt"
///     }
///
///     fn download<'a>(&'a self, job: &'a DownloadJob<'_>) -> BoxFuture<'a, Result<()>> {
///         Box::pin(async move {
///             for range in job.missing() {
///                 let bytes = &b"hello"[range.start as usize..range.end as usize];
///                 job.write_at(range.start, bytes.into()).await?;
///             }
///             Ok(())
///         })
///     }
/// }
///
/// # fn example() -> std::result::Result<(), Box<dyn std::error::Error>> {
/// let call = HfHubDownload::new("user/name".parse()?, "hello.txt").transfer(Arc::new(Constant));
/// # Ok(())
/// # }
/// ```
pub trait DownloadTransfer: fmt::Debug + Send + Sync + 'static {
    /// Returns the name of the transfer, for logs.
    fn name(&self) -> &'static str;

    /// Returns whether this transfer can download the file. It must not send requests; the metadata of the
    /// file is already known.
    fn accepts(&self, file: &DownloadFile) -> bool;

    /// Returns whether this transfer verifies what it downloads by a hash that the Hub announced. By default, it does
    /// not.
    ///
    /// The file is then not hashed while it arrives. If the transfer says so by
    /// [`set_verified`](DownloadJob::set_verified), it is not hashed at all, and otherwise at the end.
    fn verifies(&self) -> bool {
        false
    }

    /// Writes all bytes of the file that are [`missing`](DownloadJob::missing).
    ///
    /// # Errors
    /// On any error, the next transfer continues with what is still missing. Errors of the job's own methods
    /// must be returned unchanged: after a failure of the disk, no other transfer is tried.
    fn download<'a>(&'a self, job: &'a DownloadJob<'_>) -> BoxFuture<'a, Result<()>>;
}

/// The part of a file that is on disk.
#[derive(Debug)]
enum Present {
    /// The first bytes.
    Prefix(u64),
    Pieces(PieceMap),
}

/// A download that a [`DownloadTransfer`] carries out: which bytes are missing, and where they go.
pub struct DownloadJob<'a> {
    cx: &'a Context,
    job: &'a FetchJob,
    file: &'a DownloadFile,
    writer: &'a FileWriter,
    present: Mutex<Present>,
    /// Whether the disk failed, in which case no other transfer can help.
    disk_failed: AtomicBool,
    /// The transfer has verified the whole file.
    verified: AtomicBool,
    /// It has done so by the file's Xet hash.
    pub(super) has_xet_hash: AtomicBool,
    /// Bytes were there before the transfer began.
    resumed: bool,
}

impl fmt::Debug for DownloadJob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadJob")
            .field("file", self.file)
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}

impl<'a> DownloadJob<'a> {
    pub(super) fn new(
        cx: &'a Context,
        job: &'a FetchJob,
        file: &'a DownloadFile,
        writer: &'a FileWriter,
        progress: Progress,
    ) -> Self {
        let present = match progress {
            Progress::Prefix(n) => Present::Prefix(n),
            Progress::Pieces(map) => Present::Pieces(map),
        };
        Self {
            cx,
            job,
            file,
            writer,
            resumed: !matches!(present, Present::Prefix(0)),
            present: Mutex::new(present),
            disk_failed: AtomicBool::new(false),
            verified: AtomicBool::new(false),
            has_xet_hash: AtomicBool::new(false),
        }
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the file.
    pub fn file(&self) -> &DownloadFile {
        self.file
    }

    /// Returns the client of the call.
    pub fn client(&self) -> &Client {
        &self.cx.client
    }

    /// Returns the token of the call. It must be sent only to the Hub.
    pub fn token(&self) -> &TokenMode {
        self.cx.requests.options.token()
    }

    /// Returns the number of bytes from the start of the file that exist without a gap.
    pub fn position(&self) -> u64 {
        match &*self.present() {
            Present::Prefix(n) => *n,
            Present::Pieces(map) => map.frontier(),
        }
    }

    /// Returns the missing parts of the file, in order. If the size is unknown, the last part ends at
    /// `u64::MAX`.
    pub fn missing(&self) -> Vec<Range<u64>> {
        match &*self.present() {
            Present::Prefix(n) => {
                let rest = *n..self.job.size.unwrap_or(u64::MAX);
                Some(rest)
                    .filter(|rest| !rest.is_empty())
                    .into_iter()
                    .collect()
            }
            Present::Pieces(map) => map.missing(),
        }
    }

    /// Writes the bytes that follow [`position`](Self::position).
    ///
    /// Waits while the disk is behind, or while the bandwidth limit of the call holds the bytes back. Only
    /// one task may use this method; several tasks use [`write_at`](Self::write_at).
    ///
    /// # Errors
    /// Returns `Checksum` if the bytes exceed the file, and `Io` if they cannot be written.
    pub async fn write(&self, bytes: Bytes) -> Result<()> {
        self.write_at(self.position(), bytes).await
    }

    /// Writes bytes at any offset of the file, in any order and from several tasks at once.
    ///
    /// Bytes that exist already are ignored. Progress is recorded on disk in pieces of 16 MiB. After a crash,
    /// bytes of a piece that were written behind a gap are missing again, so a transfer should fill each
    /// piece from its start.
    ///
    /// # Errors
    /// The same as [`write`](Self::write), and `Validation` for an offset behind a gap in a file of unknown
    /// size.
    pub async fn write_at(&self, offset: u64, bytes: Bytes) -> Result<()> {
        self.write_parts_at(offset, vec![bytes]).await
    }

    /// Writes bytes that follow each other in the file, but not in memory, as [`write_at`](Self::write_at) does.
    ///
    /// # Errors
    /// The same as [`write_at`](Self::write_at).
    pub async fn write_parts_at(&self, offset: u64, parts: Vec<Bytes>) -> Result<()> {
        let length: usize = parts.iter().map(Bytes::len).sum();
        let end = offset.saturating_add(length as u64);
        if let Some(size) = self.job.size.filter(|size| end > *size) {
            return Err(long(self.job.file(), size));
        }
        if !matches!(*self.present(), Present::Prefix(at) if at == offset) {
            self.allow_any_order(offset).await?;
        }
        let mut at = offset;
        let mut parts = VecDeque::from(parts);
        parts.retain(|part| !part.is_empty());
        while !parts.is_empty() {
            let chunk = Chunk::take(&mut parts, WRITE_SIZE);
            let len = chunk.len() as u64;
            if let Err(e) = deliver(self.cx, self.job, self.writer, at, chunk).await {
                self.disk_failed.store(true, Ordering::Relaxed);
                return Err(BodyError::into_error(e));
            }
            match &mut *self.present() {
                Present::Prefix(n) => *n += len,
                Present::Pieces(map) => drop(map.add(at, len)),
            }
            at += len;
        }
        Ok(())
    }

    /// The writer must know the map before it receives bytes that need it, so the state is switched only
    /// after the writer was notified. Two tasks may both do so; the second has no effect.
    async fn allow_any_order(&self, offset: u64) -> Result<()> {
        let prefix = match &*self.present() {
            Present::Prefix(n) => *n,
            Present::Pieces(_) => return Ok(()),
        };
        let Some(size) = self.job.size else {
            return Err(Error::new(
                ErrorKind::Validation,
                format!(
                    "cannot write at {offset}: the size of `{}` is unknown, so its bytes must come in order, and {prefix} are there",
                    self.job.file()
                ),
            ));
        };
        if let Err(e) = self.writer.any_order().await {
            self.disk_failed.store(true, Ordering::Relaxed);
            return Err(e);
        }
        let mut present = self.present();
        if let Present::Prefix(n) = *present {
            *present = Present::Pieces(PieceMap::with_prefix(size, n));
        }
        Ok(())
    }

    /// Discards the bytes that exist, so that the whole file is missing.
    ///
    /// # Errors
    /// Returns `Io` if the disk fails.
    pub async fn restart(&self) -> Result<()> {
        self.job.progress.restart();
        let done = self.writer.restart().await;
        *self.present() = Present::Prefix(0);
        if done.is_err() {
            self.disk_failed.store(true, Ordering::Relaxed);
        }
        done
    }

    /// Returns the options of the call's requests to the Hub: its token, headers and time limits.
    #[cfg(feature = "xet")]
    pub(super) fn request_options(&self) -> hf_transport::RequestOptions {
        self.cx.requests.options.clone()
    }

    /// Returns whether the file is written to a network file system, on which bytes are best written in order.
    pub fn is_on_network_file_system(&self) -> bool {
        let folder = self.job.stem.parent().unwrap_or(Path::new("."));
        !locks_are_reliable(folder)
    }

    /// Says that the transfer itself has verified the whole file by a hash that the Hub announced.
    ///
    /// This is ignored if bytes were there before the transfer began: it has not seen them.
    pub fn set_verified(&self) {
        self.verified.store(!self.resumed, Ordering::Relaxed);
    }

    /// The same as [`set_verified`](Self::set_verified), by the file's Xet hash.
    #[cfg(feature = "xet")]
    pub(super) fn set_verified_by_xet_hash(&self) {
        self.set_verified();
        self.has_xet_hash.store(!self.resumed, Ordering::Relaxed);
    }

    pub(super) fn is_verified(&self) -> bool {
        self.verified.load(Ordering::Relaxed)
    }

    pub(super) fn disk_failed(&self) -> bool {
        self.disk_failed.load(Ordering::Relaxed)
    }

    /// Runs `transfer`, and returns the size of the file if it is then complete.
    pub(super) async fn carry_out(&self, transfer: &dyn DownloadTransfer) -> Result<u64> {
        transfer.download(self).await?;
        match self.job.size {
            Some(size) if size != self.position() => {
                Err(short(self.job.file(), self.position(), size))
            }
            _ => Ok(self.position()),
        }
    }
}
