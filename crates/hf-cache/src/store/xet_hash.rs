//! The Xet hash of a file's content: the tree over its chunks.

use hf_cas::{Chunker, Hash, HashTree};

/// Divides content into chunks where its bytes say so, and hashes them.
#[derive(Debug, Clone, Default)]
pub(crate) struct XetHasher {
    chunker: Chunker,
    tree: HashTree,
    /// The chunk that is not complete.
    partial: Vec<u8>,
}

impl XetHasher {
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let Some(end) = self.chunker.next_boundary(bytes) else {
                self.partial.extend_from_slice(bytes);
                return;
            };
            let (chunk, rest) = bytes.split_at(end);
            if self.partial.is_empty() {
                self.push(chunk);
            } else {
                self.partial.extend_from_slice(chunk);
                let chunk = std::mem::take(&mut self.partial);
                self.push(&chunk);
                self.partial = chunk;
                self.partial.clear();
            }
            bytes = rest;
        }
    }

    fn push(&mut self, chunk: &[u8]) {
        self.tree.push(Hash::of_chunk(chunk), chunk.len() as u64);
    }

    pub(crate) fn finish(mut self) -> Hash {
        let last = std::mem::take(&mut self.partial);
        if !last.is_empty() {
            self.push(&last);
        }
        self.tree.file_hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_size_give_the_hash_of_the_whole() {
        let data: Vec<u8> = (0..400_000_u32)
            .flat_map(|i| i.wrapping_mul(0x9e37_79b9).to_le_bytes())
            .collect();
        let mut tree = HashTree::new();
        for chunk in hf_cas::chunks(&data) {
            tree.push(Hash::of_chunk(chunk), chunk.len() as u64);
        }
        for size in [1, 1_000, 65_536, data.len()] {
            let mut hasher = XetHasher::default();
            for piece in data.chunks(size) {
                hasher.update(piece);
            }
            assert_eq!(hasher.finish(), tree.file_hash(), "{size}");
        }
        assert_eq!(XetHasher::default().finish(), Hash::ZERO);
    }
}
