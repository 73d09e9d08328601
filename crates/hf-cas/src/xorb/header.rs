//! The header of a chunk.

use super::{Compression, wrong};
use crate::{FormatError, MAX_CHUNK};

/// The length of the header of a chunk.
pub const CHUNK_HEADER: usize = 8;

/// A writer that does not fall back to no compression may produce chunks that are longer than their data, but not by
/// much.
const MAX_ENCODED: usize = MAX_CHUNK * 2;

/// What stands in front of each chunk of a xorb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkHeader {
    /// How the chunk is compressed.
    pub compression: Compression,
    /// The bytes that follow the header.
    pub encoded_length: u32,
    /// The bytes of the chunk when it is decompressed.
    pub length: u32,
}

impl ChunkHeader {
    /// Reads the 8 bytes of a header. Lengths that a chunk cannot have are refused here, before anything is allocated
    /// for them.
    pub fn parse(bytes: [u8; CHUNK_HEADER]) -> Result<Self, FormatError> {
        let [version, e0, e1, e2, scheme, l0, l1, l2] = bytes;
        if version != 0 {
            return Err(wrong(format!(
                "a chunk has format version {version} instead of 0"
            )));
        }
        let header = Self {
            compression: Compression::from_byte(scheme)?,
            encoded_length: u32::from_le_bytes([e0, e1, e2, 0]),
            length: u32::from_le_bytes([l0, l1, l2, 0]),
        };
        if header.length as usize > MAX_CHUNK {
            let length = header.length;
            return Err(wrong(format!(
                "a chunk of {length} bytes is longer than the largest allowed, {MAX_CHUNK}"
            )));
        }
        if header.encoded_length as usize > MAX_ENCODED {
            let length = header.encoded_length;
            return Err(wrong(format!(
                "a compressed chunk of {length} bytes is longer than the largest allowed, {MAX_ENCODED}"
            )));
        }
        if header.length == 0 {
            return Err(wrong("a chunk has no bytes"));
        }
        if header.compression == Compression::None && header.encoded_length != header.length {
            return Err(wrong(format!(
                "an uncompressed chunk of {} bytes announces {}",
                header.encoded_length, header.length
            )));
        }
        Ok(header)
    }

    /// Returns the 8 bytes of the header.
    pub fn to_bytes(self) -> [u8; CHUNK_HEADER] {
        let [e0, e1, e2, _] = self.encoded_length.to_le_bytes();
        let [l0, l1, l2, _] = self.length.to_le_bytes();
        [0, e0, e1, e2, self.compression.to_byte(), l0, l1, l2]
    }
}
