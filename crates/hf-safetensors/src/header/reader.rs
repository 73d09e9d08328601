//! Reads a header that arrives in pieces.

use alloc::vec::Vec;

use super::{Header, PREFIX, PREFIX_LEN};
use crate::Options;
use crate::error::{Error, Result};
use crate::rule::Rule;

/// Collects the first bytes of a file as they arrive from any source, and
/// reports how many more the header needs.
///
/// ```
/// use hf_safetensors::{HeaderReader, Need, Options};
///
/// # let json = br#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}} "#;
/// # let mut file = (json.len() as u64).to_le_bytes().to_vec();
/// # file.extend(json);
/// # file.extend([0, 1]);
/// let mut reader = HeaderReader::new(Options::strict());
/// let mut used = 0;
/// for piece in file.chunks(10) {
///     used += reader.feed(piece)?;
///     match reader.need() {
///         Need::Bytes(more) => assert!(more > 0), // at least, until the header is complete
///         Need::Nothing => break,
///     }
/// }
/// let header = reader.finish()?;
/// assert_eq!(header.len(), 1);
/// assert_eq!(header.data_start(), used as u64); // the data begins behind what was used
/// # Ok::<(), hf_safetensors::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HeaderReader {
    options: Options,
    prefix: [u8; PREFIX],
    prefix_len: usize,
    /// Known, and within the limit, once the prefix is complete.
    header_len: usize,
    header: Vec<u8>,
}

/// What a [`HeaderReader`] still needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// At least this many bytes.
    Bytes(u64),
    /// The header is complete.
    Nothing,
}

impl HeaderReader {
    /// Creates a reader for the beginning of a file.
    pub fn new(options: Options) -> Self {
        HeaderReader {
            options,
            prefix: [0; PREFIX],
            prefix_len: 0,
            header_len: 0,
            header: Vec::new(),
        }
    }

    /// Takes the bytes that belong to the header from the front of `bytes`, and
    /// returns their number. Memory grows with the bytes that arrive, not with
    /// the length that the header claims.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::HeaderTooLarge`] as soon as the length is known.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut rest = bytes;
        let missing = self.prefix.len() - self.prefix_len;
        if missing > 0 {
            let (prefix, behind) = rest.split_at(missing.min(rest.len()));
            self.prefix[self.prefix_len..][..prefix.len()].copy_from_slice(prefix);
            rest = behind;
            if prefix.len() < missing {
                self.prefix_len += prefix.len();
                return Ok(bytes.len());
            }
            // A length that was rejected is rejected again when more bytes are
            // fed.
            self.header_len = self.options.header_len(&self.prefix)?;
            self.prefix_len += prefix.len();
        }
        let missing = self.header_len - self.header.len();
        let (header, behind) = rest.split_at(missing.min(rest.len()));
        self.header.extend_from_slice(header);
        Ok(bytes.len() - behind.len())
    }

    /// Returns how many bytes are missing.
    pub fn need(&self) -> Need {
        let missing = if self.prefix_len < self.prefix.len() {
            self.prefix.len() - self.prefix_len
        } else {
            self.header_len - self.header.len()
        };
        match missing {
            0 => Need::Nothing,
            missing => Need::Bytes(missing as u64),
        }
    }

    /// Returns the position of the data in the file in bytes, once it is known.
    pub fn data_start(&self) -> Option<u64> {
        (self.prefix_len == self.prefix.len()).then_some(PREFIX_LEN + self.header_len as u64)
    }

    /// Parses the header.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::FileTooShort`] or [`Rule::HeaderTruncated`] if bytes are
    /// missing, or another broken [`Rule`].
    pub fn finish(self) -> Result<Header<'static>> {
        if self.prefix_len < self.prefix.len() {
            let len = self.prefix_len as u64;
            return Err(Error::new(Rule::FileTooShort { len }));
        }
        if self.header.len() < self.header_len {
            return Err(Error::new(Rule::HeaderTruncated {
                need: PREFIX_LEN + self.header_len as u64,
                have: PREFIX_LEN + self.header.len() as u64,
            }));
        }
        self.options.parse_owned(self.header)
    }
}

#[cfg(feature = "std")]
impl Options {
    /// Reads the header from the beginning of a file, and nothing after it.
    /// Memory grows with the bytes that exist, not with the length that the
    /// header claims.
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`], or [`Rule::Io`] if reading fails.
    pub fn read<R: std::io::Read>(&self, file: R) -> Result<Header<'static>> {
        self.read_sized(file, 0)
    }

    /// Reads like `read` from a file that is known to have `len` bytes, so that
    /// memory for its header can be allocated at once.
    pub(crate) fn read_sized<R: std::io::Read>(
        &self,
        mut file: R,
        len: u64,
    ) -> Result<Header<'static>> {
        use std::io::Read as _;

        let mut prefix = Vec::with_capacity(PREFIX);
        file.by_ref().take(PREFIX_LEN).read_to_end(&mut prefix)?;
        let header_len = self.header_len(&prefix)?;
        let mut header = Vec::new();
        if len.saturating_sub(PREFIX_LEN) >= header_len as u64 {
            header.reserve_exact(header_len);
        }
        file.take(header_len as u64).read_to_end(&mut header)?;
        if header.len() < header_len {
            return Err(Error::new(Rule::HeaderTruncated {
                need: PREFIX_LEN + header_len as u64,
                have: PREFIX_LEN + header.len() as u64,
            }));
        }
        self.parse_owned(header)
    }
}
