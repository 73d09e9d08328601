//! Chunks on disk, so that what was read once is not fetched again.
//!
//! A folder for each xorb has files of chunks that follow each other, as the store has sent them, with a BLAKE3 hash behind
//! them. They appear under their names when they are complete, so that a process may die at any moment and several may
//! share the folder. Nothing rests on them: a file that cannot be read or written is as one that is not there.

use std::fs::{self, File};
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::record::Segment;
use crate::{Hash, cache_folder};

/// Beside the shards of the store.
const FOLDER: &str = "chunks";

const EXTENSION: &str = "chunks";

/// Bytes of the hash behind the chunks.
const CHECKSUM: usize = 32;

/// When the limit is reached, the files that were not used for longest make room for so much of it, so that this does not
/// happen for each file.
const FREED_SHARE: u64 = 5;

/// The chunks of one store.
#[derive(Debug, Clone)]
pub(super) struct ChunkCache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    max_bytes: u64,
    /// The bytes of all files, as far as this process knows: none before it has looked.
    bytes: Mutex<Option<u64>>,
}

impl ChunkCache {
    /// Returns the cache of a store below `root`, which is the folder of `HF_XET_CACHE`. `origin` names the store: what
    /// one store has sent is not believed for another.
    pub(super) fn new(root: &Path, origin: &str, max_bytes: u64) -> Self {
        Self(Arc::new(Inner {
            folder: cache_folder::of_store(root, origin).join(FOLDER),
            max_bytes,
            bytes: Mutex::new(None),
        }))
    }

    /// Returns the files that together have the given chunks of a xorb, if there are any. Blocking.
    pub(super) fn find(&self, xorb: &Hash, chunks: Range<u32>) -> Option<Vec<CachedChunks>> {
        let folder = self.folder_of(xorb);
        let files: Vec<Range<u32>> = fs::read_dir(&folder)
            .ok()?
            .filter_map(|entry| chunks_of(&entry.ok()?.path()))
            .collect();
        let mut found = Vec::new();
        let mut next = chunks.start;
        while next < chunks.end {
            let here = files.iter().filter(|file| file.contains(&next));
            let file = here.max_by_key(|file| file.end)?.clone();
            let wanted = next..file.end.min(chunks.end);
            next = wanted.end;
            found.push(CachedChunks {
                path: folder.join(name_of(&file)),
                file,
                wanted,
            });
        }
        Some(found)
    }

    /// Keeps chunks, unless they are there. Blocking.
    pub(super) fn add(&self, xorb: &Hash, segment: &Segment) {
        let length = (segment.bytes.len() + CHECKSUM) as u64;
        if length > self.0.max_bytes {
            return;
        }
        let folder = self.folder_of(xorb);
        let path = folder.join(name_of(&segment.chunks));
        if path.exists() {
            return;
        }
        let written = (|| {
            fs::create_dir_all(&folder)?;
            let mut file = tempfile::NamedTempFile::new_in(&folder)?;
            file.write_all(&segment.bytes)?;
            file.write_all(blake3::hash(&segment.bytes).as_bytes())?;
            file.persist(&path)?;
            Ok::<_, std::io::Error>(())
        })();
        match written {
            Ok(()) => self.grown(length),
            Err(error) => {
                tracing::debug!(folder = %folder.display(), %error, "chunks could not be cached");
            }
        }
    }

    /// Counts bytes that were added, and removes the oldest files when there are too many.
    fn grown(&self, length: u64) {
        let mut bytes = self.0.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = bytes.map_or(u64::MAX, |bytes| bytes + length);
        *bytes = Some(if known > self.0.max_bytes {
            self.shrink()
        } else {
            known
        });
    }

