//! The hash of everything in the store.

mod tree;

use std::fmt;
use std::str::FromStr;

use serde_core::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use tree::HashTree;

use crate::{Format, FormatError};

/// The key of the hashes of chunks.
const CHUNK_KEY: [u8; 32] = [
    0x66, 0x97, 0xf5, 0x77, 0x5b, 0x95, 0x50, 0xde, 0x31, 0x35, 0xcb, 0xac, 0xa5, 0x97, 0x18, 0x1c,
    0x9d, 0xe4, 0x21, 0x10, 0x9b, 0xeb, 0x2b, 0x58, 0xb4, 0xd0, 0xb0, 0x4b, 0x93, 0xad, 0xf2, 0x29,
];

/// The key of the hashes of the inner nodes of a [`HashTree`].
const NODE_KEY: [u8; 32] = [
    0x01, 0x7e, 0xc5, 0xc7, 0xa5, 0x47, 0x29, 0x96, 0xfd, 0x94, 0x66, 0x66, 0xb4, 0x8a, 0x02, 0xe6,
    0x5d, 0xdd, 0x53, 0x6f, 0x37, 0xc7, 0x6d, 0xd2, 0xf8, 0x63, 0x52, 0xe6, 0x4a, 0x53, 0x71, 0x3f,
];

/// The key of the hash that proves that a client has the chunks of a term.
const VERIFICATION_KEY: [u8; 32] = [
    0x7f, 0x18, 0x57, 0xd6, 0xce, 0x56, 0xed, 0x66, 0x12, 0x7f, 0xf9, 0x13, 0xe7, 0xa5, 0xc3, 0xf3,
    0xa4, 0xcd, 0x26, 0xd5, 0xb5, 0xdb, 0x49, 0xe6, 0x41, 0x24, 0x98, 0x7f, 0x28, 0xfb, 0x94, 0xc3,
];

/// One chunk of this many is looked for in the whole store.
const GLOBAL_DEDUP_MODULUS: u64 = 1024;

/// The BLAKE3 hash of a chunk, a xorb, a file or a range of chunks, or the key of a shard.
///
/// Its text is not the plain hexadecimal of its bytes: each of its four 8-byte words is written as a little-endian
/// number.
///
/// ```
/// use hf_cas::Hash;
/// let hash = Hash::from_bytes(std::array::from_fn(|i| i as u8));
/// let text = "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918";
/// assert_eq!(hash.to_string(), text);
/// assert_eq!(text.parse(), Ok(hash));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of the empty file, and the key of a shard that is not keyed.
    pub const ZERO: Self = Self([0; 32]);

    /// Returns the hash that has these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes, as xorbs and shards contain them.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Hashes the content of a chunk.
    pub fn of_chunk(data: &[u8]) -> Self {
        Self(*blake3::keyed_hash(&CHUNK_KEY, data).as_bytes())
    }

    /// Hashes the text of an inner node.
    pub(crate) fn of_node(text: &[u8]) -> Self {
        Self(*blake3::keyed_hash(&NODE_KEY, text).as_bytes())
    }

    /// Hashes the hashes of the chunks of a term: a shard proves by it that its writer had the chunks.
    pub fn of_range<'a>(chunks: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(&VERIFICATION_KEY);
        for chunk in chunks {
            hasher.update(&chunk.0);
        }
        Self(*hasher.finalize().as_bytes())
    }

    /// Returns this hash under `key`, as a keyed shard contains it in place of the hash of a chunk.
    ///
    /// The same with [`Hash::ZERO`] makes the hash of a file from the root of its tree.
    pub fn keyed(&self, key: &Self) -> Self {
        Self(*blake3::keyed_hash(&key.0, &self.0).as_bytes())
    }

    /// Returns whether all bytes are zero.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// Returns whether a chunk of this hash is one of the 1 in 1,024 that a store indexes for all its files.
    pub fn is_global_dedup_eligible(&self) -> bool {
        self.last_word().is_multiple_of(GLOBAL_DEDUP_MODULUS)
    }

    pub(crate) fn words(&self) -> [u64; 4] {
        let word = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&self.0[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        [word(0), word(8), word(16), word(24)]
    }

    pub(crate) fn last_word(&self) -> u64 {
        self.words()[3]
    }

    /// Returns the hash that has the same text as a SHA-256 digest: a shard names the digest of a file in this way.
    pub fn from_sha256(digest: [u8; 32]) -> Self {
        let mut bytes = digest;
        for word in bytes.chunks_exact_mut(8) {
            word.reverse();
        }
        Self(bytes)
    }

    /// Returns the SHA-256 digest of which this is [`Hash::from_sha256`].
    pub fn to_sha256(&self) -> [u8; 32] {
        Self::from_sha256(self.0).0
    }

    /// Writes the text into a buffer of 64 bytes.
    pub(crate) fn write_text(&self, text: &mut [u8; 64]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for (word, text) in self.0.chunks_exact(8).zip(text.chunks_exact_mut(16)) {
            for (byte, text) in word.iter().rev().zip(text.chunks_exact_mut(2)) {
                text[0] = DIGITS[usize::from(byte >> 4)];
                text[1] = DIGITS[usize::from(byte & 15)];
            }
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        self.write_text(&mut text);
        f.pad(str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let wrong = |what: String| FormatError::new(Format::Hash, what);
        // A value from outside may be of any length; an error shows no more of it than a hash would need.
        let shown = || text.chars().take(70).collect::<String>();
        if text.len() != 64 {
            let length = text.chars().count();
            return Err(wrong(format!(
                "{:?} has {length} characters instead of 64",
                shown()
            )));
        }
        let mut bytes = [0; 32];
        for (i, pair) in text.as_bytes().chunks_exact(2).enumerate() {
            let digit = |c: u8| char::from(c).to_digit(16);
            let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
                return Err(wrong(format!("{:?} is not hexadecimal", shown())));
            };
            // Each word of 8 bytes is written from its last byte to its first.
            bytes[i ^ 7] = u8::try_from(high << 4 | low).unwrap_or_default();
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Hash;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a hash of 64 hexadecimal digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Hash, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}
