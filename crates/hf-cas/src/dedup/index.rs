//! Finding chunks in the xorbs that are known.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::time::SystemTime;

use crate::shard::{Shard, XorbInfo};
use crate::{Hash, number};

/// Chunks of so many bytes of files are remembered by default: 32 GiB, at about 70 bytes a chunk.
const DEFAULT_MAX_CHUNKS: usize = 512 * 1024;

/// Each key costs a hash for each chunk that is looked for. The newest ones are kept.
const MAX_KEYS: usize = 32;

/// Where known chunks are: in xorbs of this session, of earlier ones, and in those that a store has named.
///
/// What a store tells is believed here, as far as it is consistent: a chunk is found if its hash and its length are the
/// same. A lie leads to a file whose terms the store then refuses, because the verification hashes do not fit.
#[derive(Debug)]
pub struct ChunkIndex {
    /// Those that were forgotten are gone from the front.
    xorbs: VecDeque<Known>,
    /// How many are gone.
    forgotten: u32,
    plain: HashMap<u64, Location>,
    /// The hashes under each key.
    keyed: VecDeque<(Hash, HashMap<u64, Location>)>,
    chunks: usize,
    max_chunks: usize,
}

#[derive(Debug)]
struct Known {
    xorb: Hash,
    key: Option<Hash>,
    chunks: Box<[(Hash, u32)]>,
    is_own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Location {
    /// The number of the xorb, from the first that was ever added.
    xorb: u32,
    chunk: u32,
}

/// Chunks of a file that are in a known xorb.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Match {
    /// The xorb.
    pub xorb: Hash,
    /// The chunks in the xorb.
    pub chunks: Range<u32>,
    /// Whether the xorb was added by this session, and not on the word of a store or a cache.
    pub is_own: bool,
    /// Where the next chunk of the file would be if it, too, is in this xorb.
    next: Location,
}

impl Match {
    /// Returns how many chunks of the file were found.
    pub fn len(&self) -> usize {
        self.chunks.len()
    }

    /// Returns whether no chunk was found, which is never the case.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }
}

impl ChunkIndex {
    /// Returns an index of nothing.
    pub fn new() -> Self {
        Self {
            xorbs: VecDeque::new(),
            forgotten: 0,
            plain: HashMap::new(),
            keyed: VecDeque::new(),
            chunks: 0,
            max_chunks: DEFAULT_MAX_CHUNKS,
        }
    }

    /// Sets how many chunks are remembered. Beyond that, the xorb that was added first is forgotten.
    pub fn with_max_chunks(mut self, chunks: usize) -> Self {
        self.max_chunks = chunks;
        self
    }

    /// Returns how many chunks are remembered.
    pub fn max_chunks(&self) -> usize {
        self.max_chunks
    }

    /// Adds a xorb of this session, which is or will be in the store.
    pub fn add_own(&mut self, xorb: &XorbInfo) {
        self.add(xorb, None, true);
    }

    /// Adds the xorbs of a shard that a store or a cache has sent, if it has not expired.
    pub fn add_shard(&mut self, shard: &Shard, now: SystemTime) {
        let footer = shard.footer.unwrap_or_default();
        if footer.is_expired(now) {
            return;
        }
        for xorb in &shard.xorbs {
            self.add(xorb, footer.key, false);
        }
    }

