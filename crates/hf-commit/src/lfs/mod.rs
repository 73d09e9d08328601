//! Large files over Git LFS: hash, ask where to, send, verify; all of it at once.

mod protocol;
mod send;
mod stages;

pub use stages::LfsTransfer;
