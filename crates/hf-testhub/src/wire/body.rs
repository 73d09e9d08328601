//! Response bodies, with the faults that affect them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

use super::Wire;
use crate::blob::Blob;
use crate::server::InFlight;

/// The way in which a connection or a response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Orderly close (FIN) before the end.
    Cut,
    /// TCP reset (RST).
    Reset,
    /// Silence with the connection open.
    Stall,
}

/// The faults of a response body.
#[derive(Clone, Debug, Default)]
pub(crate) struct BodyPlan {
    /// Stop after this many bytes of the body.
    pub(crate) stop: Option<(u64, Stop)>,
    /// Flip the bits of the byte at this position of the body.
    pub(crate) corrupt: Option<u64>,
    /// Hide the length from hyper, because a header already contains a (wrong) length, or because
    /// chunked encoding is requested.
    pub(crate) hide_length: bool,
}

/// The body of every response: a range of a blob.
pub(crate) struct HubBody {
    blob: Blob,
    at: u64,
    end: u64,
    sent: u64,
    plan: BodyPlan,
    wire: Wire,
    in_flight: InFlight,
}

impl HubBody {
    pub(crate) fn new(
        blob: Blob,
        range: std::ops::Range<u64>,
        plan: BodyPlan,
        wire: Wire,
        in_flight: InFlight,
    ) -> Self {
        Self {
            blob,
            at: range.start,
            end: range.end,
            sent: 0,
            plan,
            wire,
            in_flight,
        }
    }
}

impl Body for HubBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let mut end = self.end;
        if let Some((after, how)) = self.plan.stop {
            if self.sent >= after {
                if how != Stop::Stall {
                    self.wire.end(how, Bytes::new());
                }
                return Poll::Pending;
            }
            end = end.min(self.at + after - self.sent);
        }
        let Some(mut piece) = self.blob.piece(self.at, end) else {
            return Poll::Ready(None);
        };
        let n = piece.len() as u64;
        if let Some(position) = self.plan.corrupt
            && (self.sent..self.sent + n).contains(&position)
        {
            let mut bytes = BytesMut::from(&piece[..]);
            if let Some(byte) = usize::try_from(position - self.sent)
                .ok()
                .and_then(|i| bytes.get_mut(i))
            {
                *byte ^= 0xff;
            }
            piece = bytes.freeze();
        }
        self.at += n;
        self.sent += n;
        self.in_flight.sent(piece.len());
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.at >= self.end && self.plan.stop.is_none_or(|(after, _)| self.sent < after)
    }

    fn size_hint(&self) -> SizeHint {
        if self.plan.hide_length {
            SizeHint::default()
        } else {
            SizeHint::with_exact(self.end - self.at)
        }
    }
}
