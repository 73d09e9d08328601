//! Shards on disk.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hf_transport::Result;

use super::ChunkIndex;
use crate::cache_folder;
use crate::shard::{Footer, Shard, TARGET_SHARD_BYTES};

const EXTENSION: &str = "shard";

/// Own shards are believed for this long, as in the official client: a store may drop what nothing refers to.
const VALIDITY: Duration = Duration::from_secs(3 * 7 * 24 * 3600);

/// Beyond so many bytes for a store, a new shard removes the oldest ones. It is about what an index remembers.
const DEFAULT_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What the official client calls its own limit.
const LIMIT_VARIABLE: &str = "HF_XET_SHARD_CACHE_SIZE_LIMIT";

/// A chunk takes this much in a shard, with its rows in the tables.
const BYTES_PER_CHUNK: u64 = 64;

/// What earlier sessions have learned of a store: shards in a folder, one file each.
///
/// It saves requests and bytes, and nothing rests on it: a file that cannot be read or written is as one that is not
/// there. Files appear under their names when they are complete, so that a process may die at any moment and several
/// may share the folder.
#[derive(Debug, Clone)]
pub struct ShardCache {
    folder: PathBuf,
    max_bytes: u64,
}

impl ShardCache {
    /// Returns the cache of a store below `root`, which is the folder of `HF_XET_CACHE`. `origin` names the store.
    ///
    /// The official client's files in `root` are left alone.
    pub fn new(root: &Path, origin: &str) -> Self {
        Self {
            folder: cache_folder::of_store(root, origin),
            max_bytes: DEFAULT_MAX_BYTES,
        }
    }

    /// Sets how many bytes the shards of one store may have.
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how many bytes the shards of one store may have from `HF_XET_SHARD_CACHE_SIZE_LIMIT`, if that is set: a number,
    /// with a unit such as `mb` or `gib` behind it. 0 keeps none.
    ///
    /// # Errors
    /// `Validation` that names the variable and its value.
    pub fn with_limit_of_env(self) -> Result<Self> {
        match std::env::var_os(LIMIT_VARIABLE) {
            None => Ok(self),
            Some(value) => self.with_limit_of(&value.to_string_lossy()),
        }
    }

    fn with_limit_of(self, text: &str) -> Result<Self> {
        Ok(match cache_folder::byte_count(LIMIT_VARIABLE, text)? {
            Some(bytes) => self.with_max_bytes(bytes),
            None => self,
        })
    }

    /// Returns the folder of the shards.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds the newest shards to an index, as many as it remembers. Those that have expired or are damaged are removed.
    /// Blocking.
    pub fn load(&self, index: &mut ChunkIndex) {
        let now = SystemTime::now();
        let files = self.files();
        let mut room = index.max_chunks() as u64 * BYTES_PER_CHUNK;
        let fits = |(_, length, _): &&(SystemTime, u64, PathBuf)| {
            let fits = *length <= room;
            room = room.saturating_sub(*length);
            fits
        };
        let count = files.iter().rev().take_while(fits).count();
        for (_, _, path) in files.into_iter().rev().take(count).rev() {
            let shard = fs::read(&path)
                .ok()
                .and_then(|bytes| Shard::parse(&bytes).ok());
            match shard {
                Some(shard) if !shard.footer.unwrap_or_default().is_expired(now) => {
                    index.add_shard(&shard, now);
                }
                _ => drop(fs::remove_file(&path)),
            }
        }
    }

    /// Keeps the xorbs of a shard that this client has made and the store has accepted. Blocking.
    ///
    /// Returns the file, so that it can be removed when another one says the same.
    pub fn add_own(&self, shard: &Shard) -> Option<PathBuf> {
        let footer = Footer::new().with_validity(SystemTime::now(), VALIDITY);
        let xorbs = Shard {
            xorbs: shard.xorbs.clone(),
            ..Shard::new()
        };
        self.add(&xorbs.to_bytes(&footer))
    }

    /// Keeps a shard as a store has sent it. Blocking.
    pub fn add(&self, bytes: &[u8]) -> Option<PathBuf> {
        if bytes.len() > TARGET_SHARD_BYTES || bytes.len() as u64 > self.max_bytes {
            return None;
        }
        let path = self.write(bytes).inspect_err(|error| {
            tracing::debug!(folder = %self.folder.display(), %error, "a shard could not be cached");
        });
        self.shrink();
        path.ok()
    }

    fn write(&self, bytes: &[u8]) -> std::io::Result<PathBuf> {
        fs::create_dir_all(&self.folder)?;
        let name = blake3::hash(bytes).to_hex();
        let path = self.folder.join(format!("{name}.{EXTENSION}"));
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.persist(&path)?;
        Ok(path)
    }

