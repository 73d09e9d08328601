//! Large files over Git LFS: hash, ask where to, send, verify; all of it at the same time.

mod parts;
mod protocol;
mod send;
mod stages;

pub use stages::LfsTransfer;
