//! Shards: which chunks make up which files and xorbs.
//!
//! A client sends a shard when the xorbs of its files are in the store; the files exist from then on. A store sends a
//! shard to say in which of its xorbs a chunk is, and what is around it, with the hashes of the chunks under a key, so
//! that it tells nothing to somebody who does not have those chunks.
//!
//! ```
//! use hf_cas::Hash;
//! use hf_cas::shard::{FileInfo, Shard, Term, XorbInfo};
//! use hf_cas::xorb::XorbBuilder;
//!
//! let chunk = Hash::of_chunk(b"hello");
//! let mut builder = XorbBuilder::new();
//! builder.push(chunk, b"hello");
//! let xorb = builder.finish();
//!
//! let mut shard = Shard::new();
//! shard.files.push(FileInfo {
//!     hash: chunk.keyed(&Hash::ZERO),
//!     terms: vec![Term { xorb: xorb.hash(), length: 5, chunks: 0..1 }],
//!     verification: Some(vec![Hash::of_range([&chunk])]),
//!     sha256: None,
//! });
//! shard.xorbs.push(XorbInfo::from(&xorb));
//! assert_eq!(Shard::parse(&shard.to_upload())?, shard);
//! # Ok::<(), hf_cas::FormatError>(())
//! ```

mod footer;
mod read;
mod write;

use std::ops::Range;

pub use footer::Footer;

use crate::xorb::Xorb;
use crate::{Hash, number};

/// A client does not make shards larger than this.
pub const TARGET_SHARD_BYTES: usize = 64 * 1024 * 1024;

/// Every record of the sections of files and xorbs has this length.
pub(crate) const RECORD: usize = 48;

/// What a shard begins with.
const TAG: &[u8; 32] =
    b"HFRepoMetaData\0\x55\x69\x67\x45\x6a\x7b\x81\x57\x83\xa5\xbd\xd9\x5c\xcd\xd1\x4a\xa9";

const HEADER_VERSION: u64 = 2;

/// The terms of a file are followed by as many verification hashes.
const WITH_VERIFICATION: u32 = 1 << 31;

/// The last record of a file is its SHA-256.
const WITH_SHA256: u32 = 1 << 30;

/// A store indexes this chunk for all its files.
const GLOBAL_DEDUP: u32 = 1 << 31;

/// Files and xorbs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shard {
    /// The files.
    pub files: Vec<FileInfo>,
    /// The xorbs.
    pub xorbs: Vec<XorbInfo>,
    /// The key and the expiry, in a shard that a store or a cache has written.
    pub footer: Option<Footer>,
}

impl Shard {
    /// Returns a shard of nothing.
    pub fn new() -> Self {
        Self::default()
    }
}

/// A file: the chunks that make it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// The hash of the file.
    pub hash: Hash,
    /// What it consists of, from its beginning to its end.
    pub terms: Vec<Term>,
    /// The [`Hash::of_range`] of the chunks of each term, which a store asks for.
    pub verification: Option<Vec<Hash>>,
    /// The SHA-256 of the file, by which repositories know it.
    pub sha256: Option<[u8; 32]>,
}

impl FileInfo {
    /// Returns the length of the file.
    pub fn len(&self) -> u64 {
        self.terms.iter().map(|term| u64::from(term.length)).sum()
    }

    /// Returns whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A range of chunks of a xorb, as part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The xorb.
    pub xorb: Hash,
    /// The length of the data of the chunks.
    pub length: u32,
    /// The indexes of the chunks in the xorb.
    pub chunks: Range<u32>,
}

/// A xorb and its chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XorbInfo {
    /// The hash of the xorb.
    pub hash: Hash,
    /// The length of the data of its chunks.
    pub length: u32,
    /// The length of the xorb itself; 0 where it is not known.
    pub encoded_length: u32,
    /// The chunks.
    pub chunks: Vec<ShardChunk>,
}

impl From<&Xorb> for XorbInfo {
    fn from(xorb: &Xorb) -> Self {
        let mut offset = 0;
        let chunks = xorb.chunks().iter().map(|chunk| {
            let start = offset;
            offset += chunk.length;
            ShardChunk {
                hash: chunk.hash,
                offset: start,
                length: chunk.length,
                is_global_dedup_eligible: chunk.hash.is_global_dedup_eligible(),
            }
        });
        Self {
            hash: xorb.hash(),
            length: xorb.length(),
            encoded_length: number(xorb.data().len()),
            chunks: chunks.collect(),
        }
    }
}

/// A chunk of a xorb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardChunk {
    /// The hash of its data, or that hash under the key of the shard.
    pub hash: Hash,
    /// Where its data begins in the data of all chunks of the xorb.
    pub offset: u32,
    /// The length of its data.
    pub length: u32,
    /// Whether the store is to find this chunk for other files.
    pub is_global_dedup_eligible: bool,
}

fn wrong(message: impl Into<std::borrow::Cow<'static, str>>) -> crate::FormatError {
    crate::FormatError::new(crate::Format::Shard, message)
}
