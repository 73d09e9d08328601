//! Buffers between the network and the disk.
//!
//! A connection delivers frames in its own buffers. Their bytes are gathered in larger, reused buffers: the
//! connection gets its buffers back, the writer is woken less often, and the memory has a fixed size.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt as _;
use hf_transport::ResponseBody;

use super::body_error::{BodyError, next_bytes};

/// The capacity of a buffer.
pub(crate) const CHUNK: usize = 256 * 1024;
/// The number of unused buffers that are kept.
const KEPT: usize = 32;

/// The unused buffers of a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pool {
    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Buffer {
        let bytes = self
            .list()
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(CHUNK));
        Buffer {
            bytes,
            pool: self.clone(),
        }
    }
}

/// Bytes of a file, on their way to the writer.
#[derive(Debug)]
pub(crate) enum Chunk {
    /// In a buffer that returns to its pool.
    Pooled(Buffer),
    /// In the buffers that a transfer supplied, one after the other.
    Shared(Vec<Bytes>),
}

impl Chunk {
    /// Takes at most `most` bytes off the front of what a transfer supplies.
    pub(crate) fn take(parts: &mut VecDeque<Bytes>, most: usize) -> Self {
        let (mut taken, mut room) = (Vec::new(), most);
        while room > 0
            && let Some(mut part) = parts.pop_front()
        {
            if part.len() > room {
                parts.push_front(part.split_off(room));
            }
            room -= part.len();
            taken.push(part);
        }
        Self::Shared(taken)
    }

    pub(crate) fn len(&self) -> usize {
        self.parts().map(<[u8]>::len).sum()
    }

    /// Returns the bytes, part by part.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let (one, many) = match self {
            Self::Pooled(buffer) => (Some(&*buffer.bytes), &[][..]),
            Self::Shared(parts) => (None, &parts[..]),
        };
        one.into_iter().chain(many.iter().map(|part| &part[..]))
    }
}

/// A buffer that returns to its pool when dropped.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    pool: Pool,
}

impl Drop for Buffer {
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
pub(crate) struct BodyReader {
    body: ResponseBody,
    pool: Pool,
    /// Bytes that were read but did not fit.
    rest: Bytes,
    /// The end of the body, if it was seen together with the last bytes.
    end: Option<Result<(), BodyError>>,
}

impl BodyReader {
    pub(crate) fn new(body: ResponseBody, pool: &Pool) -> Self {
        Self {
            body,
            pool: pool.clone(),
            rest: Bytes::new(),
            end: None,
        }
    }

    /// Returns the next bytes, at most `limit`. Once there are some, takes as many as are available without
    /// waiting.
    pub(crate) async fn next(&mut self, limit: u64) -> Result<Option<Chunk>, BodyError> {
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
        let mut buffer = self.pool.take();
        loop {
            let here = self.rest.len().min(limit - buffer.bytes.len());
            buffer.bytes.extend_from_slice(&self.rest.split_to(here));
            if buffer.bytes.len() == limit {
                return Ok(Some(Chunk::Pooled(buffer)));
            }
            match next_bytes(&mut self.body).now_or_never() {
                Some(Ok(Some(bytes))) => self.rest = bytes,
                Some(Ok(None)) => self.end = Some(Ok(())),
                Some(Err(error)) => self.end = Some(Err(error)),
                None => return Ok(Some(Chunk::Pooled(buffer))),
            }
            if self.end.is_some() {
                return Ok(Some(Chunk::Pooled(buffer)));
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

    fn bytes(chunk: Result<Option<Chunk>, BodyError>) -> Vec<u8> {
        chunk
            .ok()
            .unwrap()
            .unwrap()
            .parts()
            .flatten()
            .copied()
            .collect()
    }

    #[test]
    fn parts_are_taken_whole_where_they_fit() {
        let mut parts = VecDeque::from([&b"abc"[..], b"defgh", b"", b"ij"].map(Bytes::from_static));
        let mut taken = Vec::new();
        while !parts.is_empty() {
            let chunk = Chunk::take(&mut parts, 4);
            taken.push(chunk.parts().map(<[u8]>::to_vec).collect::<Vec<_>>());
        }
        assert_eq!(
            taken,
            [vec![&b"abc"[..], b"d"], vec![b"efgh"], vec![b"", b"ij"]]
        );
    }

    #[tokio::test]
    async fn frames_are_gathered_split_and_not_lost_before_an_error() {
        let pool = Pool::default();
        let mut reader = BodyReader::new(body(vec![Ok(b"abc"), Ok(b"defg"), Err("cut")]), &pool);
        assert_eq!(bytes(reader.next(5).await), b"abcde");
        assert_eq!(bytes(reader.next(100).await), b"fg");
        assert!(matches!(reader.next(100).await, Err(BodyError::Remote(_))));
        let mut reader = BodyReader::new(body(vec![Ok(b"x")]), &pool);
        assert_eq!(bytes(reader.next(100).await), b"x");
        assert!(reader.next(100).await.ok().unwrap().is_none());
        assert_eq!(pool.list().len(), 1, "one buffer was enough");
    }
}
