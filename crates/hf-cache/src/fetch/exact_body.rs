//! Bodies that must have an exact number of bytes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use hf_transport::{BoxError, Error, ResponseBody};
use http_body::{Body, Frame, SizeHint};

use super::body_error::{BodyError, next_bytes};

/// The first `remaining` bytes of a body. A longer body is cut; a shorter one ends with an error.
pub(super) struct ExactBody {
    body: ResponseBody,
    remaining: u64,
}

impl ExactBody {
    pub(super) fn new(body: ResponseBody, len: u64) -> Self {
        Self {
            body,
            remaining: len,
        }
    }
}

impl Body for ExactBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if this.remaining == 0 {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
            Some(Ok(frame)) => Some(Ok(match frame.into_data() {
                Ok(mut bytes) => {
                    if let Ok(remaining) = usize::try_from(this.remaining) {
                        bytes.truncate(remaining);
                    }
                    this.remaining -= bytes.len() as u64;
                    Frame::data(bytes)
                }
                Err(frame) => frame,
            })),
            Some(Err(e)) => Some(Err(e)),
            None => {
                let missing = std::mem::take(&mut this.remaining);
                let error = format!("the response ended {missing} bytes too early");
                Some(Err(Error::network(error).into()))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

/// Appends at most `limit` bytes of a body to `out`, after skipping the first `skip`. The rest is not read.
pub(super) async fn collect(
    body: &mut ResponseBody,
    mut skip: u64,
    limit: u64,
    out: &mut Vec<u8>,
) -> Result<(), BodyError> {
    let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
    while left > 0 {
        let Some(mut bytes) = next_bytes(body).await? else {
            break;
        };
        let skipped = usize::try_from(skip).map_or(bytes.len(), |n| n.min(bytes.len()));
        bytes.advance(skipped);
        skip -= skipped as u64;
        bytes.truncate(left);
        left -= bytes.len();
        out.extend_from_slice(&bytes);
    }
    Ok(())
}
