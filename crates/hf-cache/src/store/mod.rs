//! The cache on disk: layout, refs, links, locks and partial downloads.

pub(crate) mod disk;
pub(crate) mod fs;
pub(crate) mod hash;
pub(crate) mod layout;
pub(crate) mod link;
pub(crate) mod local_dir;
pub(crate) mod lock;
pub(crate) mod parallel;
pub(crate) mod partial;
pub(crate) mod pieces;
pub(crate) mod refs;
pub(crate) mod shared_blobs;
pub(crate) mod spec;
pub(crate) mod tree;
pub(crate) mod write;
#[cfg(feature = "xet")]
mod xet_hash;
