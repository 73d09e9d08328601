//! A response body that is decompressed while it is read.

use std::pin::Pin;
#[cfg(feature = "gzip")]
use std::task::ready;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::error::BoxError;
#[cfg(feature = "gzip")]
use crate::error::{Error, ErrorKind};

#[cfg(feature = "gzip")]
type Decoder = super::gzip::Decoder;
#[cfg(not(feature = "gzip"))]
type Decoder = std::convert::Infallible;

pin_project! {
    /// The response body of [`DecompressionLayer`](super::DecompressionLayer).
    pub struct DecompressedBody<B> {
        #[pin]
        inner: B,
        decoder: Option<Box<Decoder>>,
        limit: u64,
        left: u64,
        ended: bool,
    }
}

impl<B> DecompressedBody<B> {
    pub(super) fn plain(inner: B) -> Self {
        Self {
            inner,
            decoder: None,
            limit: 0,
            left: 0,
            ended: false,
        }
    }

    #[cfg(feature = "gzip")]
    pub(super) fn gzip(inner: B, limit: u64) -> Self {
        Self {
            inner,
            decoder: Some(Box::new(Decoder::new())),
            limit,
            left: limit,
            ended: false,
        }
    }

    #[cfg(not(feature = "gzip"))]
    pub(super) fn gzip(inner: B, _: u64) -> Self {
        Self::plain(inner)
    }
}

impl<B> Body for DecompressedBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    #[cfg(not(feature = "gzip"))]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.project()
            .inner
            .poll_frame(cx)
            .map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    #[cfg(feature = "gzip")]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        let Some(decoder) = this.decoder else {
            let frame = ready!(this.inner.poll_frame(cx));
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        };
        let limit = *this.limit;
        let mut output = |data: Bytes| match this.left.checked_sub(data.len() as u64) {
            Some(left) => {
                *this.left = left;
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
            None => Poll::Ready(Some(Err(too_large(limit).into()))),
        };
        loop {
            match decoder.decode() {
                Ok(Some(data)) => return output(data),
                Ok(None) if *this.ended => return Poll::Ready(None),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Some(Err(damaged(error).into()))),
            }
            match ready!(this.inner.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => decoder.push(data),
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => {
                    *this.ended = true;
                    match decoder.finish() {
                        Ok(data) if data.is_empty() => return Poll::Ready(None),
                        Ok(data) => return output(data),
                        Err(error) => return Poll::Ready(Some(Err(damaged(error).into()))),
                    }
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.decoder.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.decoder.is_some() {
            SizeHint::default()
        } else {
            self.inner.size_hint()
        }
    }
}

#[cfg(feature = "gzip")]
fn damaged(error: std::io::Error) -> Error {
    Error::network(format!("the compressed response is damaged: {error}")).with_source(error)
}

#[cfg(feature = "gzip")]
fn too_large(limit: u64) -> Error {
    Error::new(
        ErrorKind::TooLarge,
        format!("the response is larger than the {limit} bytes allowed after decompression"),
    )
}

impl<B> std::fmt::Debug for DecompressedBody<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecompressedBody")
            .field("decodes", &self.decoder.is_some())
            .finish_non_exhaustive()
    }
}