    fn add(&mut self, xorb: &XorbInfo, key: Option<Hash>, is_own: bool) {
        if xorb.chunks.len() > self.max_chunks {
            return;
        }
        let at = self.forgotten + number(self.xorbs.len());
        let map = match key {
            None => &mut self.plain,
            Some(key) => keyed_map(&mut self.keyed, key),
        };
        for (i, chunk) in xorb.chunks.iter().enumerate() {
            let location = Location {
                xorb: at,
                chunk: number(i),
            };
            // The first one stays: neighbours in a file were neighbours there.
            let known = map.entry(chunk.hash.words()[0]).or_insert(location);
            if known.xorb < self.forgotten {
                *known = location;
            }
        }
        self.chunks += xorb.chunks.len();
        let chunks = xorb.chunks.iter().map(|chunk| (chunk.hash, chunk.length));
        self.xorbs.push_back(Known {
            xorb: xorb.hash,
            key,
            chunks: chunks.collect(),
            is_own,
        });
        while self.chunks > self.max_chunks {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some(known) = self.xorbs.pop_front() else {
            return;
        };
        let gone = self.forgotten;
        self.forgotten += 1;
        self.chunks -= known.chunks.len();
        let map = match known.key {
            None => Some(&mut self.plain),
            Some(key) => self
                .keyed
                .iter_mut()
                .find(|(k, _)| *k == key)
                .map(|(_, m)| m),
        };
        let Some(map) = map else { return };
        for (hash, _) in &known.chunks {
            let word = hash.words()[0];
            if map.get(&word).is_some_and(|location| location.xorb == gone) {
                map.remove(&word);
            }
        }
    }

    /// Forgets all that came from a store or a cache.
    pub fn forget_told(&mut self) {
        let before = number(self.xorbs.len());
        let own: Vec<Known> = self.xorbs.drain(..).filter(|known| known.is_own).collect();
        *self = Self {
            // Matches that were found before keep pointing in front of what there is now.
            forgotten: self.forgotten + before,
            ..Self::new().with_max_chunks(self.max_chunks)
        };
        for known in own {
            let at = self.forgotten + number(self.xorbs.len());
            for (i, (hash, _)) in known.chunks.iter().enumerate() {
                let location = Location {
                    xorb: at,
                    chunk: number(i),
                };
                self.plain.entry(hash.words()[0]).or_insert(location);
            }
            self.chunks += known.chunks.len();
            self.xorbs.push_back(known);
        }
    }

    /// Returns whether a chunk is known.
    pub fn contains(&self, chunk: &Hash, length: u32) -> bool {
        self.find(&[(*chunk, length)]).is_some()
    }

    /// Finds where the first of these chunks is, and how many of the following ones are behind it.
    ///
    /// Each chunk is its plain hash and its length.
    pub fn find(&self, chunks: &[(Hash, u32)]) -> Option<Match> {
        let first = &chunks.first()?.0;
        let plain = self.plain.get(&first.words()[0]);
        let found = plain.and_then(|location| self.extend(*location, chunks));
        found.or_else(|| {
            self.keyed.iter().rev().find_map(|(key, map)| {
                let location = map.get(&first.keyed(key).words()[0])?;
                self.extend(*location, chunks)
            })
        })
    }

    /// Finds how many of these chunks are behind an earlier match.
    pub fn find_next(&self, behind: &Match, chunks: &[(Hash, u32)]) -> Option<Match> {
        self.extend(behind.next, chunks)
    }

    fn extend(&self, start: Location, chunks: &[(Hash, u32)]) -> Option<Match> {
        let known = start.xorb.checked_sub(self.forgotten)?;
        let known = self.xorbs.get(known as usize)?;
        let there = known.chunks.get(start.chunk as usize..)?;
        let same = |((hash, length), (known_hash, known_length)): &(&(Hash, u32), &(Hash, u32))| {
            length == known_length
                && match &known.key {
                    None => hash == known_hash,
                    Some(key) => hash.keyed(key) == *known_hash,
                }
        };
        let count = number(chunks.iter().zip(there).take_while(same).count());
        let end = start.chunk + count;
        (count > 0).then_some(Match {
            xorb: known.xorb,
            chunks: start.chunk..end,
            is_own: known.is_own,
            next: Location {
                chunk: end,
                ..start
            },
        })
    }
}

impl Default for ChunkIndex {
    fn default() -> Self {
        Self::new()
    }
}

fn keyed_map(
    keyed: &mut VecDeque<(Hash, HashMap<u64, Location>)>,
    key: Hash,
) -> &mut HashMap<u64, Location> {
    let at = keyed.iter().position(|(known, _)| *known == key);
    let at = at.unwrap_or_else(|| {
        if keyed.len() == MAX_KEYS {
            keyed.pop_front();
        }
        keyed.push_back((key, HashMap::new()));
        keyed.len() - 1
    });
    &mut keyed[at].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shard::{Footer, ShardChunk};

    fn chunk(i: u32) -> (Hash, u32) {
        (Hash::of_chunk(&i.to_le_bytes()), 10_000 + i)
    }

    fn xorb(name: u32, chunks: Range<u32>) -> XorbInfo {
        let mut offset = 0;
        let chunks: Vec<ShardChunk> = chunks
            .map(|i| {
                let (hash, length) = chunk(i);
                offset += length;
                ShardChunk {
                    hash,
                    offset: offset - length,
                    length,
                    is_global_dedup_eligible: false,
                }
            })
            .collect();
        XorbInfo {
            hash: Hash::of_chunk(format!("xorb {name}").as_bytes()),
            length: offset,
            encoded_length: 0,
            chunks,
        }
    }

    fn range(found: Option<Match>) -> Option<(Hash, Range<u32>, bool)> {
        found.map(|found| (found.xorb, found.chunks, found.is_own))
    }

    fn file(chunks: Range<u32>) -> Vec<(Hash, u32)> {
        chunks.map(chunk).collect()
    }

    #[test]
    fn chunks_are_found_in_the_longest_run_and_go_on_behind_it() {
        let mut index = ChunkIndex::new();
        let first = xorb(1, 0..10);
        index.add_own(&first);
        let found = index.find(&file(4..20));
        assert_eq!(range(found.clone()), Some((first.hash, 4..10, true)));
        assert_eq!(index.find(&file(10..12)), None);
        let part = index.find(&file(2..4)).unwrap();
        let next = index.find_next(&part, &file(4..6)).unwrap();
        assert_eq!(next.chunks, 4..6);
        assert_eq!(index.find_next(&part, &file(5..6)), None);
        assert_eq!(index.find_next(&found.unwrap(), &file(10..11)), None);
    }

    #[test]
    fn a_keyed_shard_is_searched_under_its_key_until_it_expires() {
        let mut shard = Shard::new();
        shard.xorbs.push(xorb(1, 0..10));
        let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000);
        let footer = Footer::new()
            .with_key(Hash::of_chunk(b"key"))
            .with_validity(now, std::time::Duration::from_secs(100));
        let shard = Shard::parse(&shard.to_bytes(&footer)).unwrap();
        let mut index = ChunkIndex::new();
        index.add_shard(&shard, now + std::time::Duration::from_secs(100));
        assert_eq!(index.find(&file(3..5)), None, "expired");
        index.add_shard(&shard, now);
        let found = range(index.find(&file(3..15)));
        assert_eq!(found, Some((shard.xorbs[0].hash, 3..10, false)));
    }