    /// Removes the files that were not used for longest, if there are too many. Returns the bytes of the others.
    fn shrink(&self) -> u64 {
        let mut files = self.files();
        let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
        if bytes <= self.0.max_bytes {
            return bytes;
        }
        let target = self.0.max_bytes - self.0.max_bytes / FREED_SHARE;
        files.sort();
        for (_, length, path) in files {
            if bytes <= target {
                break;
            }
            let _ = fs::remove_file(&path);
            bytes -= length;
            // The folder goes with its last file.
            let _ = path.parent().map(fs::remove_dir);
        }
        bytes
    }

    /// All files, with when they were used last, and their lengths. What a process that has died left behind is one of
    /// them.
    fn files(&self) -> Vec<(SystemTime, u64, PathBuf)> {
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        entries(&self.0.folder)
            .flat_map(|xorb| entries(&xorb.path()))
            .filter_map(|entry| {
                let metadata = entry.metadata().ok()?;
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                Some((used, metadata.len(), entry.path()))
            })
            .collect()
    }

    /// Removes everything: something in it has turned out to be wrong. Blocking.
    pub(super) fn clear(&self) {
        let _ = fs::remove_dir_all(&self.0.folder);
        *self.0.bytes.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn folder_of(&self, xorb: &Hash) -> PathBuf {
        self.0.folder.join(xorb.to_string())
    }
}

/// Some of the chunks of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CachedChunks {
    path: PathBuf,
    file: Range<u32>,
    wanted: Range<u32>,
}

impl CachedChunks {
    /// Returns the chunks as the store has sent them. A file that is damaged is removed. Blocking.
    pub(super) fn load(&self) -> Option<Vec<u8>> {
        let mut bytes = fs::read(&self.path).ok()?;
        let intact = bytes.split_last_chunk::<CHECKSUM>();
        let intact = intact.is_some_and(|(chunks, hash)| blake3::hash(chunks) == *hash);
        let wanted = intact.then(|| self.places(&bytes)).flatten();
        let Some(wanted) = wanted else {
            let _ = fs::remove_file(&self.path);
            return None;
        };
        if let Ok(file) = File::options().write(true).open(&self.path) {
            let _ = file.set_modified(SystemTime::now());
        }
        bytes.truncate(wanted.end);
        bytes.drain(..wanted.start);
        Some(bytes)
    }

    /// Returns where the wanted chunks are.
    fn places(&self, bytes: &[u8]) -> Option<Range<usize>> {
        let end = bytes.len() - CHECKSUM;
        let (mut at, mut start) = (0, 0);
        for chunk in self.file.start..self.wanted.end {
            if chunk == self.wanted.start {
                start = at;
            }
            let header = bytes.get(at..end)?.first_chunk()?;
            let header = crate::xorb::ChunkHeader::parse(*header).ok()?;
            at += crate::xorb::CHUNK_HEADER + header.encoded_length as usize;
        }
        (at <= end).then_some(start..at)
    }
}

fn name_of(chunks: &Range<u32>) -> String {
    format!("{}-{}.{EXTENSION}", chunks.start, chunks.end)
}

