//! What can be wrong with bytes of the store.

use std::borrow::Cow;
use std::fmt;

/// The format that bytes from outside do not follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// The text of a hash.
    Hash,
    /// A xorb, or a range of its chunks.
    Xorb,
    /// A shard.
    Shard,
    /// The reconstruction of a file.
    Reconstruction,
    /// A response to a request for byte ranges.
    ByteRanges,
}

impl Format {
    /// Returns the format as a word of a sentence.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Xorb => "xorb",
            Self::Shard => "shard",
            Self::Reconstruction => "reconstruction",
            Self::ByteRanges => "response to a request for byte ranges",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Bytes that do not follow their format: which one, what is wrong, and where.
///
/// ```
/// let error = "abc".parse::<hf_cas::Hash>().unwrap_err();
/// assert_eq!(error.to_string(), "invalid hash: \"abc\" has 3 characters instead of 64");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    format: Format,
    message: Cow<'static, str>,
    offset: Option<u64>,
}

impl FormatError {
    /// Creates the error of bytes that do not follow `format`; `message` says in what.
    pub fn new(format: Format, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            format,
            message: message.into(),
            offset: None,
        }
    }

    /// Adds where the wrong bytes are, from the beginning of the input.
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Returns the format that the bytes do not follow.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns what is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns where the wrong bytes are, from the beginning of the input, if that is known.
    pub fn offset(&self) -> Option<u64> {
        self.offset
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid {}", self.format)?;
        if let Some(offset) = self.offset {
            write!(f, " at byte {offset}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for FormatError {}

#[cfg(feature = "client")]
impl From<FormatError> for hf_transport::Error {
    fn from(error: FormatError) -> Self {
        Self::decode(error.to_string()).with_source(error)
    }
}
