//! The rules of the format, and the messages for broken ones.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use crate::Dtype;

/// The rule that was broken, with the values involved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// A file must have at least the 8 bytes of the header length.
    FileTooShort {
        /// The length of the file in bytes.
        len: u64,
    },
    /// A header must not exceed the limit (`Options::max_header_len`).
    HeaderTooLarge {
        /// The length given by the first 8 bytes.
        len: u64,
        /// The limit.
        limit: u64,
    },
    /// The header must end within the file.
    HeaderTruncated {
        /// The number of bytes from the beginning of the file to the end of the
        /// header.
        need: u64,
        /// The number of available bytes.
        have: u64,
    },
    /// A header must be UTF-8.
    NotUtf8,
    /// A header must start with `{`, without white space (strict).
    LeadingWhitespace,
    /// A header must be padded with spaces only (strict).
    Padding {
        /// The byte found in place of a space.
        byte: u8,
    },
    /// A header must be JSON.
    Json {
        /// What was expected at the position.
        expected: &'static str,
    },
    /// A tensor name must not occur twice (strict).
    DuplicateTensor,
    /// `__metadata__` must not occur twice.
    DuplicateMetadata,
    /// `__metadata__` must be a map of strings to strings.
    MetadataNotStrings,
    /// A metadata key must not occur twice (strict).
    DuplicateMetadataKey {
        /// The key.
        key: String,
    },
    /// A tensor must be described by an object with `dtype`, `shape` and
    /// `data_offsets`.
    NotATensor,
    /// A field of a tensor must not occur twice.
    DuplicateField {
        /// The field.
        field: &'static str,
    },
    /// A tensor must have all three fields.
    MissingField {
        /// The field.
        field: &'static str,
    },
    /// A tensor must not have other fields (strict).
    UnknownField {
        /// The field.
        field: String,
    },
    /// `dtype` must be the name of an element type.
    UnknownDtype {
        /// The value found.
        found: String,
    },
    /// `shape` and `data_offsets` must be arrays of integers within range.
    NotAnInteger {
        /// The field.
        field: &'static str,
    },
    /// `data_offsets` must have two elements.
    OffsetCount,
    /// The data of a tensor must start where the data of the previous one ends,
    /// and must not end before it starts.
    Offsets {
        /// The beginning of the data.
        begin: u64,
        /// The end of the data.
        end: u64,
        /// The position at which the data must start.
        expected: u64,
    },
    /// The number of elements and of bits of a tensor must fit 64 bits.
    ShapeOverflow {
        /// The shape.
        shape: Vec<usize>,
    },
    /// The elements of a tensor or slice must fill whole bytes.
    NotWholeBytes {
        /// The number of bits from the beginning of the tensor.
        bits: u64,
    },
    /// The size of the data must match shape and dtype.
    Size {
        /// The beginning of the data.
        begin: u64,
        /// The end of the data.
        end: u64,
        /// The number of bytes required by shape and dtype.
        needed: u64,
    },
    /// The file must end with the data of the last tensor.
    FileLength {
        /// The length according to the header.
        expected: u64,
        /// The length of the file.
        len: u64,
    },
    /// The requested tensor must exist.
    TensorNotFound,
    /// A tensor must be read as its own dtype.
    WrongDtype {
        /// The dtype in the file.
        found: Dtype,
        /// The requested type.
        requested: &'static str,
    },
    /// Elements borrowed from a buffer must be aligned.
    Misaligned {
        /// The alignment of the element in bytes.
        align: usize,
    },
    /// Elements of more than one byte can only be borrowed on little-endian
    /// machines.
    BigEndian,
    /// Data must fit the address space.
    TooLargeForMachine {
        /// The size of the data in bytes.
        len: u64,
    },
    /// A buffer to read into must have the length of the data.
    BufferLength {
        /// The size of the data in bytes.
        needed: u64,
        /// The size of the buffer in bytes.
        len: u64,
    },
    /// A slice must not have more ranges than the tensor has dimensions.
    SliceRank {
        /// The number of ranges.
        ranges: usize,
        /// The number of dimensions.
        rank: usize,
    },
    /// A slice must lie within the tensor.
    SliceRange {
        /// The dimension, from 0.
        dim: usize,
        /// The first element.
        start: usize,
        /// The element after the last one.
        end: usize,
        /// The number of elements in the dimension.
        len: usize,
    },
    /// A count of parameters must fit 64 bits.
    CountOverflow,
    /// An index must have the form of `model.safetensors.index.json`.
    Index {
        /// What is wrong.
        reason: String,
    },
    /// The name of a shard must be a relative path that stays in its folder.
    ShardName {
        /// The name.
        name: String,
    },
    /// An index and the headers of its shards must agree.
    Shards {
        /// The disagreements.
        problems: Vec<crate::shards::Problem>,
    },
    /// A tensor must not be written under the name `__metadata__`.
    ReservedName,
    /// A writer must produce exactly the announced number of bytes.
    Written {
        /// The number of bytes required by shape and dtype.
        needed: u64,
        /// The number of bytes written.
        len: u64,
    },
    /// The system must be able to read or write the file.
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
            Rule::WrongDtype { found, requested } => {
                write!(f, "the tensor is {found} and cannot be read as {requested}")
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
