//! The body of a request, recorded while it is read.
use std::io;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use crate::hub::Hub;
use crate::record::Capture;

/// A request body, recorded while it is read.
pub(crate) struct RequestBody {
    hub: Hub,
    number: u64,
    body: Incoming,
    seen: Capture,
    done: bool,
}

impl RequestBody {
    pub(crate) fn new(hub: Hub, number: u64, body: Incoming) -> Self {
        let seen = Capture::new(hub.0.log.body_limit());
        Self {
            hub,
            number,
            body,
            seen,
            done: false,
        }
    }

    /// Returns the next bytes of the body, or `None` at its end.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        while !self.done {
            match self.body.frame().await {
                None => self.done = true,
                Some(Err(error)) => return Err(io::Error::other(error)),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.seen.see(&bytes);
                        return Ok(Some(bytes));
                    }
                }
            }
        }
        Ok(None)
    }

    pub(crate) async fn drain(&mut self) -> io::Result<()> {
        while self.next().await?.is_some() {}
        Ok(())
    }

    pub(crate) async fn read_until(&mut self, n: u64) -> io::Result<()> {
        while self.seen.len() < n && self.next().await?.is_some() {}
        Ok(())
    }

    pub(crate) async fn collect(&mut self) -> io::Result<Bytes> {
        let Some(first) = self.next().await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.next().await? else {
            return Ok(first);
        };
        let mut all = BytesMut::from(&first[..]);
        all.extend_from_slice(&second);
        while let Some(more) = self.next().await? {
            all.extend_from_slice(&more);
        }
        Ok(all.freeze())
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if self.seen.len() > 0 {
            self.hub
                .0
                .log
                .body(self.number, self.seen.head(), self.seen.len());
        }
    }
}
