//! Whether the chunks that were written are the file.

use std::collections::BTreeMap;

use hf_transport::{Error, ErrorKind, Result};

use super::assemble::ChunkAt;
use crate::{Format, FormatError, Hash, HashTree};

/// Sees the chunks of a file as they arrive.
pub(super) trait Observer: Send {
    fn arrived(&mut self, chunk: ChunkAt) -> Result<()>;
}

impl Observer for Vec<ChunkAt> {
    fn arrived(&mut self, chunk: ChunkAt) -> Result<()> {
        self.push(chunk);
        Ok(())
    }
}

impl Observer for Verifier {
    fn arrived(&mut self, chunk: ChunkAt) -> Result<()> {
        self.add(chunk)
            .map_err(|error| Error::new(ErrorKind::Checksum, error.to_string()).with_source(error))
    }
}

/// Puts the tree of a file together from chunks that arrive in any order.
///
/// It holds chunks only as long as one in front of them is missing. What is written of each chunk is what arrived first, so
/// of two that overlap one is refused: the bytes on disk would be of both.
#[derive(Debug)]
pub(crate) struct Verifier {
    tree: HashTree,
    waiting: BTreeMap<u64, (Hash, u32)>,
}

impl Verifier {
    pub(crate) fn new() -> Self {
        Self {
            tree: HashTree::new(),
            waiting: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, chunk: ChunkAt) -> Result<(), FormatError> {
        let (start, end) = (chunk.at, chunk.at + u64::from(chunk.length));
        let next = self.tree.len();
        if end <= next {
            return Ok(());
        }
        let before = self.waiting.range(..end).next_back();
        if let Some((&at, &(_, length))) = before {
            if at == start && length == chunk.length {
                return Ok(());
            }
            if at + u64::from(length) > start {
                return Err(overlap(start, end));
            }
        }
        if start < next {
            return Err(overlap(start, end));
        }
        self.waiting.insert(start, (chunk.hash, chunk.length));
        while let Some(first) = self.waiting.first_entry()
            && *first.key() == self.tree.len()
        {
            let (hash, length) = first.remove();
            self.tree.push(hash, u64::from(length));
        }
        Ok(())
    }

    /// Whether all chunks of a file of `size` bytes have arrived, and it has this hash.
    pub(crate) fn is_file(&self, hash: &Hash, size: u64) -> bool {
        self.tree.len() == size && self.tree.file_hash() == *hash
    }

    /// The hash of what has arrived without a gap.
    pub(crate) fn hash(&self) -> Hash {
        self.tree.file_hash()
    }
}

fn overlap(start: u64, end: u64) -> FormatError {
    FormatError::new(
        Format::Reconstruction,
        format!("bytes {start}..{end} of the file are in two different chunks"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chunk(at: u64, length: u32) -> ChunkAt {
        ChunkAt {
            at,
            hash: Hash::of_chunk(&at.to_le_bytes()),
            length,
        }
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_and_repetitions_do_not_matter(
            lengths in proptest::collection::vec(1..1_000_u32, 1..40),
            order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..80),
        ) {
            let mut tree = HashTree::new();
            let mut chunks = Vec::new();
            for length in lengths {
                chunks.push(chunk(tree.len(), length));
                tree.push(chunks[chunks.len() - 1].hash, u64::from(length));
            }
            let mut verifier = Verifier::new();
            for i in order {
                verifier.add(chunks[i.index(chunks.len())]).unwrap();
            }
            for chunk in chunks.iter().rev() {
                prop_assert!(!verifier.is_file(&tree.file_hash(), tree.len()) || verifier.waiting.is_empty());
                verifier.add(*chunk).unwrap();
            }
            prop_assert!(verifier.is_file(&tree.file_hash(), tree.len()));
        }
    }

    #[test]
    fn chunks_that_overlap_others_are_refused() {
        for first in [chunk(0, 100), chunk(100, 100)] {
            for (at, length) in [(50, 100), (99, 2), (0, 101), (100, 99), (99, 102)] {
                let mut verifier = Verifier::new();
                verifier.add(first).unwrap();
                let second = chunk(at, length);
                let disjoint =
                    at >= first.at + u64::from(first.length) || at + u64::from(length) <= first.at;
                assert_eq!(
                    verifier.add(second).is_ok(),
                    disjoint,
                    "{first:?} {second:?}"
                );
            }
        }
    }
}