    /// Removes all shards: they have turned out to be wrong. Blocking.
    pub fn clear(&self) {
        for (_, _, path) in self.files() {
            let _ = fs::remove_file(path);
        }
    }

    /// Removes the oldest shards beyond the limit.
    fn shrink(&self) {
        let files = self.files();
        let mut bytes: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, length, path) in files {
            if bytes <= self.max_bytes {
                return;
            }
            let _ = fs::remove_file(path);
            bytes -= length;
        }
    }

    /// The files with their times and lengths, the oldest first.
    fn files(&self) -> Vec<(SystemTime, u64, PathBuf)> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut files: Vec<_> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let path = entry.path();
                let metadata = entry.metadata().ok()?;
                let is_shard = path.extension()? == EXTENSION && metadata.is_file();
                is_shard.then(|| (metadata.modified().ok(), metadata.len(), path))
            })
            .map(|(time, length, path)| (time.unwrap_or(SystemTime::UNIX_EPOCH), length, path))
            .collect();
        files.sort();
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hash;
    use crate::shard::XorbInfo;
    use crate::xorb::XorbBuilder;

    fn shard(content: &[u8]) -> Shard {
        let mut builder = XorbBuilder::new();
        builder.push(Hash::of_chunk(content), content);
        let mut shard = Shard::new();
        shard.xorbs.push(XorbInfo::from(&builder.finish()));
        shard
    }

    fn knows(cache: &ShardCache, content: &[u8]) -> bool {
        let mut index = ChunkIndex::new();
        cache.load(&mut index);
        index.contains(&Hash::of_chunk(content), crate::number(content.len()))
    }

    #[test]
    fn what_one_session_learns_the_next_one_knows() {
        let root = tempfile::tempdir().unwrap();
        let official = root
            .path()
            .join("https___cas-server-abc")
            .join("shard-cache");
        fs::create_dir_all(&official).unwrap();
        fs::write(official.join("1.mdb"), "theirs").unwrap();

        let cache = ShardCache::new(root.path(), "https://cas.example:1234");
        cache.add_own(&shard(b"one")).unwrap();
        let keyed = Footer::new().with_key(Hash::of_chunk(b"key"));
        cache.add(&shard(b"two").to_bytes(&keyed)).unwrap();
        for known in [&b"one"[..], b"two"] {
            assert!(knows(&cache, known));
        }
        let other = ShardCache::new(root.path(), "https://cas.example:1235");
        assert!(!knows(&other, b"one"), "another store");
        cache.clear();
        assert!(!knows(&cache, b"one"));
        assert_eq!(fs::read(official.join("1.mdb")).unwrap(), b"theirs");
    }

    #[test]
    fn damaged_and_expired_shards_are_removed() {
        let root = tempfile::tempdir().unwrap();
        let cache = ShardCache::new(root.path(), "store");
        let good = shard(b"one");
        cache.add_own(&good).unwrap();
        cache.add(b"no shard").unwrap();
        let past = SystemTime::now() - Duration::from_secs(100);
        let expired = Footer::new().with_validity(past, Duration::from_secs(99));
        cache.add(&shard(b"two").to_bytes(&expired)).unwrap();
        assert_eq!(cache.files().len(), 3);
        assert!(knows(&cache, b"one") && !knows(&cache, b"two"));
        assert_eq!(cache.files().len(), 1);
    }

    #[test]
    fn the_oldest_shards_make_room() {
        let root = tempfile::tempdir().unwrap();
        let cache = ShardCache::new(root.path(), "store").with_max_bytes(1_200);
        for (age, content) in [(300, &b"one"[..]), (200, b"two"), (0, b"three")] {
            let path = cache.add_own(&shard(content)).unwrap();
            let time = SystemTime::now() - Duration::from_secs(age);
            if let Ok(file) = fs::File::options().write(true).open(path) {
                file.set_modified(time).unwrap();
            }
        }
        assert!(!knows(&cache, b"one") && knows(&cache, b"two") && knows(&cache, b"three"));
    }

    #[test]
    fn the_limit_is_that_of_the_environment_and_0_keeps_nothing() {
        let limit = |text: &str| ShardCache::new(Path::new("x"), "store").with_limit_of(text);
        assert_eq!(limit("16gb").unwrap().max_bytes, 16_000_000_000);
        assert_eq!(limit("").unwrap().max_bytes, DEFAULT_MAX_BYTES);
        let error = limit("many").unwrap_err().to_string();
        assert!(error.contains(LIMIT_VARIABLE), "{error}");
        let none = limit("0").unwrap();
        assert_eq!(none.add_own(&shard(b"one")), None);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_empty_cache() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let cache = ShardCache::new(&file, "store");
        assert_eq!(cache.add_own(&shard(b"one")), None);
        assert!(!knows(&cache, b"one"));
    }
}
