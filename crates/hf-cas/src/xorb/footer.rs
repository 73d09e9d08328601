//! What may follow the chunks of a xorb.

use super::{Xorb, wrong};
use crate::{FormatError, Hash, number};

pub(super) const IDENT: &[u8; 7] = b"XETBLOB";
const HASHES: &[u8; 7] = b"XBLBHSH";
const BOUNDARIES: &[u8; 7] = b"XBLBBND";

/// The bytes that end a footer: three numbers and 16 bytes for later use.
const TAIL: usize = 3 * 4 + 16;

/// The hashes and boundaries of the chunks of a xorb, as a store may keep them behind the chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Footer {
    /// The hash of the xorb.
    pub hash: Hash,
    /// The hashes of the chunks.
    pub chunks: Vec<Hash>,
    /// Where each chunk ends in the xorb.
    pub encoded_ends: Vec<u32>,
    /// Where each chunk ends in the data of all; missing in the first version of the format.
    pub ends: Option<Vec<u32>>,
}

impl Footer {
    /// Returns the footer of a xorb.
    pub fn of(xorb: &Xorb) -> Self {
        let chunks = xorb.chunks();
        Self {
            hash: xorb.hash(),
            chunks: chunks.iter().map(|chunk| chunk.hash).collect(),
            encoded_ends: chunks.iter().map(|chunk| chunk.encoded_end).collect(),
            ends: Some(ends(xorb)),
        }
    }

    /// Reads a footer, from its first byte to the length of 4 bytes that ends the xorb.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader { bytes, at: 0 };
        reader.expect(IDENT, "the mark of a footer")?;
        let version = reader.byte()?;
        if version > 1 {
            return Err(wrong(format!(
                "its footer has format version {version}, which is not known"
            ))
            .at(7));
        }
        let hash = reader.hash()?;
        let footer = if version == 0 {
            let count = reader.count(4 + 32)?;
            let encoded_ends = reader.numbers(count)?;
            let chunks = reader.hashes(count)?;
            reader.take(16)?;
            Self {
                hash,
                chunks,
                encoded_ends,
                ends: None,
            }
        } else {
            reader.section(HASHES, 0)?;
            let count = reader.count(32)?;
            let chunks = reader.hashes(count)?;
            reader.section(BOUNDARIES, 1)?;
            let again = reader.count(4 + 4)?;
            reader.same_count(again, count)?;
            let encoded_ends = reader.numbers(count)?;
            let ends = reader.numbers(count)?;
            let again = reader.number()? as usize;
            reader.same_count(again, count)?;
            reader.take(TAIL - 4)?;
            Self {
                hash,
                chunks,
                encoded_ends,
                ends: Some(ends),
            }
        };
        let (length, announced) = (reader.at, reader.number()?);
        if announced as usize != length {
            let message = format!("its footer of {length} bytes announces {announced}");
            return Err(wrong(message).at(length as u64));
        }
        if reader.at != bytes.len() {
            return Err(wrong("bytes follow its footer").at(reader.at as u64));
        }
        Ok(footer)
    }

    /// Returns the bytes of the footer, in the current version of the format.
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = number(self.chunks.len()).to_le_bytes();
        let mut hashes = [HASHES, &[0][..], &count].concat();
        for chunk in &self.chunks {
            hashes.extend_from_slice(chunk.as_bytes());
        }
        let mut boundaries = [BOUNDARIES, &[1][..], &count].concat();
        for end in self.encoded_ends.iter().chain(self.ends.iter().flatten()) {
            boundaries.extend_from_slice(&end.to_le_bytes());
        }
        let from_boundaries = number(boundaries.len() + TAIL);
        let from_hashes = number(hashes.len()) + from_boundaries;
        let mut out = [IDENT, &[1][..], self.hash.as_bytes(), &hashes, &boundaries].concat();
        out.extend_from_slice(&count);
        out.extend_from_slice(&from_hashes.to_le_bytes());
        out.extend_from_slice(&from_boundaries.to_le_bytes());
        out.extend_from_slice(&[0; 16]);
        out.extend_from_slice(&number(out.len()).to_le_bytes());
        out
    }

    /// Compares the footer with the chunks in front of it.
    pub(super) fn check(&self, xorb: &Xorb) -> Result<(), FormatError> {
        let real = Self::of(xorb);
        let wrong_part = if self.chunks != real.chunks {
            "the hashes of the chunks"
        } else if self.encoded_ends != real.encoded_ends {
            "the boundaries of the compressed chunks"
        } else if self.ends.is_some() && self.ends != real.ends {
            "the boundaries of the chunks"
        } else if self.hash != real.hash {
            "the hash"
        } else {
            return Ok(());
        };
        Err(wrong(format!(
            "{wrong_part} in its footer are not those of its chunks"
        )))
    }
}

fn ends(xorb: &Xorb) -> Vec<u32> {
    let lengths = xorb.chunks().iter().map(|chunk| chunk.length);
    lengths
        .scan(0, |end, length| {
            *end += length;
            Some(*end)
        })
        .collect()
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], FormatError> {
        let end = self.at.checked_add(length);
        match end.and_then(|end| self.bytes.get(self.at..end)) {
            Some(bytes) => {
                self.at += length;
                Ok(bytes)
            }
            None => Err(wrong("its footer is cut off").at(self.bytes.len() as u64)),
        }
    }

    fn byte(&mut self) -> Result<u8, FormatError> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn number(&mut self) -> Result<u32, FormatError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn hash(&mut self) -> Result<Hash, FormatError> {
        let mut hash = [0; 32];
        hash.copy_from_slice(self.take(32)?);
        Ok(Hash::from_bytes(hash))
    }

    /// Reads how many entries follow, of `size` bytes each: no more than there are bytes for.
    fn count(&mut self, size: usize) -> Result<usize, FormatError> {
        let at = self.at as u64;
        let count = self.number()? as usize;
        if count > (self.bytes.len() - self.at) / size {
            return Err(wrong(format!("its footer is too short for {count} chunks")).at(at));
        }
        Ok(count)
    }

    fn same_count(&self, count: usize, expected: usize) -> Result<(), FormatError> {
        if count == expected {
            return Ok(());
        }
        let message = format!("its footer counts {expected} chunks, and then {count}");
        Err(wrong(message).at(self.at as u64))
    }

    fn numbers(&mut self, count: usize) -> Result<Vec<u32>, FormatError> {
        (0..count).map(|_| self.number()).collect()
    }

    fn hashes(&mut self, count: usize) -> Result<Vec<Hash>, FormatError> {
        (0..count).map(|_| self.hash()).collect()
    }

    fn expect(&mut self, mark: &[u8], what: &str) -> Result<(), FormatError> {
        let at = self.at as u64;
        if self.take(mark.len())? == mark {
            return Ok(());
        }
        Err(wrong(format!("{what} is missing")).at(at))
    }

    fn section(&mut self, mark: &[u8], version: u8) -> Result<(), FormatError> {
        self.expect(mark, "the mark of a section of its footer")?;
        let at = self.at as u64;
        let found = self.byte()?;
        if found == version {
            return Ok(());
        }
        Err(wrong(format!(
            "a section of its footer has format version {found} instead of {version}"
        ))
        .at(at))
    }
}
