//! Buffers on their way from the network to the disk.
//!
//! What a connection brings comes in frames of its own buffers. They are gathered into larger ones that are used again and
//! again: the connection keeps its buffers, the writer is woken less often, and memory has a fixed size.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt as _;
use hf_transport::ResponseBody;

use super::transfer::{Broken, next_bytes};

/// Bytes of a buffer.
pub(crate) const CHUNK: usize = 256 * 1024;
/// Buffers that are kept for the next use.
const KEPT: usize = 32;

/// Buffers that are not in use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pool {
    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Chunk {
        let bytes = self
            .list()
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(CHUNK));
        Chunk {
            bytes,
            pool: self.clone(),
        }
    }
}

/// Bytes of a file, in a buffer that goes back to its pool.
#[derive(Debug)]
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    pool: Pool,
}

impl Deref for Chunk {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        let mut kept = self.pool.list();
        if kept.len() < KEPT {
            bytes.clear();
            kept.push(bytes);
        }
    }
}

/// Reads a body in chunks.
#[derive(Debug)]
pub(crate) struct Reader {
    body: ResponseBody,
    pool: Pool,
    /// What was read and did not fit.
    rest: Bytes,
    /// How the body ended, if that came with the last bytes.
    end: Option<Result<(), Broken>>,
}

impl Reader {
    pub(crate) fn new(body: ResponseBody, pool: &Pool) -> Self {
        Self {
            body,
            pool: pool.clone(),
            rest: Bytes::new(),
            end: None,
        }
    }

    /// The next bytes, at most `limit`: as many as there are without waiting, once there are some.
    pub(crate) async fn next(&mut self, limit: u64) -> Result<Option<Chunk>, Broken> {
        if self.rest.is_empty() {
            match self.end.take() {
                Some(end) => return end.map(|()| None),
                None => match next_bytes(&mut self.body).await? {
                    Some(bytes) => self.rest = bytes,
                    None => return Ok(None),
                },
            }
        }
        let limit = usize::try_from(limit).map_or(CHUNK, |limit| limit.min(CHUNK));
        let mut chunk = self.pool.take();
        loop {
            let here = self.rest.len().min(limit - chunk.bytes.len());
            chunk.bytes.extend_from_slice(&self.rest.split_to(here));
            if chunk.bytes.len() == limit {
                return Ok(Some(chunk));
            }
            match next_bytes(&mut self.body).now_or_never() {
                Some(Ok(Some(bytes))) => self.rest = bytes,
                Some(Ok(None)) => self.end = Some(Ok(())),
                Some(Err(broken)) => self.end = Some(Err(broken)),
                None => return Ok(Some(chunk)),
            }
            if self.end.is_some() {
                return Ok(Some(chunk));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;

    fn body(frames: Vec<Result<&'static [u8], &'static str>>) -> ResponseBody {
        let frames = frames.into_iter().map(|f| {
            f.map(|b| Frame::data(Bytes::from_static(b)))
                .map_err(std::io::Error::other)
        });
        ResponseBody::new(StreamBody::new(stream::iter(frames)))
    }

    #[tokio::test]
    async fn frames_are_gathered_split_and_not_lost_before_an_error() {
        let pool = Pool::default();
        let mut reader = Reader::new(body(vec![Ok(b"abc"), Ok(b"defg"), Err("cut")]), &pool);
        assert_eq!(&*reader.next(5).await.ok().unwrap().unwrap(), b"abcde");
        assert_eq!(&*reader.next(100).await.ok().unwrap().unwrap(), b"fg");
        assert!(matches!(reader.next(100).await, Err(Broken::Body(_))));
        let mut reader = Reader::new(body(vec![Ok(b"x")]), &pool);
        assert_eq!(&*reader.next(100).await.ok().unwrap().unwrap(), b"x");
        assert!(reader.next(100).await.ok().unwrap().is_none());
        assert_eq!(pool.list().len(), 1, "one buffer was enough");
    }
}
