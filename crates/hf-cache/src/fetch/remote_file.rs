//! Reading parts of a file on the Hub without downloading it.

use std::fmt;
use std::io;
use std::ops::{Bound, Range, RangeBounds};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use bytes::{Buf as _, Bytes};
use futures_util::future::BoxFuture;
use hf_transport::{Error, ResponseBody, Result};
use hf_types::{CommitHash, Etag};
use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf, SeekFrom};

use super::body_error::{BodyError, short};
use super::context::Context;
use super::exact_body::{ExactBody, collect};
use super::progress::{FileProgress, Reporter};
use super::retry::BodyRetry;
use super::source::{Attempts, BodyStart, ByteRange, Content, Source};

/// A file on the Hub that is read in parts: by range, or from a current position through [`AsyncRead`] and
/// [`AsyncSeek`].
///
/// The file is pinned to the commit that the revision pointed to when it was opened, so that all parts belong
/// to the same version.
///
/// ```no_run
/// use hf_cache::OpenRemoteFile;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = hf_transport::Client::new()?;
/// let file = OpenRemoteFile::new("openai-community/gpt2".parse()?, "model.safetensors")
///     .run(&client)
///     .await?;
/// let header_length = file.read_range(0..8).await?;
/// let body = file.range(1_000_000..2_000_000).await?;
/// # Ok(())
/// # }
/// ```
pub struct RemoteFile {
    shared: Arc<Shared>,
    size: u64,
    commit: CommitHash,
    position: u64,
    state: State,
}

struct Shared {
    cx: Context,
    source: Source,
    /// The path in the repository.
    file: String,
    etag: Etag,
}

enum State {
    Idle,
    Opening(BoxFuture<'static, Result<ResponseBody>>),
    Reading(ResponseBody, Bytes),
}

impl fmt::Debug for RemoteFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteFile")
            .field("file", &self.shared.file)
            .field("etag", &self.shared.etag)
            .field("size", &self.size)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl RemoteFile {
    /// Creates a handle for a file at `target`, which includes the commit.
    pub(crate) fn new(
        cx: Context,
        target: String,
        file: String,
        commit: CommitHash,
        etag: Etag,
        size: u64,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                cx,
                source: Source::new(target),
                file,
                etag,
            }),
            size,
            commit,
            position: 0,
            state: State::Idle,
        }
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the ETag, which identifies the content.
    pub fn etag(&self) -> &Etag {
        &self.shared.etag
    }

    /// Returns the commit that the file is read from.
    pub fn commit_hash(&self) -> CommitHash {
        self.commit
    }

    /// Reads the bytes in `range` into memory. The range is cut at the end of the file. Sends one `GET`
    /// request, and another for the rest each time the connection breaks.
    ///
    /// The future does not borrow the file, so several parts can be read concurrently.
    ///
    /// # Errors
    /// Returns `Network` if the connection keeps breaking or the server does not send parts of files, and
    /// `Checksum` if the server now has other content.
    pub fn read_range(
        &self,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Bytes>> + Send + use<> {
        let (shared, size) = (self.shared.clone(), self.size);
        async move { shared.read(range.start, range.end.min(size), size).await }
    }

    /// Streams the bytes in `range` as they arrive. The range is cut at the end of the file. Sends one `GET`
    /// request.
    ///
    /// The body either has exactly the bytes of the range or ends with an error. The future does not borrow
    /// the file.
    ///
    /// # Errors
    /// The same as [`read_range`](Self::read_range). A broken connection is an error of the body.
    pub fn range(
        &self,
        range: impl RangeBounds<u64>,
    ) -> Pin<Box<dyn Future<Output = Result<ResponseBody>> + Send>> {
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => u64::MAX,
        };
        let (shared, size) = (self.shared.clone(), self.size);
        Box::pin(async move {
            let end = end.min(size);
            if start >= end {
                return Ok(ResponseBody::empty());
            }
            let range = ByteRange {
                start,
                end: (end < size).then_some(end),
            };
            let body = shared.open(range, size).await?;
            Ok(ResponseBody::new(ExactBody::new(body, end - start)))
        })
    }
}

impl Shared {
    async fn open(&self, range: ByteRange, size: u64) -> Result<ResponseBody> {
        let content = Content {
            etag: Some(&self.etag),
            size: Some(size),
        };
        let attempts = Attempts::Configured;
        let open = self.source.get(&self.cx, range, Some(&self.etag), attempts);
        let open = open.await?;
        match open.check(range, content)? {
            BodyStart::AsRequested => Ok(open.response.into_body()),
            BodyStart::OfFile => Err(Error::network(format!(
                "the server does not send parts of `{}`",
                self.file
            ))
            .with_hint("download the whole file instead")),
        }
    }

    async fn read(&self, start: u64, end: u64, size: u64) -> Result<Bytes> {
        let mut parts = Vec::new();
        let mut at = start;
        let retry = BodyRetry::default();
        let progress = FileProgress::new(&Reporter::default(), &self.file, Some(size));
        while at < end {
            let range = ByteRange {
                start: at,
                end: Some(end),
            };
            let mut body = self.open(range, size).await?;
            let mut part = Vec::new();
            let ended = collect(&mut body, 0, end - at, &mut part).await;
            at += part.len() as u64;
            parts.push(Bytes::from(part));
            let err = match ended {
                Ok(()) if at == end => break,
                Ok(()) => short(&self.file, at - start, end - start),
                Err(BodyError::Remote(e) | BodyError::Fatal(e)) => e,
            };
            retry.progress(at - start);
            retry.wait(&progress, err).await?;
        }
        Ok(match <[Bytes; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => parts.concat().into(),
        })
    }
}

impl AsyncRead for RemoteFile {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Idle => {
                    if this.position >= this.size || out.remaining() == 0 {
                        return Poll::Ready(Ok(()));
                    }
                    let (shared, range, size) = (
                        this.shared.clone(),
                        ByteRange::from(this.position),
                        this.size,
                    );
                    this.state =
                        State::Opening(Box::pin(async move { shared.open(range, size).await }));
                }
                State::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                    Ok(body) => this.state = State::Reading(body, Bytes::new()),
                    Err(e) => {
                        this.state = State::Idle;
                        return Poll::Ready(Err(io::Error::other(e)));
                    }
                },
                State::Reading(body, bytes) => {
                    if bytes.is_empty() {
                        match ready!(Pin::new(body).poll_frame(cx)) {
                            Some(Ok(frame)) => *bytes = frame.into_data().unwrap_or_default(),
                            Some(Err(e)) => {
                                this.state = State::Idle;
                                return Poll::Ready(Err(io::Error::other(e)));
                            }
                            None if this.position < this.size => {
                                this.state = State::Idle;
                                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                            }
                            None => this.state = State::Idle,
                        }
                        continue;
                    }
                    let len = bytes.len().min(out.remaining());
                    out.put_slice(&bytes[..len]);
                    bytes.advance(len);
                    this.position += len as u64;
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl AsyncSeek for RemoteFile {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
        };
        let target = target.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "the position is before the start of the file",
            )
        })?;
        if target != self.position {
            self.position = target;
            self.state = State::Idle;
        }
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _cx: &mut TaskContext<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.position))
    }
}
