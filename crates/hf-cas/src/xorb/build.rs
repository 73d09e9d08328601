//! Making xorbs, and reading whole ones.

use bytes::Bytes;

use super::footer::IDENT;
use super::{
    CHUNK_HEADER, ChunkDecoder, Compression, Footer, MAX_XORB_BYTES, MAX_XORB_CHUNKS, encode_chunk,
    wrong,
};
use crate::{FormatError, Hash, HashTree, number};

/// A chunk of a xorb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChunkInfo {
    /// The hash of its data.
    pub hash: Hash,
    /// The length of its data.
    pub length: u32,
    /// Where it ends in the xorb, in bytes from the beginning.
    pub encoded_end: u32,
}

/// A xorb as it is sent to a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xorb {
    hash: Hash,
    data: Bytes,
    chunks: Vec<ChunkInfo>,
    length: u32,
}

impl Xorb {
    /// Reads a whole xorb, with or without a footer: decompresses and hashes every chunk, and compares the footer.
    ///
    /// The result is without the footer. The memory needed is that of the largest chunk.
    pub fn parse(data: &Bytes) -> Result<Self, FormatError> {
        let mut builder = XorbBuilder::new();
        let (mut decoder, mut chunk) = (ChunkDecoder::new(), Vec::new());
        let mut rest = data.clone();
        let mut end = 0;
        loop {
            chunk.clear();
            let at_footer = rest.starts_with(IDENT);
            if decoder.decode(&mut rest, &mut chunk)?.is_none() {
                if at_footer {
                    rest = data.slice(end..);
                }
                break;
            }
            end = data.len() - rest.len();
            builder.add(Hash::of_chunk(&chunk), chunk.len(), end)?;
        }
        decoder.finish()?;
        let xorb = builder.finish_with(data.slice(..end));
        if !rest.is_empty() {
            Footer::parse(&rest)
                .and_then(|footer| footer.check(&xorb))
                .map_err(|error| match error.offset() {
                    Some(offset) => error.at(end as u64 + offset),
                    None => error.at(end as u64),
                })?;
        }
        Ok(xorb)
    }

    /// Returns the hash, by which the store knows it.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Returns the bytes to be sent: the chunks with their headers.
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    /// Returns its chunks.
    pub fn chunks(&self) -> &[ChunkInfo] {
        &self.chunks
    }

    /// Returns the sum of the lengths of the data of all chunks.
    pub fn length(&self) -> u32 {
        self.length
    }
}

/// Collects chunks until a xorb is full.
#[derive(Debug, Default)]
pub struct XorbBuilder {
    data: Vec<u8>,
    scratch: Vec<u8>,
    chunks: Vec<ChunkInfo>,
    tree: HashTree,
    length: u32,
}

impl XorbBuilder {
    /// Returns a builder without chunks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a builder that writes into `buffer`, whose content is discarded.
    pub fn with_buffer(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Self {
            data: buffer,
            ..Self::default()
        }
    }

    /// Returns whether the limits allow one more chunk of `length` bytes, however badly it compresses.
    pub fn has_room(&self, length: usize) -> bool {
        self.chunks.len() < MAX_XORB_CHUNKS
            && self.data.len() + CHUNK_HEADER + length <= MAX_XORB_BYTES
            && self.length as usize + length <= MAX_XORB_BYTES
    }

    /// Returns the bytes so far.
    pub fn encoded_length(&self) -> usize {
        self.data.len()
    }

    /// Returns the sum of the lengths of the data of the chunks so far.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// Returns the chunks so far.
    pub fn chunks(&self) -> &[ChunkInfo] {
        &self.chunks
    }

    /// Adds a chunk with the compression that suits it, and returns its index.
    ///
    /// The caller asks [`XorbBuilder::has_room`] first; `hash` is that of `data`.
    pub fn push(&mut self, hash: Hash, data: &[u8]) -> u32 {
        self.push_with(hash, data, Compression::choose(data))
    }

    /// Adds a chunk, compressed as given, and returns its index.
    pub fn push_with(&mut self, hash: Hash, data: &[u8], compression: Compression) -> u32 {
        encode_chunk(data, compression, &mut self.scratch, &mut self.data);
        self.note(hash, number(data.len()), number(self.data.len()))
    }

    /// Adds a chunk that [`encode_chunk`] has encoded, header included, and returns its index. `length` is that of its
    /// data.
    pub fn push_encoded(&mut self, hash: Hash, length: u32, encoded: &[u8]) -> u32 {
        self.data.extend_from_slice(encoded);
        self.note(hash, length, number(self.data.len()))
    }

    fn note(&mut self, hash: Hash, length: u32, encoded_end: u32) -> u32 {
        let index = number(self.chunks.len());
        self.tree.push(hash, u64::from(length));
        self.length += length;
        self.chunks.push(ChunkInfo {
            hash,
            length,
            encoded_end,
        });
        index
    }

    /// Adds a chunk of a xorb that is read, within the limits.
    fn add(&mut self, hash: Hash, length: usize, end: usize) -> Result<(), FormatError> {
        if self.chunks.len() == MAX_XORB_CHUNKS {
            return Err(wrong(format!("it has more than {MAX_XORB_CHUNKS} chunks")));
        }
        // Writers may count the headers or not; what counts is that no xorb is much larger.
        let headers = CHUNK_HEADER * MAX_XORB_CHUNKS;
        if end > MAX_XORB_BYTES + headers || self.length as usize + length > MAX_XORB_BYTES {
            return Err(wrong(format!("it has more than {MAX_XORB_BYTES} bytes")));
        }
        self.note(hash, number(length), number(end));
        Ok(())
    }

    /// Returns the xorb of the chunks so far.
    pub fn finish(self) -> Xorb {
        self.finish_into(Bytes::from)
    }

    /// Returns the xorb of the chunks so far, with what `share` makes of its bytes.
    pub(crate) fn finish_into(mut self, share: impl FnOnce(Vec<u8>) -> Bytes) -> Xorb {
        let data = share(std::mem::take(&mut self.data));
        self.finish_with(data)
    }

    fn finish_with(self, data: Bytes) -> Xorb {
        Xorb {
            hash: self.tree.root(),
            data,
            chunks: self.chunks,
            length: self.length,
        }
    }
}
