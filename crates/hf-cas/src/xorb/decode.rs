//! Reading chunks from a xorb that arrives in pieces.

use bytes::{Buf, Bytes};

use super::compression::decode_chunk;
use super::footer::IDENT;
use super::{CHUNK_HEADER, ChunkHeader, Compression, wrong};
use crate::FormatError;

/// Chunks of fewer bytes are copied and handed on with their neighbours: that costs less than to hand each on alone.
const SHARED: usize = 32 * 1024;

/// Reads the chunks of a xorb, or of a range of them, from bytes that arrive in pieces of any size.
///
/// It holds one chunk at most, and nothing is allocated for more than the format allows. A footer ends the chunks; it
/// and what follows are skipped.
#[derive(Debug, Clone, Default)]
pub struct ChunkDecoder {
    /// The part of a chunk that arrived with earlier pieces, header included.
    partial: Vec<u8>,
    scratch: Vec<u8>,
    chunks: usize,
    offset: u64,
    in_footer: bool,
}

impl ChunkDecoder {
    /// Returns a decoder that is in front of a chunk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes from `input` until a chunk is complete, appends its data to `out` and returns its length.
    ///
    /// `None` means that `input` is used up. Each chunk is to be compared with its hash where that is known: this
    /// says only that it follows the format.
    pub fn decode(
        &mut self,
        input: &mut Bytes,
        out: &mut Vec<u8>,
    ) -> Result<Option<usize>, FormatError> {
        if self.in_footer {
            self.offset += input.len() as u64;
            input.clear();
            return Ok(None);
        }
        let Some(header) = self.header(input)? else {
            return Ok(None);
        };
        let length = CHUNK_HEADER + header.encoded_length as usize;
        let offset = self.offset;
        let at = |error: FormatError| error.at(offset);
        if self.partial.is_empty() && input.len() >= length {
            // The usual case: the chunk lies in one piece, and is read where it is.
            let body = &input[CHUNK_HEADER..length];
            decode_chunk(header, body, &mut self.scratch, out).map_err(at)?;
            input.advance(length);
        } else {
            self.take(input, length);
            if self.partial.len() < length {
                return Ok(None);
            }
            let body = &self.partial[CHUNK_HEADER..];
            decode_chunk(header, body, &mut self.scratch, out).map_err(at)?;
            self.partial.clear();
        }
        self.offset += length as u64;
        self.chunks += 1;
        Ok(Some(header.length as usize))
    }

    /// Takes bytes from `input` until the next chunk is complete, if it is not compressed, and returns its data, which are
    /// those of `input` where all of them lie there.
    ///
    /// `None` means that `input` is used up, or that [`decode`](Self::decode) has to go on: the next chunk is
    /// compressed, or so small that it is of more use beside others.
    ///
    /// # Errors
    /// The header of the chunk is malformed.
    pub fn stored(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, FormatError> {
        if self.in_footer {
            return Ok(None);
        }
        let Some(header) = self.header(input)? else {
            return Ok(None);
        };
        if header.compression != Compression::None || (header.length as usize) < SHARED {
            return Ok(None);
        }
        let length = CHUNK_HEADER + header.encoded_length as usize;
        let mut chunk = if self.partial.is_empty() && input.len() >= length {
            input.split_to(length)
        } else {
            self.partial.reserve_exact(length - self.partial.len());
            self.take(input, length);
            if self.partial.len() < length {
                return Ok(None);
            }
            std::mem::take(&mut self.partial).into()
        };
        chunk.advance(CHUNK_HEADER);
        self.offset += length as u64;
        self.chunks += 1;
        Ok(Some(chunk))
    }

    /// Returns the header of the current chunk, without taking it from `input` where it lies there whole.
    fn header(&mut self, input: &mut Bytes) -> Result<Option<ChunkHeader>, FormatError> {
        let mut header = [0; CHUNK_HEADER];
        if self.partial.is_empty() && input.len() >= CHUNK_HEADER {
            header.copy_from_slice(&input[..CHUNK_HEADER]);
        } else {
            self.take(input, CHUNK_HEADER);
            let Some(start) = self.partial.first_chunk() else {
                return Ok(None);
            };
            header = *start;
        }
        if header.starts_with(IDENT) {
            self.in_footer = true;
            self.offset += (self.partial.len() + input.len()) as u64;
            self.partial.clear();
            input.clear();
            return Ok(None);
        }
        ChunkHeader::parse(header)
            .map(Some)
            .map_err(|error| error.at(self.offset))
    }

    /// Moves bytes to the partial chunk until it has `length` of them.
    fn take(&mut self, input: &mut Bytes, length: usize) {
        let missing = length.saturating_sub(self.partial.len()).min(input.len());
        self.partial.extend_from_slice(&input[..missing]);
        input.advance(missing);
    }

    /// Returns how many chunks were read.
    pub fn chunks(&self) -> usize {
        self.chunks
    }

    /// Says that no more bytes come: an error if a chunk is not complete.
    pub fn finish(&self) -> Result<(), FormatError> {
        if self.partial.is_empty() {
            return Ok(());
        }
        let have = self.partial.len();
        Err(wrong(format!("it ends {have} bytes into a chunk")).at(self.offset))
    }
}
