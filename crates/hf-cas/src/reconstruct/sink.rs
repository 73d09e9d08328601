//! Where the bytes of a file go.

use bytes::{Bytes, BytesMut};
use hf_transport::Result;

/// Takes the bytes of a file as they arrive, in any order, each of them once.
pub trait Sink: Send {
    /// Takes bytes that belong at `offset`. The download waits meanwhile.
    ///
    /// # Errors
    /// Any error ends the download, and is its error.
    fn write_at(&mut self, offset: u64, bytes: Bytes) -> impl Future<Output = Result<()>> + Send;

    /// Takes parts that follow each other in the file, from `offset` on. By default, each of them is
    /// [written](Self::write_at) by itself.
    ///
    /// # Errors
    /// As [`write_at`](Self::write_at).
    fn write_parts_at(
        &mut self,
        offset: u64,
        parts: Vec<Bytes>,
    ) -> impl Future<Output = Result<()>> + Send {
        async move {
            let mut at = offset;
            for part in parts {
                let length = part.len() as u64;
                self.write_at(at, part).await?;
                at += length;
            }
            Ok(())
        }
    }
}

impl<F, R> Sink for F
where
    F: FnMut(u64, Bytes) -> R + Send,
    R: Future<Output = Result<()>> + Send,
{
    fn write_at(&mut self, offset: u64, bytes: Bytes) -> impl Future<Output = Result<()>> + Send {
        self(offset, bytes)
    }
}

/// A part of a file in memory.
pub(super) struct Memory {
    start: u64,
    bytes: BytesMut,
}

impl Memory {
    pub(super) fn new(start: u64, length: usize) -> Self {
        Self {
            start,
            bytes: BytesMut::zeroed(length),
        }
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.bytes.freeze()
    }
}

impl Sink for Memory {
    async fn write_at(&mut self, offset: u64, bytes: Bytes) -> Result<()> {
        let place = offset
            .checked_sub(self.start)
            .and_then(|at| usize::try_from(at).ok())
            .and_then(|at| self.bytes.get_mut(at..)?.get_mut(..bytes.len()));
        if let Some(place) = place {
            place.copy_from_slice(&bytes);
        }
        Ok(())
    }
}
