//! Which way a file takes: the transfers of its call in their order, plain HTTP last.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use hf_transport::progress::ProgressEvent;
use hf_transport::{Client, Error, ErrorKind, ResponseBody, Result, TokenMode};
use hf_types::{CommitHash, Etag, RepoId, RepoPath, RepoType, Sha256};
use http_body_util::Full;

use super::chunk::Reader;
use super::context::Context;
use super::sink::{Sink, Target};
use super::source::Opened;
use super::transfer::{self, Broken, Guards, Job, deliver, long, short};
use crate::call::place::FileSpec;
use crate::store::hash::Expected;
use crate::store::partial::Progress;

/// What [`Transfer::download`] gives.
pub type TransferFuture<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// A way of bringing the bytes of a file, beside plain HTTP.
///
/// The transfers of a call are asked in their order for each file. The first that takes it brings it; where that fails, the
/// next one that takes it goes on, and plain HTTP in the end, which takes every file. Whoever brings them, the bytes are kept
/// in one partial, checked against the hash of the file, and only then get its name.
///
/// ```
/// use hf_cache::{HfHubDownload, Transfer, TransferFile, TransferFuture, TransferJob};
///
/// /// Knows one file by heart.
/// #[derive(Debug)]
/// struct ByHeart;
///
/// impl Transfer for ByHeart {
///     fn name(&self) -> &'static str {
///         "by heart"
///     }
///
///     fn takes(&self, file: &TransferFile) -> bool {
///         file.path().as_str() == "hello.txt"
///     }
///
///     fn download<'a>(&'a self, job: &'a mut TransferJob<'_>) -> TransferFuture<'a> {
///         Box::pin(async move {
///             let rest = &b"hello"[job.position() as usize..];
///             job.write(rest.into()).await
///         })
///     }
/// }
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let mut call = HfHubDownload::new("user/name".parse()?, "hello.txt");
/// call.transfers = vec![std::sync::Arc::new(ByHeart)];
/// # Ok(())
/// # }
/// ```
pub trait Transfer: fmt::Debug + Send + Sync + 'static {
    /// Its name, for logs.
    fn name(&self) -> &'static str;

    /// Whether it can bring this file. No request: what the Hub said of the file is known.
    fn takes(&self, file: &TransferFile) -> bool;

    /// Brings the bytes from [`TransferJob::position`] to the end of the file, in order.
    ///
    /// # Errors
    /// Any: the bytes so far are kept, and the next way goes on there. An error of [`TransferJob::write`] is to be passed on.
    fn download<'a>(&'a self, job: &'a mut TransferJob<'_>) -> TransferFuture<'a>;
}

/// A file to bring: what the Hub said of it.
#[derive(Debug, Clone)]
pub struct TransferFile {
    repo_type: RepoType,
    repo_id: RepoId,
    commit: CommitHash,
    path: RepoPath,
    etag: Etag,
    size: Option<u64>,
    xet_hash: Option<Sha256>,
}

impl TransferFile {
    /// The kind of its repository.
    pub fn repo_type(&self) -> RepoType {
        self.repo_type
    }

    /// Its repository.
    pub fn repo_id(&self) -> &RepoId {
        &self.repo_id
    }

    /// The commit that it is of.
    pub fn commit(&self) -> &CommitHash {
        &self.commit
    }

    /// Its path in the repository.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// Its ETag: for large files the SHA-256 of the content.
    pub fn etag(&self) -> &Etag {
        &self.etag
    }

    /// Its size in bytes, if known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The hash of its content in Xet, if it is there.
    pub fn xet_hash(&self) -> Option<&Sha256> {
        self.xet_hash.as_ref()
    }
}

/// A file on its way, for a [`Transfer`]: where its bytes go, and what they are asked for with.
pub struct TransferJob<'a> {
    cx: &'a Context,
    job: &'a Job,
    file: &'a TransferFile,
    sink: &'a mut Sink,
    at: u64,
    /// The disk failed: no other way helps.
    broken: bool,
}

impl fmt::Debug for TransferJob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransferJob")
            .field("file", self.file)
            .field("position", &self.at)
            .finish_non_exhaustive()
    }
}

impl TransferJob<'_> {
    /// The file.
    pub fn file(&self) -> &TransferFile {
        self.file
    }

    /// The client to ask with.
    pub fn client(&self) -> &Client {
        &self.cx.client
    }

    /// The token of the call. It is for the Hub alone.
    pub fn token(&self) -> &TokenMode {
        &self.cx.token
    }

    /// How many bytes are there already, from the beginning of the file on.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Takes the bytes that follow. Waits while the disk is behind, or the bandwidth limit of the call holds them up.
    ///
    /// # Errors
    /// `Checksum` for more bytes than the file has; `Io` if they cannot be written.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        let end = self.at + bytes.len() as u64;
        if let Some(size) = self.job.size.filter(|size| end > *size) {
            return Err(long(&self.job.name, size));
        }
        let mut reader = Reader::new(ResponseBody::new(Full::new(bytes)), &self.cx.buffers);
        while let Some(chunk) = reader.next(u64::MAX).await.map_err(Broken::into_error)? {
            let len = chunk.len() as u64;
            if let Err(broken) = deliver(self.cx, self.job, self.sink, self.at, chunk).await {
                self.broken = true;
                return Err(broken.into_error());
            }
            self.at += len;
        }
        Ok(())
    }

    /// Forgets the bytes that are there.
    ///
    /// # Errors
    /// `Io` if the disk fails.
    pub async fn restart(&mut self) -> Result<()> {
        self.job.restarted(self.cx, self.at);
        self.at = 0;
        let done = self.sink.restart().await;
        self.broken |= done.is_err();
        done
    }
}

