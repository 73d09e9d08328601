//! Xorbs as the store keeps them: their serialized chunks, and where each begins.
use std::ops::Range;

use bytes::Bytes;
use hf_cas::xorb::{CHUNK_HEADER, ChunkDecoder, ChunkHeader, Compression};
use hf_cas::{FormatError, Hash, HashTree};

use crate::blob::Blob;

/// A chunk of a xorb.
#[derive(Clone, Debug)]
pub(crate) struct XorbChunk {
    pub(crate) hash: Hash,
    /// Unpacked length.
    pub(crate) length: u32,
    /// Where its unpacked bytes begin among those of the xorb.
    pub(crate) unpacked: u64,
    /// Where its header begins in the serialized xorb.
    pub(crate) offset: u64,
}

/// A xorb.
pub(crate) struct Xorb {
    pub(crate) hash: Hash,
    pub(crate) chunks: Vec<XorbChunk>,
    /// Its serialized chunks, without a footer.
    pub(crate) content: Blob,
}

impl Xorb {
    /// A xorb as a client sent it, checked and hashed; of one that is not kept, only where its chunks are remains.
    pub(crate) fn uploaded(data: &Bytes, keep: bool) -> Result<Self, FormatError> {
        let length = data.len() as u64;
        let parsed = hf_cas::xorb::Xorb::parse(data)?;
        let (mut unpacked, mut offset) = (0, 0);
        let chunks = parsed
            .chunks()
            .iter()
            .map(|info| {
                let chunk = XorbChunk {
                    hash: info.hash,
                    length: info.length,
                    unpacked,
                    offset,
                };
                unpacked += u64::from(info.length);
                offset = info.encoded_end.into();
                chunk
            })
            .collect();
        let content = if keep {
            Blob::from(parsed.data().slice(..usize::try_from(offset).unwrap_or(0)))
        } else {
            Blob::discarded(length, String::new())
        };
        Ok(Self {
            hash: parsed.hash(),
            chunks,
            content,
        })
    }

    /// A xorb whose chunks are all stored as they are.
    pub(super) fn stored(chunks: &[(Hash, u64)], content: Blob) -> Self {
        let mut tree = HashTree::new();
        let mut unpacked = 0;
        let chunks = chunks
            .iter()
            .enumerate()
            .map(|(number, (hash, length))| {
                tree.push(*hash, *length);
                let chunk = XorbChunk {
                    hash: *hash,
                    length: u32::try_from(*length).unwrap_or(u32::MAX),
                    unpacked,
                    offset: unpacked + (number * CHUNK_HEADER) as u64,
                };
                unpacked += length;
                chunk
            })
            .collect();
        Self {
            hash: tree.root(),
            chunks,
            content,
        }
    }

    /// The content of a chunk; `None` if it is not kept.
    pub(super) fn unpack(&self, number: usize) -> Option<Bytes> {
        let place = self.serialized(number..number + 1);
        let header = CHUNK_HEADER as u64;
        let body = place.start + header;
        let mut bytes = Vec::new();
        // A chunk that is stored as it is need not be copied.
        if place.end - body == self.chunk_len(number)
            && let Some(content) = self.content.piece(body, place.end)
            && content.len() as u64 == place.end - body
            && self.compression(place.start) == Some(Compression::None)
        {
            return Some(content);
        }
        let mut at = place.start;
        while let Some(piece) = self.content.piece(at, place.end) {
            at += piece.len() as u64;
            bytes.extend_from_slice(&piece);
        }
        let mut content = Vec::new();
        ChunkDecoder::new()
            .decode(&mut Bytes::from(bytes), &mut content)
            .ok()??;
        Some(content.into())
    }

    fn compression(&self, header: u64) -> Option<Compression> {
        let bytes = self.content.piece(header, header + CHUNK_HEADER as u64)?;
        let header = ChunkHeader::parse(*bytes.first_chunk()?).ok()?;
        Some(header.compression)
    }

    pub(crate) fn is_discarded(&self) -> bool {
        self.content.is_discarded()
    }

    pub(crate) fn chunk_len(&self, number: usize) -> u64 {
        self.chunks[number].length.into()
    }

    /// The unpacked length of some chunks.
    pub(crate) fn unpacked(&self, chunks: Range<usize>) -> u64 {
        self.chunks[chunks]
            .iter()
            .map(|chunk| u64::from(chunk.length))
            .sum()
    }

    /// The place of some chunks in the serialized xorb, headers included.
    pub(crate) fn serialized(&self, chunks: Range<usize>) -> Range<u64> {
        let begin = |number: usize| {
            self.chunks
                .get(number)
                .map_or(self.content.len(), |chunk| chunk.offset)
        };
        begin(chunks.start)..begin(chunks.end)
    }
}

/// The header of a chunk that is stored as it is.
pub(super) fn plain_header(length: u64) -> [u8; CHUNK_HEADER] {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    ChunkHeader {
        compression: Compression::None,
        encoded_length: length,
        length,
    }
    .to_bytes()
}
