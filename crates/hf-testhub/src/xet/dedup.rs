//! Deduplication queries: shards of the xorbs that contain a chunk.
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hf_cas::Hash;
use hf_cas::shard::{Footer, Shard, ShardChunk, XorbInfo};

use super::store::XetState;
use super::xorb::Xorb;
use crate::blob::mix;

impl XetState {
    /// Returns the response to a deduplication query, if the chunk is known: a shard, with the key and
    /// lifetime of the settings.
    pub(crate) fn dedup_answer(&mut self, chunk: &Hash) -> Option<Vec<u8>> {
        self.stats.dedup_queries += 1;
        if !self.settings.dedup {
            return None;
        }
        let xorbs = self.known_chunk(chunk)?;
        self.stats.dedup_hits += 1;
        let mut shard = Shard::new();
        shard.xorbs = xorbs.iter().map(describe).collect();
        let lifetime = Duration::try_from(self.settings.dedup_lifetime).unwrap_or(Duration::ZERO);
        let mut footer = Footer::new().with_validity(SystemTime::now(), lifetime);
        if self.settings.keyed {
            footer = footer.with_key(self.new_key());
        }
        Some(shard.to_bytes(&footer))
    }

    /// Every response has its own key, so that the hashes in two responses cannot be compared.
    fn new_key(&mut self) -> Hash {
        let number = self.next_number();
        let mut key = [0; 32];
        for (i, word) in key.chunks_exact_mut(8).enumerate() {
            word.copy_from_slice(&mix(number ^ (i as u64 + 1) << 56).to_le_bytes());
        }
        Hash::from_bytes(key)
    }
}

fn describe(xorb: &Arc<Xorb>) -> XorbInfo {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    XorbInfo {
        hash: xorb.hash,
        length: small(xorb.unpacked(0..xorb.chunks.len())),
        encoded_length: small(xorb.content.len()),
        chunks: xorb
            .chunks
            .iter()
            .map(|chunk| ShardChunk {
                hash: chunk.hash,
                offset: small(chunk.unpacked),
                length: chunk.length,
                is_global_dedup_eligible: chunk.hash.is_global_dedup_eligible(),
            })
            .collect(),
    }
}
