//! Xorbs: collections of chunks, the objects of which a store consists.
//!
//! A xorb is a sequence of compressed chunks, each behind a header of 8 bytes. What is sent to a store ends after the
//! last one; in what a store keeps, a [`Footer`] may follow that repeats hashes and boundaries.
//!
//! ```
//! use hf_cas::Hash;
//! use hf_cas::xorb::{ChunkDecoder, Xorb, XorbBuilder};
//!
//! let mut builder = XorbBuilder::new();
//! builder.push(Hash::of_chunk(b"hello "), b"hello ");
//! builder.push(Hash::of_chunk(b"world"), b"world");
//! let xorb = builder.finish();
//! assert_eq!(Xorb::parse(xorb.data())?, xorb);
//!
//! let (mut input, mut text) = (xorb.data().clone(), Vec::new());
//! let mut decoder = ChunkDecoder::new();
//! while decoder.decode(&mut input, &mut text)?.is_some() {}
//! decoder.finish()?;
//! assert_eq!(text, b"hello world");
//! # Ok::<(), hf_cas::FormatError>(())
//! ```

mod build;
mod bytes_grouped;
mod compression;
mod decode;
mod footer;
mod header;
mod lz4;

pub use build::{ChunkInfo, Xorb, XorbBuilder};
pub use compression::{Compression, encode_chunk};
pub use decode::ChunkDecoder;
pub use footer::Footer;
pub use header::{CHUNK_HEADER, ChunkHeader};

/// A xorb has no more bytes than this, headers included, nor more of uncompressed data.
pub const MAX_XORB_BYTES: usize = 64 * 1024 * 1024;

/// A xorb has no more chunks than this.
pub const MAX_XORB_CHUNKS: usize = 8 * 1024;

fn wrong(message: impl Into<std::borrow::Cow<'static, str>>) -> crate::FormatError {
    crate::FormatError::new(crate::Format::Xorb, message)
}
