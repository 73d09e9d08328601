//! A body that reports to the limit of its host.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::ConcurrencyPermit;
use crate::body::ResponseBody;
use crate::error::{BoxError, Error};

/// Holds the permit of its request until it ends, and reports how that went. If it is dropped before, nothing is learned.
pub(super) struct PermittedBody {
    body: ResponseBody,
    permit: Option<ConcurrencyPermit>,
}

impl PermittedBody {
    pub(super) fn new(body: ResponseBody, permit: ConcurrencyPermit) -> Self {
        let mut body = Self {
            body,
            permit: Some(permit),
        };
        body.end_if_empty();
        body
    }

    fn end_if_empty(&mut self) {
        if self.body.is_end_stream()
            && let Some(permit) = self.permit.take()
        {
            permit.succeeded();
        }
    }
}

impl Body for PermittedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let (Some(permit), Some(data)) = (&self.permit, frame.data_ref()) {
                    permit.progress(data.len() as u64);
                }
                self.end_if_empty();
            }
            Some(Err(error)) => {
                if let Some(permit) = self.permit.take() {
                    match error.downcast_ref::<Error>() {
                        Some(error) => permit.failed(error),
                        // Whatever else breaks a body off is the connection.
                        None => permit.overloaded(),
                    }
                }
            }
            None => {
                if let Some(permit) = self.permit.take() {
                    permit.succeeded();
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
