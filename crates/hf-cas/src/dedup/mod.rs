//! Deduplication: which chunks a store has already, and when it is worth to say so.

#[cfg(feature = "client")]
mod cache;
mod fragmentation;
mod index;

#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use cache::ShardCache;
pub use fragmentation::Fragmentation;
pub use index::{ChunkIndex, Match};
