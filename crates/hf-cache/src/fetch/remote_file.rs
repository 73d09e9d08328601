//! Reading parts of a file on the Hub without downloading it.

use std::fmt;
use std::io;
use std::ops::{Bound, Range, RangeBounds};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll, ready};

use bytes::{Buf as _, Bytes};
use futures_util::stream::BoxStream;
use hf_transport::{BoxFuture, ResponseBody, Result, concat};
use hf_types::{CommitHash, Etag};
use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf, SeekFrom};

use super::byte_range::ByteRange;
use super::context::Context;
use super::exact_body::ExactBody;
use super::remote_source::Shared;
#[cfg(feature = "xet")]
use super::remote_stream::from_xet;
use super::remote_stream::stream;
use super::source::Source;

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
    commit: Option<CommitHash>,
    position: u64,
    /// Only ever used through `&mut`; the lock makes the file `Sync`.
    state: Mutex<State>,
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
    /// Creates a handle for a file at `target`, which includes the commit if there is one.
    pub(crate) fn new(
        cx: Context,
        target: String,
        file: String,
        commit: Option<CommitHash>,
        etag: Etag,
        size: u64,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                cx,
                source: Source::for_ranges(target),
                file,
                etag,
                #[cfg(feature = "xet")]
                xet: None,
            }),
            size,
            commit,
            position: 0,
            state: Mutex::new(State::Idle),
        }
    }

    /// Returns the same file, of which parts are read from Xet storage. It must not have been read yet.
    #[cfg(feature = "xet")]
    pub(crate) fn with_xet(mut self, xet: super::xet_parts::XetParts) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.xet = Some(xet);
        }
        self
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the ETag, which identifies the content.
    pub fn etag(&self) -> &Etag {
        &self.shared.etag
    }

    /// Returns the commit that the file is read from. Buckets have none.
    pub fn commit_hash(&self) -> Option<CommitHash> {
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
        concat(self.stream(range))
    }

    /// Streams the bytes in `range` as they arrive. The range is cut at the end of the file. Sends one `GET` request,
    /// and another for the rest each time the connection breaks.
    ///
    /// Of a file in Xet storage, a part of 16 MiB or more is put together from its chunks, over several connections, with
    /// at most 32 MiB read ahead. So is a part of 1 MiB or more if the store has compressed the file: the first such part
    /// costs a request to know that. With a chunk cache (`HF_XET_CHUNK_CACHE_SIZE_BYTES`), this goes for parts of 64 KiB
    /// or more. Where the store fails, plain HTTP goes on from the byte reached.
    ///
    /// The stream does not borrow the file, so several parts can be read concurrently. It ends after an error.
    ///
    /// # Errors
    /// The same as [`read_range`](Self::read_range).
    pub fn stream(&self, range: Range<u64>) -> BoxStream<'static, Result<Bytes>> {
        stream(self.shared.clone(), range, self.size)
    }

    /// Streams the bytes in `range` as they arrive. The range is cut at the end of the file. Sends one `GET`
    /// request, or reads from Xet storage as [`stream`](Self::stream) does.
    ///
    /// The body either has exactly the bytes of the range or ends with an error. The future does not borrow
    /// the file.
    ///
    /// # Errors
    /// The same as [`read_range`](Self::read_range). A broken connection is an error of the body.
    pub fn range(&self, range: impl RangeBounds<u64>) -> BoxFuture<'static, Result<ResponseBody>> {
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
            #[cfg(feature = "xet")]
            if let Some(body) = from_xet(&shared, start..end, size).await? {
                return Ok(ResponseBody::new(ExactBody::new(body, end - start)));
            }
            let body = shared.open(range, size).await?;
            Ok(ResponseBody::new(ExactBody::new(body, end - start)))
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
            let state = this.state.get_mut().unwrap_or_else(PoisonError::into_inner);
            match state {
                State::Idle => {
                    if this.position >= this.size || out.remaining() == 0 {
                        return Poll::Ready(Ok(()));
                    }
                    let (shared, range, size) = (
                        this.shared.clone(),
                        ByteRange::from(this.position),
                        this.size,
                    );
                    *state =
                        State::Opening(Box::pin(async move { shared.open(range, size).await }));
                }
                State::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                    Ok(body) => *state = State::Reading(body, Bytes::new()),
                    Err(e) => {
                        *state = State::Idle;
                        return Poll::Ready(Err(io::Error::other(e)));
                    }
                },
                State::Reading(body, bytes) => {
                    if bytes.is_empty() {
                        match ready!(Pin::new(body).poll_frame(cx)) {
                            Some(Ok(frame)) => *bytes = frame.into_data().unwrap_or_default(),
                            Some(Err(e)) => {
                                *state = State::Idle;
                                return Poll::Ready(Err(io::Error::other(e)));
                            }
                            None if this.position < this.size => {
                                *state = State::Idle;
                                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                            }
                            None => *state = State::Idle,
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
            self.state = Mutex::new(State::Idle);
        }
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _cx: &mut TaskContext<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.position))
    }
}