    #[test]
    fn a_shard_that_names_no_expiry_does_not_expire() {
        let mut footer = Footer::new();
        footer.expires = 0;
        let mut shard = Shard::new();
        shard.xorbs.push(xorb(1, 0..10));
        let shard = Shard::parse(&shard.to_bytes(&footer)).unwrap();
        assert_eq!(shard.footer, Some(footer));
        let mut index = ChunkIndex::new();
        index.add_shard(&shard, SystemTime::now());
        let (hash, length) = chunk(3);
        assert!(index.contains(&hash, length));
    }

    #[test]
    fn a_chunk_of_another_length_is_not_the_same() {
        let mut index = ChunkIndex::new();
        index.add_own(&xorb(1, 0..10));
        let (hash, length) = chunk(3);
        assert!(index.contains(&hash, length));
        assert!(!index.contains(&hash, length + 1));
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_xorbs_are_forgotten() {
        let mut index = ChunkIndex::new().with_max_chunks(25);
        for i in 0..10 {
            index.add_own(&xorb(i, i * 10..i * 10 + 10));
        }
        assert_eq!(index.find(&file(70..71)), None);
        assert_eq!(range(index.find(&file(85..100))).unwrap().1, 5..10);
        assert_eq!((index.chunks, index.plain.len()), (20, 20));
        index.add_own(&xorb(20, 0..26));
        assert_eq!(
            index.chunks, 20,
            "a xorb beyond the limit is not remembered"
        );
    }

    #[test]
    fn what_a_store_has_told_can_be_forgotten() {
        let mut index = ChunkIndex::new();
        let mut shard = Shard::new();
        shard.xorbs.push(xorb(1, 0..10));
        index.add_shard(&shard, SystemTime::now());
        index.add_own(&xorb(2, 5..15));
        let told = index.find(&file(2..4)).unwrap();
        index.forget_told();
        assert_eq!(index.find(&file(2..4)), None);
        assert_eq!(index.find_next(&told, &file(4..5)), None);
        assert_eq!(
            range(index.find(&file(6..9))),
            Some((xorb(2, 5..15).hash, 1..4, true))
        );
    }
}