fn chunks_of(path: &Path) -> Option<Range<u32>> {
    if path.extension()? != EXTENSION {
        return None;
    }
    let (start, end) = path.file_stem()?.to_str()?.split_once('-')?;
    let chunks = start.parse().ok()?..end.parse().ok()?;
    (!chunks.is_empty()).then_some(chunks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xorb::{Compression, encode_chunk};

    fn segment(chunks: Range<u32>) -> Segment {
        let (mut bytes, mut scratch) = (Vec::new(), Vec::new());
        for chunk in chunks.clone() {
            let data = vec![u8::try_from(chunk).unwrap(); 100 + chunk as usize];
            encode_chunk(&data, Compression::None, &mut scratch, &mut bytes);
        }
        Segment { chunks, bytes }
    }

    fn read(cache: &ChunkCache, xorb: &Hash, chunks: Range<u32>) -> Option<Vec<u8>> {
        let files = cache.find(xorb, chunks)?;
        let parts: Option<Vec<_>> = files.iter().map(CachedChunks::load).collect();
        parts.map(|parts| parts.concat())
    }

    #[test]
    fn any_chunks_of_which_all_are_there_are_found_in_whichever_files() {
        let root = tempfile::tempdir().unwrap();
        let cache = ChunkCache::new(root.path(), "store", 1 << 20);
        let xorb = Hash::of_chunk(b"x");
        for chunks in [0..4, 2..6, 10..12, 6..8, 0..2] {
            cache.add(&xorb, &segment(chunks));
        }
        for start in 0..12 {
            for end in start + 1..13 {
                let expected = (start..end).all(|i| i < 8 || (10..12).contains(&i));
                let expected = expected.then(|| segment(start..end).bytes);
                assert_eq!(read(&cache, &xorb, start..end), expected, "{start}..{end}");
            }
        }
        assert_eq!(read(&cache, &Hash::of_chunk(b"y"), 0..1), None);
        let other = ChunkCache::new(root.path(), "another store", 1 << 20);
        assert_eq!(read(&other, &xorb, 0..1), None);
        cache.clear();
        assert_eq!(read(&cache, &xorb, 0..1), None);
    }

    #[test]
    fn files_that_are_damaged_in_any_way_are_as_if_they_were_not_there() {
        let root = tempfile::tempdir().unwrap();
        let cache = ChunkCache::new(root.path(), "store", 1 << 20);
        let xorb = Hash::of_chunk(b"x");
        let path = cache.folder_of(&xorb).join(name_of(&(0..3)));
        cache.add(&xorb, &segment(0..3));
        let good = fs::read(&path).unwrap();
        let flipped = |at: usize| {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            bytes
        };
        let mut damages: Vec<Vec<u8>> = (0..good.len()).map(flipped).collect();
        damages.extend((0..good.len()).map(|length| good[..length].to_vec()));
        // Its name says more than it has.
        let fewer = segment(0..2).bytes;
        damages.push([&fewer[..], blake3::hash(&fewer).as_bytes()].concat());
        for damaged in damages {
            fs::write(&path, damaged).unwrap();
            assert_eq!(read(&cache, &xorb, 0..3), None);
            assert!(!path.exists());
        }
        for name in [
            "1-.chunks",
            "3-1.chunks",
            "a-b.chunks",
            "0-3",
            "0-99999999999.chunks",
        ] {
            fs::write(cache.folder_of(&xorb).join(name), "x").unwrap();
        }
        assert_eq!(read(&cache, &xorb, 0..3), None);
        cache.add(&xorb, &segment(0..3));
        assert_eq!(read(&cache, &xorb, 0..3), Some(segment(0..3).bytes));
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let root = tempfile::tempdir().unwrap();
        let xorb = Hash::of_chunk(b"x");
        let length = segment(10..11).bytes.len() as u64 + CHECKSUM as u64 + 10;
        let cache = ChunkCache::new(root.path(), "store", 10 * length);
        let mut age = SystemTime::UNIX_EPOCH;
        for chunk in 0..10 {
            cache.add(&xorb, &segment(chunk..chunk + 1));
            age += std::time::Duration::from_secs(60);
            let path = cache.folder_of(&xorb).join(name_of(&(chunk..chunk + 1)));
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(age).unwrap();
        }
        assert!(read(&cache, &xorb, 0..1).is_some(), "and it is used now");
        // Another process begins.
        let cache = ChunkCache::new(root.path(), "store", 10 * length);
        for chunk in 10..12 {
            cache.add(&xorb, &segment(chunk..chunk + 1));
        }
        let there: Vec<u32> = (0..12)
            .filter(|chunk| read(&cache, &xorb, *chunk..chunk + 1).is_some())
            .collect();
        assert!(there.contains(&0) && there.contains(&11), "{there:?}");
        assert!(!there.contains(&1), "{there:?}");
        let bytes: u64 = cache.files().iter().map(|(_, length, _)| length).sum();
        assert!(bytes <= 10 * length, "{bytes}");
        assert!(there.len() >= 7, "{there:?}");
    }
}
