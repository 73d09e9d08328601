//! Reading parts of a file on the Hub without downloading it.

use std::fmt;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::future::BoxFuture;
use hf_transport::{Client, Error, ErrorKind, ResponseBody, Result, TokenMode};
use hf_types::{CommitHash, Etag, RepoId, RepoPath, RepoType, Revision};
use http::StatusCode;
use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf, SeekFrom};

use super::context::Context;
use super::metadata::{content_size, get_hf_file_metadata, resolve_target};
use super::source::{Answer, Source, Wanted};
use super::transfer::{Broken, next_bytes};

/// A file on the Hub, read in parts: at any place, or from the current position on as [`AsyncRead`] and [`AsyncSeek`].
///
/// Opening it pins it to the commit that the revision stands for, so that all parts are those of one file.
///
/// ```no_run
/// use hf_cache::RemoteFile;
/// use hf_transport::{Client, TokenMode};
/// use hf_types::{RepoType, Revision};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::new()?;
/// let file = RemoteFile::open(
///     &client,
///     RepoType::Model,
///     &"openai-community/gpt2".parse()?,
///     &Revision::default(),
///     &"model.safetensors".parse()?,
///     TokenMode::Default,
/// )
/// .await?;
/// let header_length = file.read_range(0..8).await?;
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
            .field("etag", &self.shared.etag)
            .field("size", &self.size)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl RemoteFile {
    /// Opens a file. `HEAD` on it; nothing is read yet.
    ///
    /// # Errors
    /// As [`get_hf_file_metadata`]; `FileMetadata` if the Hub does not say which commit, content and size it is.
    pub async fn open(
        client: &Client,
        repo_type: RepoType,
        repo_id: &RepoId,
        revision: &Revision,
        filename: &RepoPath,
        token: TokenMode,
    ) -> Result<Self> {
        let target = resolve_target(repo_type, repo_id, revision.as_str(), filename);
        let metadata = get_hf_file_metadata(client, &target, token.clone(), None).await?;
        let (Some(commit), Some(etag), Some(size)) =
            (metadata.commit_hash, metadata.etag, metadata.size)
        else {
            return Err(Error::new(
                ErrorKind::FileMetadata,
                format!("the Hub does not say which commit, content and size `{filename}` is"),
            ));
        };
        let pinned = resolve_target(repo_type, repo_id, commit.as_str(), filename);
        Ok(Self {
            shared: Arc::new(Shared {
                cx: Context::new(client, token, 1, None, None),
                source: Source::new(pinned),
                etag,
            }),
            size,
            commit,
            position: 0,
            state: State::Idle,
        })
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What names its content.
    pub fn etag(&self) -> &Etag {
        &self.shared.etag
    }

    /// The commit it is read from.
    pub fn commit_hash(&self) -> CommitHash {
        self.commit
    }

    /// Reads the bytes of `range`, which ends at the end of the file at the latest. One `GET`.
    ///
    /// The future does not borrow the file: several parts can be read at once.
    ///
    /// # Errors
    /// `Network` if the connection breaks off; `Checksum` if the server has another content by now.
    pub fn read_range(
        &self,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Bytes>> + Send + use<> {
        let (shared, size) = (self.shared.clone(), self.size);
        async move {
            let end = range.end.min(size);
            if range.start >= end {
                return Ok(Bytes::new());
            }
            let wanted = end - range.start;
            let body = shared
                .open(
                    Wanted {
                        start: range.start,
                        end: Some(end),
                    },
                    size,
                )
                .await?;
            let bytes = collect(body, 0, wanted).await?;
            if bytes.len() as u64 == wanted {
                return Ok(bytes);
            }
            Err(Error::network(format!(
                "the answer ended after {} bytes of {wanted}",
                bytes.len()
            )))
        }
    }

    /// A stream of the bytes from `start` to the end, as they come. One `GET`, for as far as it is read.
    ///
    /// # Errors
    /// As [`read_range`](Self::read_range); a break of the connection is an error of the body.
    pub fn stream(&self, start: u64) -> impl Future<Output = Result<ResponseBody>> + Send + use<> {
        let (shared, size) = (self.shared.clone(), self.size);
        async move {
            if start >= size {
                return Ok(ResponseBody::empty());
            }
            shared.open(Wanted::from(start), size).await
        }
    }
}

impl Shared {
    async fn open(&self, wanted: Wanted, size: u64) -> Result<ResponseBody> {
        let opened = self.source.get(&self.cx, wanted, Some(&self.etag)).await?;
        match opened.check(wanted, &self.etag, Some(size))? {
            Answer::AsAsked => Ok(opened.response.into_body()),
            Answer::FromStart => Err(Error::network("the server does not send parts of files")
                .with_hint("download the whole file instead")),
        }
    }
}

/// At most `limit` bytes of a body after the first `skip`; the rest is not read.
async fn collect(mut body: ResponseBody, mut skip: u64, limit: u64) -> Result<Bytes> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while first.len() + rest.len() < limit {
        let mut bytes = match next_bytes(&mut body).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => break,
            Err(Broken::Body(e) | Broken::Fatal(e)) => return Err(e),
        };
        let skipped = usize::try_from(skip).map_or(bytes.len(), |n| n.min(bytes.len()));
        bytes.advance(skipped);
        skip -= skipped as u64;
        bytes.truncate(limit - first.len() - rest.len());
        if first.is_empty() && rest.is_empty() {
            first = bytes;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&bytes);
        }
    }
    Ok(if rest.is_empty() {
        first
    } else {
        rest.freeze()
    })
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
                    let (shared, wanted, size) =
                        (this.shared.clone(), Wanted::from(this.position), this.size);
                    this.state =
                        State::Opening(Box::pin(async move { shared.open(wanted, size).await }));
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
            io::Error::new(io::ErrorKind::InvalidInput, "a position before the start")
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

