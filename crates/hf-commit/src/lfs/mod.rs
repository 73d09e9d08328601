//! Uploads large files over Git LFS. Hashing, batch requests, uploads and verification overlap.

mod parts;
pub(crate) mod protocol;
mod send;
mod stages;
mod storage;

pub use stages::LfsTransfer;