/// The transfers of a call beside plain HTTP, and the repository that it downloads from.
#[derive(Debug)]
pub(crate) struct Transfers {
    pub(crate) repo_type: RepoType,
    pub(crate) repo_id: RepoId,
    pub(crate) list: Vec<Arc<dyn Transfer>>,
}

impl Transfers {
    /// Those that take a file; `None` if it goes by HTTP.
    pub(crate) fn choose(&self, commit: &CommitHash, spec: &FileSpec) -> Option<Chosen> {
        let file = TransferFile {
            repo_type: self.repo_type,
            repo_id: self.repo_id.clone(),
            commit: *commit,
            path: spec.path.clone(),
            etag: spec.etag.clone(),
            size: spec.size,
            xet_hash: spec.xet_hash,
        };
        let takers = self.list.iter().filter(|t| t.takes(&file));
        let takers: Vec<_> = takers.cloned().collect();
        (!takers.is_empty()).then_some(Chosen { file, takers })
    }
}

/// A file that other ways than HTTP come first for.
#[derive(Debug)]
pub(crate) struct Chosen {
    file: TransferFile,
    takers: Vec<Arc<dyn Transfer>>,
}

/// A way beside HTTP, and the file as it sees it.
type Other<'a> = (&'a dyn Transfer, &'a TransferFile);

/// Why an attempt came to nothing.
struct Failed {
    error: Error,
    /// It rested on bytes of earlier attempts.
    resumed: bool,
    /// It is the disk: another way fares no better.
    here: bool,
}

/// Fetches, verifies and names a file. `opened` is an answer that has already begun, if there is one.
pub(crate) async fn fetch(
    cx: &Context,
    job: &Job,
    opened: Option<Opened>,
    guards: Guards,
) -> Result<()> {
    let mut guards = Some(guards);
    if let Some(Chosen { file, takers }) = &job.chosen {
        for transfer in takers {
            let other = Some((&**transfer, file));
            let Err(failed) = attempt(cx, job, job.resume, other, None, &mut guards).await else {
                return Ok(());
            };
            if failed.here {
                return Err(failed.error);
            }
            let reason = failed.error.to_string();
            tracing::warn!(
                file = job.name,
                transfer = transfer.name(),
                error = reason,
                "another way is taken"
            );
            cx.tell(ProgressEvent::Retry {
                file: &job.name,
                attempt: 1,
                reason: &reason,
            });
        }
    }
    match attempt(cx, job, job.resume, None, opened, &mut guards).await {
        // What an earlier attempt left may have been damaged since: once more without it.
        Err(Failed {
            error,
            resumed: true,
            ..
        }) if error.kind() == ErrorKind::Checksum => {
            tracing::warn!(file = job.name, %error, "starting over without what an earlier attempt left");
            attempt(cx, job, false, None, None, &mut guards).await
        }
        other => other,
    }
    .map_err(|failed| failed.error)
}

/// One transfer from what is there to the end.
async fn attempt(
    cx: &Context,
    job: &Job,
    resume: bool,
    other: Option<Other<'_>>,
    opened: Option<Opened>,
    guards: &mut Option<Guards>,
) -> Result<(), Failed> {
    let target = Target {
        name: job.name.clone(),
        stem: job.stem.clone(),
        destination: job.destination.clone(),
        expected: Expected::of(&job.etag, job.verify),
        size: job.size,
        resume,
        progress: cx.progress.clone(),
    };
    let shared = Arc::new(guards.take());
    let (mut sink, progress) = match Sink::open(target, shared.clone()).await {
        Ok(opened) => opened,
        Err(error) => {
            return Err(Failed {
                error,
                resumed: false,
                here: true,
            });
        }
    };
    let resumed = progress != Progress::Prefix(0);
    let mut here = false;
    let result = match (other, progress) {
        (Some((transfer, file)), Progress::Prefix(at)) => {
            job.begin(cx, at);
            let mut job = TransferJob {
                cx,
                job,
                file,
                sink: &mut sink,
                at,
                broken: false,
            };
            let brought = job.bring(transfer).await;
            here = job.broken;
            if brought.is_err() && !resume && !job.broken {
                // Nobody goes on with it.
                let _ = job.restart().await;
            }
            brought
        }
        // What ranges have left in pieces is theirs to finish.
        (_, progress) => transfer::run(cx, job, opened, &mut sink, progress).await,
    };
    let result = match result {
        Ok(size) => {
            let finished = sink.finish(size).await;
            let wrong = |e: &Error| e.kind() == ErrorKind::Checksum;
            here = finished.as_ref().is_err_and(|e| !wrong(e));
            finished
        }
        Err(e) => {
            sink.close().await;
            Err(e)
        }
    };
    *guards = Arc::into_inner(shared).flatten();
    result.map_err(|error| Failed {
        error,
        resumed,
        here,
    })
}

impl TransferJob<'_> {
    /// Lets `transfer` work; gives the size that is there then.
    async fn bring(&mut self, transfer: &dyn Transfer) -> Result<u64> {
        transfer.download(self).await?;
        match self.job.size {
            Some(size) if size != self.at => Err(short(&self.job.name, self.at, size)),
            _ => Ok(self.at),
        }
    }
}