/// The first bytes of a file, from [`fetch_range_bounded`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilePart {
    /// The bytes; fewer than asked for if the file ends earlier.
    pub bytes: Bytes,
    /// The size of the whole file, if the server says.
    pub size: Option<u64>,
}

/// The bytes of `range` of the file at `url` (from [`hf_hub_url`](crate::hf_hub_url), or relative to the endpoint). One `GET`,
/// and what it redirects to.
///
/// Never more is read than the range ends at, even from a server that ignores it and sends the whole file; never more is kept
/// than the range is long.
///
/// # Errors
/// As the Hub answers; `Network` for an answer that makes no sense.
pub async fn fetch_range_bounded(
    client: &Client,
    url: &str,
    range: Range<u64>,
    token: TokenMode,
) -> Result<FilePart> {
    let cx = Context::new(client, token, 1, None, None);
    let wanted = Wanted {
        start: range.start,
        end: Some(range.end.max(range.start + 1)),
    };
    let opened = match Source::new(url.to_owned()).get(&cx, wanted, None).await {
        Ok(opened) => opened,
        Err(e) if e.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) && range.start > 0 => {
            return Ok(FilePart {
                bytes: Bytes::new(),
                size: None,
            });
        }
        Err(e) => return Err(e),
    };
    let size = content_size(opened.response.headers());
    let skip = match opened.response.status() {
        StatusCode::PARTIAL_CONTENT => {
            match super::metadata::content_range(opened.response.headers()) {
                Some((start, _)) if start == range.start => 0,
                // Some mirrors leave it out.
                None => 0,
                _ => {
                    return Err(Error::network(
                        "the server sends another part of the file than was asked for",
                    ));
                }
            }
        }
        _ => range.start,
    };
    let limit = range.end.saturating_sub(range.start);
    let bytes = collect(opened.response.into_body(), skip, limit).await?;
    Ok(FilePart { bytes, size })
}
