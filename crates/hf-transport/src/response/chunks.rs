//! A body as a stream of chunks.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;

use super::Response;
use crate::body::poll_data;
use crate::error::Result;

/// The chunks of a body in order of arrival; see [`Response::chunks`].
#[derive(Debug)]
pub struct BodyChunks {
    response: Option<Response>,
}

impl BodyChunks {
    pub(super) fn new(response: Response) -> Self {
        Self {
            response: Some(response),
        }
    }
}

impl Stream for BodyChunks {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let Some(response) = &mut self.response else {
            return Poll::Ready(None);
        };
        match ready!(poll_data(&mut response.body, cx)) {
            Some(Ok(chunk)) => Poll::Ready(Some(Ok(chunk))),
            Some(Err(error)) => {
                let error = response.locate(error);
                self.response = None;
                Poll::Ready(Some(Err(error)))
            }
            None => {
                self.response = None;
                Poll::Ready(None)
            }
        }
    }
}
