//! Request bodies, which can be sent again, and response bodies, which are read once.

mod concat;
mod file;
mod progress;
mod response;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};

use crate::error::{BoxError, Error, ErrorKind};

pub use concat::concat;
pub(crate) use progress::Progress;
pub use response::ResponseBody;
pub(crate) use response::poll_data;

/// A body of any kind behind a pointer.
type BoxBody = UnsyncBoxBody<Bytes, BoxError>;

/// The body of a request.
///
/// A retry or a redirect may have to send the body again. Empty bodies, bytes and replayable sources (a file
/// range, a factory) can be sent any number of times; a one-shot stream cannot.
///
/// ```
/// use hf_transport::Body;
/// let body = Body::from("hello");
/// assert_eq!(body.len(), Some(5));
/// assert!(body.try_clone().is_some());
/// ```
pub struct Body {
    kind: Kind,
    progress: Option<Arc<Progress>>,
}

enum Kind {
    Empty,
    Bytes(Bytes),
    Replay {
        make: Arc<dyn Fn() -> BoxBody + Send + Sync>,
        len: u64,
        started: Started,
    },
    Once {
        /// Shared by the clones of a request value. The first clone that is sent takes the stream.
        slot: Arc<Mutex<Option<BoxBody>>>,
        len: Option<u64>,
        started: Started,
    },
}

/// The stream of a body that is being sent. The mutex is never locked; it makes the body `Sync`.
type Started = Mutex<Option<BoxBody>>;

impl Body {
    /// Creates an empty body.
    pub const fn empty() -> Self {
        Self {
            kind: Kind::Empty,
            progress: None,
        }
    }

