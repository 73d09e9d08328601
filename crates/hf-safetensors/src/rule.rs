//! The rules, and how a broken one is told.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use crate::Dtype;

/// The rule that was broken, with the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// A file has at least the 8 bytes of the header's length.
    FileTooShort {
        /// Bytes there are.
        len: u64,
    },
    /// The header is at most as long as the limit (`Options::max_header_len`).
    HeaderTooLarge {
        /// Length by the first 8 bytes.
        len: u64,
        /// The limit.
        limit: u64,
    },
    /// The header ends within the file.
    HeaderTruncated {
        /// Bytes from the beginning of the file to the end of the header.
        need: u64,
        /// Bytes there are.
        have: u64,
    },
    /// A header is UTF-8.
    NotUtf8,
    /// A header begins with `{`, directly (strict).
    LeadingWhitespace,
    /// A header is padded with spaces only (strict).
    Padding {
        /// The byte in place of a space.
        byte: u8,
    },
    /// A header is JSON.
    Json {
        /// What was expected at the position.
        expected: &'static str,
    },
    /// A tensor name occurs once (strict).
    DuplicateTensor,
    /// `__metadata__` occurs once.
    DuplicateMetadata,
    /// `__metadata__` is a map of strings to strings.
    MetadataNotStrings,
    /// A metadata key occurs once (strict).
    DuplicateMetadataKey {
        /// The key.
        key: String,
    },
    /// A tensor is described by an object with `dtype`, `shape`, `data_offsets`.
    NotATensor,
    /// A field of a tensor occurs once.
    DuplicateField {
        /// The field.
        field: &'static str,
    },
    /// A tensor has all three fields.
    MissingField {
        /// The field.
        field: &'static str,
    },
    /// A tensor has no further fields (strict).
    UnknownField {
        /// The field.
        field: String,
    },
    /// `dtype` is the name of an element type.
    UnknownDtype {
        /// What is there.
        found: String,
    },
    /// `shape` and `data_offsets` are arrays of integers that fit.
    NotAnInteger {
        /// The field.
        field: &'static str,
    },
    /// `data_offsets` has two elements.
    OffsetCount,
    /// Data begins where the data of the tensor before ends, and ends not
    /// before it begins.
    Offsets {
        /// Begin of the data.
        begin: u64,
        /// End of the data.
        end: u64,
        /// Where the data has to begin.
        expected: u64,
    },
    /// The number of elements and of bits of a tensor fits 64 bits.
    ShapeOverflow {
        /// The shape.
        shape: Vec<usize>,
    },
    /// The elements of a tensor, or of a slice, fill whole bytes.
    NotWholeBytes {
        /// Bits from the beginning of the tensor.
        bits: u64,
    },
    /// Data is as long as shape and dtype say.
    Size {
        /// Begin of the data.
        begin: u64,
        /// End of the data.
        end: u64,
        /// Bytes by shape and dtype.
        needed: u64,
    },
    /// The file ends with the data of the last tensor.
    FileLength {
        /// Length by the header.
        expected: u64,
        /// Length of the file.
        len: u64,
    },
    /// The tensor asked for is there.
    TensorNotFound,
    /// A tensor is read as what it is.
    WrongDtype {
        /// What the file holds.
        found: Dtype,
        /// What was asked.
        asked: &'static str,
    },
    /// Elements borrowed from a buffer are aligned there.
    Misaligned {
        /// Alignment of the element, bytes.
        align: usize,
    },
    /// Elements of more than a byte can be borrowed on little-endian machines only.
    BigEndian,
    /// Data fits the address space.
    TooLargeForMachine {
        /// Bytes.
        len: u64,
    },
    /// A buffer to read into is as long as the data.
    BufferLength {
        /// Bytes of the data.
        needed: u64,
        /// Bytes of the buffer.
        len: u64,
    },
    /// A slice has not more ranges than the tensor has dimensions.
    SliceRank {
        /// Number of ranges.
        ranges: usize,
        /// Number of dimensions.
        rank: usize,
    },
    /// A slice lies within the tensor.
    SliceRange {
        /// The dimension, from 0.
        dim: usize,
        /// First element.
        start: usize,
        /// Behind the last element.
        end: usize,
        /// Elements there are.
        len: usize,
    },
    /// A count of parameters fits 64 bits.
    CountOverflow,
    /// An index has the form of `model.safetensors.index.json`.
    Index {
        /// What is wrong.
        reason: String,
    },
    /// A shard is named by a relative path that stays in its folder.
    ShardName {
        /// The name.
        name: String,
    },
    /// An index and the headers of its shards agree.
    Shards {
        /// Where they do not.
        problems: Vec<crate::shards::Problem>,
    },
    /// A tensor to be written has a name of its own.
    ReservedName,
    /// A writer gives as many bytes as it said.
    Written {
        /// Bytes by shape and dtype.
        needed: u64,
        /// Bytes written.
        len: u64,
    },
    /// The system could read or write.
    Io,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::FileTooShort { len } => {
                write!(
                    f,
                    "{len} bytes are too short for a safetensors file, which begins with 8 bytes of header length"
                )
            }
            Rule::HeaderTooLarge { len, limit } => write!(
                f,
                "the header is said to have {len} bytes, more than the limit of {limit}; is this a safetensors file? (`max_header_len` moves the limit)"
            ),
            Rule::HeaderTruncated { need, have } => {
                write!(
                    f,
                    "the header ends at byte {need}, but there are only {have} bytes"
                )
            }
            Rule::NotUtf8 => f.write_str("the header is not UTF-8"),
            Rule::LeadingWhitespace => {
                f.write_str("the header must begin with `{`, not with white space")
            }
            Rule::Padding { byte } => {
                write!(
                    f,
                    "only spaces may follow the JSON of a header, found byte 0x{byte:02x}"
                )
            }
            Rule::Json { expected } => write!(f, "the header is not JSON: expected {expected}"),
            Rule::DuplicateTensor => f.write_str("two tensors of the same name"),
            Rule::DuplicateMetadata => f.write_str("`__metadata__` occurs twice"),
            Rule::MetadataNotStrings => f.write_str("`__metadata__` must map strings to strings"),
            Rule::DuplicateMetadataKey { key } => {
                write!(f, "`__metadata__` has the key {key:?} twice")
            }
            Rule::NotATensor => {
                f.write_str("a tensor must be an object with `dtype`, `shape` and `data_offsets`")
            }
            Rule::DuplicateField { field } => write!(f, "the field `{field}` occurs twice"),
            Rule::MissingField { field } => write!(f, "the field `{field}` is missing"),
            Rule::UnknownField { field } => {
                write!(f, "the field {field:?} does not belong to a tensor")
            }
            Rule::UnknownDtype { found } => write!(f, "unknown dtype {found}"),
            Rule::NotAnInteger { field } => {
                write!(
                    f,
                    "`{field}` must be an array of integers from 0 that fit the machine"
                )
            }
            Rule::OffsetCount => {
                f.write_str("`data_offsets` must have two elements, begin and end")
            }
            Rule::Offsets {
                begin,
                end,
                expected,
            } => write!(
                f,
                "data_offsets [{begin}, {end}] must begin at {expected}, where the data before ends, and end not before"
            ),
            Rule::ShapeOverflow { shape } => {
                write!(f, "the size of shape ")?;
                fmt_shape(f, shape)?;
                f.write_str(" does not fit 64 bits")
            }
            Rule::NotWholeBytes { bits } => {
                write!(
                    f,
                    "{bits} bits are not whole bytes; elements smaller than a byte must fill them"
                )
            }
            Rule::Size { begin, end, needed } => write!(
                f,
                "data_offsets [{begin}, {end}] hold {} bytes, but shape and dtype need {needed}",
                end.wrapping_sub(*begin)
            ),
            Rule::FileLength { expected, len } => write!(
                f,
                "the header describes a file of {expected} bytes, but it has {len}; is it cut off, or followed by something else?"
            ),
            Rule::TensorNotFound => f.write_str("there is no tensor of this name"),
            Rule::WrongDtype { found, asked } => {
                write!(f, "the tensor is {found} and cannot be read as {asked}")
            }
            Rule::Misaligned { align } => write!(
                f,
                "the data is not aligned to {align} bytes in this buffer; copy it (`to_vec`) or load the file aligned"
            ),
            Rule::BigEndian => f.write_str(
                "data is little-endian and cannot be borrowed on this machine; copy it (`to_vec`)",
            ),
            Rule::TooLargeForMachine { len } => {
                write!(
                    f,
                    "{len} bytes do not fit the address space of this machine"
                )
            }
            Rule::BufferLength { needed, len } => {
                write!(f, "the buffer has {len} bytes, but the data has {needed}")
            }
            Rule::SliceRank { ranges, rank } => {
                write!(f, "{ranges} ranges for a tensor of {rank} dimensions")
            }
            Rule::SliceRange {
                dim,
                start,
                end,
                len,
            } => {
                write!(
                    f,
                    "range {start}..{end} of dimension {dim}, which has {len} elements"
                )
            }
            Rule::CountOverflow => f.write_str("the number of parameters does not fit 64 bits"),
            Rule::Index { reason } => write!(f, "not an index of shards: {reason}"),
            Rule::ShardName { name } => write!(
                f,
                "{name:?} cannot be the name of a shard: it must be a relative path that stays in its folder"
            ),
            Rule::Shards { problems } => {
                write!(f, "the index does not agree with its shards")?;
                for (i, problem) in problems.iter().take(5).enumerate() {
                    write!(f, "{}{problem}", if i == 0 { ": " } else { "; " })?;
                }
                match problems.len().checked_sub(5) {
                    Some(more @ 1..) => write!(f, "; and {more} more"),
                    _ => Ok(()),
                }
            }
            Rule::ReservedName => f.write_str("a tensor cannot be named `__metadata__`"),
            Rule::Written { needed, len } => {
                write!(
                    f,
                    "shape and dtype need {needed} bytes, but {len} were given to be written"
                )
            }
            Rule::Io => f.write_str("reading or writing failed"),
        }
    }
}

fn fmt_shape(f: &mut fmt::Formatter<'_>, shape: &[usize]) -> fmt::Result {
    const SHOWN: usize = 16;
    f.write_str("[")?;
    for (i, dim) in shape.iter().take(SHOWN).enumerate() {
        write!(f, "{}{dim}", if i == 0 { "" } else { ", " })?;
    }
    f.write_str(if shape.len() > SHOWN { ", ...]" } else { "]" })
}
