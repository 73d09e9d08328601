#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "client")]
mod cache_folder;
mod chunk;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod client;
mod crc64;
pub mod dedup;
mod error;
mod hash;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod reconstruct;
pub mod shard;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod upload;
pub mod xorb;

pub use chunk::{Chunker, Chunks, MAX_CHUNK, MIN_CHUNK, chunks};
pub use crc64::crc64_nvme;
pub use error::{Format, FormatError};
pub use hash::{Hash, HashTree};

/// A length as the formats have it. None of them comes near the limit: a xorb has at most 64 MiB, and a shard is cut long
/// before.
fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