    /// Creates a body of `len` bytes from a factory. `make` is called for every attempt, when the first bytes
    /// are needed.
    ///
    /// The body that `make` returns must yield exactly `len` bytes, because the length is sent as
    /// `Content-Length`.
    ///
    /// ```
    /// use hf_transport::Body;
    /// let body = Body::replay(5, || Body::from("hello"));
    /// assert_eq!(body.len(), Some(5));
    /// ```
    pub fn replay<B>(len: u64, make: impl Fn() -> B + Send + Sync + 'static) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self::of(Kind::Replay {
            make: Arc::new(move || make().map_err(Into::into).boxed_unsync()),
            len,
            started: Mutex::new(None),
        })
    }

    /// Creates a body from `len` bytes of a file, starting at `offset`. The file is opened when the first
    /// bytes are needed.
    ///
    /// If the file has become shorter in the meantime, the request fails with an `Io` error; a short body is
    /// never sent.
    pub fn file_range(path: impl Into<PathBuf>, offset: u64, len: u64) -> Self {
        let path: Arc<PathBuf> = Arc::new(path.into());
        Self::replay(len, move || {
            StreamBody::new(file::read(path.clone(), offset, len).map(|read| read.map(Frame::data)))
        })
    }

    /// Creates a body from a stream that can be sent only once. Such a request is neither retried nor
    /// redirected.
    ///
    /// With a length, the body is sent with `Content-Length`; without one, in chunks.
    pub fn once<S, E>(stream: S, len: Option<u64>) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let body = StreamBody::new(stream.map(|item| item.map(Frame::data).map_err(Into::into)));
        Self::of(Kind::Once {
            slot: Arc::new(Mutex::new(Some(body.boxed_unsync()))),
            len,
            started: Mutex::new(None),
        })
    }

    fn of(kind: Kind) -> Self {
        Self {
            kind,
            progress: None,
        }
    }

    /// Returns a body with the same bytes for another attempt; `None` for a one-shot stream.
    pub fn try_clone(&self) -> Option<Self> {
        match self.kind {
            Kind::Once { .. } => None,
            _ => Some(self.share()),
        }
    }

    /// Returns a clone that shares a one-shot stream with its original.
    pub(crate) fn share(&self) -> Self {
        Self::of(match &self.kind {
            Kind::Empty => Kind::Empty,
            Kind::Bytes(bytes) => Kind::Bytes(bytes.clone()),
            Kind::Replay { make, len, .. } => Kind::Replay {
                make: make.clone(),
                len: *len,
                started: Mutex::new(None),
            },
            Kind::Once { slot, len, .. } => Kind::Once {
                slot: slot.clone(),
                len: *len,
                started: Mutex::new(None),
            },
        })
    }

    /// Returns whether the body can be sent again.
    pub fn is_replayable(&self) -> bool {
        !matches!(self.kind, Kind::Once { .. })
    }

    /// Returns the exact length in bytes, if known.
    pub fn len(&self) -> Option<u64> {
        match &self.kind {
            Kind::Empty => Some(0),
            Kind::Bytes(bytes) => Some(bytes.len() as u64),
            Kind::Replay { len, .. } => Some(*len),
            Kind::Once { len, .. } => *len,
        }
    }

    /// Returns whether the body is known to be empty.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Returns the bytes, if the body is made of bytes and not of a stream.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.kind {
            Kind::Empty => Some(&[]),
            Kind::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns a counter of the bytes of this body that the connection has taken.
    pub(crate) fn watch(&mut self) -> Arc<Progress> {
        let progress = Arc::new(Progress::new());
        self.progress = Some(progress.clone());
        progress
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let body = &mut *self;
        let polled = match &mut body.kind {
            Kind::Empty => Poll::Ready(None),
            Kind::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                body.kind = Kind::Empty;
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Kind::Replay { make, started, .. } => {
                let started = started.get_mut().unwrap_or_else(PoisonError::into_inner);
                guarded(|| Pin::new(started.get_or_insert_with(|| make())).poll_frame(cx))
            }
            Kind::Once { slot, started, .. } => {
                let started = started.get_mut().unwrap_or_else(PoisonError::into_inner);
                if started.is_none() {
                    *started = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
                }
                match started {
                    Some(stream) => guarded(|| Pin::new(stream).poll_frame(cx)),
                    None => Poll::Ready(Some(Err(Error::validation(
                        "a one-shot body cannot be sent a second time",
                    )
                    .with_hint("use `Body::from`, `Body::file_range` or `Body::replay`, which can be sent again")
                    .into()))),
                }
            }
        };
        if let (Poll::Ready(frame), Some(progress)) = (&polled, &body.progress) {
            let data = frame
                .as_ref()
                .and_then(|frame| frame.as_ref().ok()?.data_ref());
            progress.note(data.map_or(0, Bytes::len));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Bytes(bytes) => bytes.is_empty(),
            Kind::Replay { len, .. } => *len == 0,
            Kind::Once { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.len()
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// Converts a panic of a source into an error of the request. Otherwise the panic would unwind through the
/// task that drives the connection, look like a broken connection, and be retried.
fn guarded(poll: impl FnOnce() -> FramePoll) -> FramePoll {
    catch_unwind(AssertUnwindSafe(poll)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        let error = Error::new(
            ErrorKind::Io,
            format!("the source of the request's body panicked: {text}"),
        );
        Poll::Ready(Some(Err(error.into())))
    })
}

type FramePoll = Poll<Option<Result<Frame<Bytes>, BoxError>>>;

/// Returns a copy of a request for another attempt, or `None` if its body can be sent only once.
///
/// Method, target, headers and extensions are copied. `http::Request` itself cannot be cloned together with
/// its extensions.
///
/// ```
/// use hf_transport::{Body, try_clone_request};
/// let request = http::Request::put("/x").body(Body::from("abc")).unwrap();
/// assert_eq!(try_clone_request(&request).unwrap().body().len(), Some(3));
/// ```
pub fn try_clone_request(request: &http::Request<Body>) -> Option<http::Request<Body>> {
    let mut copy = http::Request::new(request.body().try_clone()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    Some(copy)
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        let bytes = bytes.into();
        if bytes.is_empty() {
            Self::empty()
        } else {
            Self::of(Kind::Bytes(bytes))
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Empty => "empty",
            Kind::Bytes(_) => "bytes",
            Kind::Replay { .. } => "replay",
            Kind::Once { .. } => "once",
        };
        write!(f, "Body({kind}, {:?})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn collect(body: Body) -> Result<Bytes, BoxError> {
        Ok(body.collect().await?.to_bytes())
    }

    #[tokio::test]
    async fn a_file_range_is_sent_twice_alike() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let data: Vec<u8> = (0..=255u8).cycle().take(600_000).collect();
        std::fs::write(&path, &data).unwrap();
        let body = Body::file_range(&path, 1_000, 550_000);
        assert_eq!(body.size_hint().exact(), Some(550_000));
        let again = body.try_clone().unwrap();
        for body in [body, again] {
            assert_eq!(collect(body).await.unwrap(), &data[1_000..551_000]);
        }
    }

    #[tokio::test]
    async fn a_shorter_file_is_an_error_not_a_short_body() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, b"abc").unwrap();
        let error = Error::from(collect(Body::file_range(&path, 1, 5)).await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Io);
        let error = Error::from(
            collect(Body::file_range(folder.path().join("g"), 0, 5))
                .await
                .unwrap_err(),
        );
        assert_eq!(error.kind(), ErrorKind::FileNotFound);
    }

    #[tokio::test]
    async fn a_one_shot_stream_goes_out_once() {
        let body = Body::once(
            stream::iter([Ok::<_, BoxError>(Bytes::from_static(b"ab"))]),
            Some(2),
        );
        assert!(body.try_clone().is_none() && !body.is_replayable());
        let shared = body.share();
        assert_eq!(collect(body).await.unwrap(), "ab");
        let error = Error::from(collect(shared).await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Validation);
    }

    #[test]
    fn bodies_cross_threads() {
        fn assert_bounds<T: Send + Sync + 'static>() {}
        assert_bounds::<Body>();
    }
}
