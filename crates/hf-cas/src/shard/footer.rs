//! The footer of a shard.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::wrong;
use crate::{FormatError, Hash};

/// The length of a footer.
pub(super) const FOOTER: usize = 200;

const VERSION: u64 = 1;

/// Where the sections begin and how many entries they have: 8 numbers behind the version.
const OFFSETS: usize = 8;

const KEY: usize = 8 + OFFSETS * 8;
const CREATED: usize = KEY + 32;
const EXPIRES: usize = CREATED + 8;
const UNUSED: usize = 6 * 8;
const SIZES: usize = EXPIRES + 8 + UNUSED;
const OWN_OFFSET: usize = SIZES + 3 * 8;

/// Under which key a shard names its chunks, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Footer {
    /// The hashes of chunks are [`Hash::keyed`] with this key, if there is one.
    pub key: Option<Hash>,
    /// When the shard was written, in seconds of Unix time; 0 if it does not say so.
    pub created: u64,
    /// From when on the shard is not to be used, in seconds of Unix time; 0 if it does not say so.
    pub expires: u64,
}

impl Footer {
    /// Returns the footer of a shard that is not keyed and does not expire.
    pub fn new() -> Self {
        Self {
            key: None,
            created: 0,
            expires: u64::MAX,
        }
    }

    /// Sets the key.
    pub fn with_key(mut self, key: Hash) -> Self {
        self.key = (!key.is_zero()).then_some(key);
        self
    }

    /// Sets when the shard was written, and how long it is valid from then on.
    pub fn with_validity(mut self, created: SystemTime, valid: Duration) -> Self {
        self.created = seconds(created);
        self.expires = self.created.saturating_add(valid.as_secs());
        self
    }

    /// Returns whether the shard is not to be used any more. One that names no time does not expire.
    pub fn is_expired(&self, now: SystemTime) -> bool {
        self.expires != 0 && seconds(now) >= self.expires
    }

    /// Returns the hash under which the shard names a chunk.
    pub fn key_chunk(&self, chunk: &Hash) -> Hash {
        self.key.map_or(*chunk, |key| chunk.keyed(&key))
    }

    pub(super) fn parse(bytes: &[u8; FOOTER], at: u64) -> Result<Self, FormatError> {
        let version = number(bytes, 0);
        if version != VERSION {
            let message = format!("its footer has format version {version} instead of {VERSION}");
            return Err(wrong(message).at(at));
        }
        let mut key = [0; 32];
        key.copy_from_slice(&bytes[KEY..CREATED]);
        Ok(Self {
            created: number(bytes, CREATED),
            expires: number(bytes, EXPIRES),
            ..Self::new().with_key(Hash::from_bytes(key))
        })
    }

    pub(super) fn to_bytes(self, layout: &Layout) -> [u8; FOOTER] {
        let mut out = [0; FOOTER];
        let mut put = |at: usize, number: u64| {
            out[at..at + 8].copy_from_slice(&number.to_le_bytes());
        };
        put(0, VERSION);
        for (i, number) in layout.offsets.iter().enumerate() {
            put(8 + i * 8, *number);
        }
        put(CREATED, self.created);
        put(EXPIRES, self.expires);
        for (i, number) in layout.sizes.iter().enumerate() {
            put(SIZES + i * 8, *number);
        }
        put(OWN_OFFSET, layout.footer);
        out[KEY..CREATED].copy_from_slice(self.key.unwrap_or(Hash::ZERO).as_bytes());
        out
    }
}

impl Default for Footer {
    fn default() -> Self {
        Self::new()
    }
}

/// What a footer says about the sections in front of it.
#[derive(Default)]
pub(super) struct Layout {
    /// The offsets of files and xorbs; then the offset and the number of entries of the tables of files, xorbs, chunks.
    pub(super) offsets: [u64; OFFSETS],
    /// Bytes of all xorbs, of all files, of the data of all xorbs.
    pub(super) sizes: [u64; 3],
    pub(super) footer: u64,
}

fn number(bytes: &[u8; FOOTER], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
