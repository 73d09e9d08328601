//! Contents that are made while they are read: xorbs over a seeded file, and files out of their xorbs.
use std::sync::Arc;

use bytes::Bytes;
use hf_cas::xorb::CHUNK_HEADER;

use super::xorb::{Xorb, plain_header};
use crate::blob::{Blob, Pieces};

/// The serialized chunks of a xorb whose content lies in a blob already: each is stored as it is, behind a header.
pub(super) struct Stored {
    pub(super) source: Blob,
    /// Where the first chunk begins in the source.
    pub(super) start: u64,
    /// Where each chunk ends in the source, from `start` on.
    pub(super) ends: Vec<u64>,
}

impl Stored {
    /// The number of a chunk and where it begins, unpacked.
    fn chunk_at(&self, serialized: u64) -> Option<(usize, u64)> {
        let header = CHUNK_HEADER as u64;
        let number = partition(self.ends.len(), |i| {
            self.ends[i] + (i as u64 + 1) * header <= serialized
        });
        (number < self.ends.len()).then(|| (number, self.begin(number)))
    }

    fn begin(&self, number: usize) -> u64 {
        number.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

impl Pieces for Stored {
    fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0) + (self.ends.len() * CHUNK_HEADER) as u64
    }

    fn piece(&self, at: u64, end: u64) -> Option<Bytes> {
        let (number, begin) = self.chunk_at(at)?;
        let length = self.ends[number] - begin;
        let header = CHUNK_HEADER as u64;
        let inside = at - begin - number as u64 * header;
        if inside < header {
            let bytes = plain_header(length);
            let upto = (inside + end - at).min(header);
            let range = usize::try_from(inside).ok()?..usize::try_from(upto).ok()?;
            return Some(Bytes::copy_from_slice(&bytes[range]));
        }
        let from = self.start + begin + inside - header;
        let upto = (from + end - at).min(self.start + self.ends[number]);
        self.source.piece(from, upto)
    }

    fn is_discarded(&self) -> bool {
        self.source.is_discarded()
    }
}

/// A file out of the chunks of its terms, unpacked one at a time.
pub(super) struct Assembled {
    /// The xorb and number of each chunk.
    chunks: Vec<(Arc<Xorb>, usize)>,
    /// Where each chunk ends in the file.
    ends: Vec<u64>,
}

impl Assembled {
    pub(super) fn new(chunks: Vec<(Arc<Xorb>, usize)>) -> Self {
        let mut end = 0;
        let ends = chunks
            .iter()
            .map(|(xorb, number)| {
                end += xorb.chunk_len(*number);
                end
            })
            .collect();
        Self { chunks, ends }
    }
}

impl Pieces for Assembled {
    fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    fn piece(&self, at: u64, end: u64) -> Option<Bytes> {
        let number = partition(self.ends.len(), |i| self.ends[i] <= at);
        let (xorb, chunk) = self.chunks.get(number)?;
        let content = xorb.unpack(*chunk)?;
        let begin = self.ends[number] - content.len() as u64;
        let from = usize::try_from(at - begin).ok()?;
        let upto = usize::try_from((end - begin).min(content.len() as u64)).ok()?;
        Some(content.slice(from..upto))
    }

    fn is_discarded(&self) -> bool {
        self.chunks.iter().any(|(xorb, _)| xorb.is_discarded())
    }
}

/// The first of `0..n` for which `before` is false.
fn partition(n: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
