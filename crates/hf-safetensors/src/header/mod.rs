//! Headers, which describe the tensors of a file: names, dtypes, shapes and
//! offsets.

mod canonical;
mod fields;
mod layout;
mod names;
mod parse;
mod reader;
mod scan;
mod skip;

pub use reader::{HeaderReader, Need};

pub(crate) use layout::count;
#[cfg(feature = "write")]
pub(crate) use parse::METADATA;

use core::fmt;
use core::ops::Range;

use alloc::borrow::Cow;
use alloc::string::String;

use crate::error::{Error, Result};
use crate::rule::Rule;
use crate::{Dtype, Options};
use layout::{Entry, Layout};

/// The size in bytes of the length that precedes a header.
pub const PREFIX_LEN: u64 = 8;

/// The same, for indexing slices.
const PREFIX: usize = 8;

/// The checked header of a file.
///
/// Names and metadata borrow from the bytes that the header was parsed from,
/// except for strings with JSON escapes. In addition, a header holds a few flat
/// lists: 40 bytes per tensor, a word per dimension, and a hash table of the
/// names.
///
/// ```
/// use hf_safetensors::{Dtype, Header};
///
/// let json = br#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#;
/// let mut file = (json.len() as u64).to_le_bytes().to_vec();
/// file.extend(json);
///
/// // The data need not be there.
/// let header = Header::parse(&file)?;
/// let tensor = header.tensor("a").unwrap();
/// assert_eq!(tensor.dtype(), Some(Dtype::F32));
/// assert_eq!(tensor.shape(), [2, 3]);
/// assert_eq!(header.file_len(), file.len() as u64 + 24);
/// # Ok::<(), hf_safetensors::Error>(())
/// ```
#[derive(Clone)]
pub struct Header<'h> {
    json: Cow<'h, str>,
    layout: Layout,
}

impl<'h> Header<'h> {
    /// Parses the header from the beginning of a file, of which at least the
    /// header must be given. Checks strictly; [`Options`] has other modes.
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`].
    pub fn parse(file: &'h [u8]) -> Result<Self> {
        Options::strict().parse(file)
    }

    fn new(json: Cow<'h, str>, options: Options) -> Result<Self> {
        let layout = parse::parse(&json, options)?;
        Ok(Header { json, layout })
    }

    /// Converts the header into one that owns its text.
    pub fn into_owned(self) -> Header<'static> {
        Header {
            json: Cow::Owned(self.json.into_owned()),
            layout: self.layout,
        }
    }

    /// Returns the JSON, including its padding.
    pub fn as_json(&self) -> &str {
        &self.json
    }

    /// Returns the number of tensors.
    pub fn len(&self) -> usize {
        self.layout.entries().len()
    }

    /// Returns whether there are no tensors.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the position of the data, in bytes from the beginning of the
    /// file.
    pub fn data_start(&self) -> u64 {
        PREFIX_LEN + self.json.len() as u64
    }

    /// Returns the size of the data in bytes.
    pub fn data_len(&self) -> u64 {
        self.layout.data_len()
    }

    /// Returns the size of the whole file in bytes; at most `u64::MAX`, which
    /// no file reaches.
    pub fn file_len(&self) -> u64 {
        self.data_start().saturating_add(self.data_len())
    }

    /// Checks the length of the file in bytes: no data may be missing, and
    /// nothing may follow the data.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::FileLength`].
    pub fn check_file_len(&self, len: u64) -> Result<()> {
        if self.data_start().checked_add(self.data_len()) == Some(len) {
            return Ok(());
        }
        let expected = self.file_len();
        Err(Error::new(Rule::FileLength { expected, len }))
    }

    /// Returns the tensor with this name.
    pub fn tensor(&self, name: &str) -> Option<TensorEntry<'_>> {
        let entry = self.layout.find(&self.json, name)?;
        Some(self.entry(entry))
    }

    /// Returns the tensor with this name, or an error that contains the name.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::TensorNotFound`].
    pub fn expect_tensor(&self, name: &str) -> Result<TensorEntry<'_>> {
        self.tensor(name)
            .ok_or_else(|| Error::new(Rule::TensorNotFound).of(name))
    }

    /// Iterates over the tensors in the order of their data in the file.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = TensorEntry<'_>> + DoubleEndedIterator {
        self.layout.entries().iter().map(|entry| self.entry(entry))
    }

    /// Iterates over the tensors sorted by the bytes of their names. Sorts on
    /// each call.
    pub fn tensors_by_name(
        &self,
    ) -> impl ExactSizeIterator<Item = TensorEntry<'_>> + DoubleEndedIterator {
        self.layout
            .by_name(&self.json)
            .into_iter()
            .map(|entry| self.entry(&self.layout.entries()[entry as usize]))
    }

    /// Returns whether the header has a `__metadata__` map, which may be empty.
    pub fn has_metadata(&self) -> bool {
        self.layout.has_metadata()
    }

    /// Iterates over the entries of `__metadata__`, sorted by key.
    pub fn metadata(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + DoubleEndedIterator {
        self.layout.metadata(&self.json)
    }

    /// Returns a value of `__metadata__`.
    pub fn metadata_value(&self, key: &str) -> Option<&str> {
        self.layout.metadata_value(&self.json, key)
    }

    fn entry<'s>(&'s self, entry: &'s Entry) -> TensorEntry<'s> {
        TensorEntry {
            json: &self.json,
            layout: &self.layout,
            data_start: self.data_start(),
            entry,
        }
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("tensors", &self.len())
            .field("data_start", &self.data_start())
            .field("data_len", &self.data_len())
            .finish_non_exhaustive()
    }
}

/// The description of a tensor in a header.
#[derive(Clone, Copy)]
pub struct TensorEntry<'h> {
    json: &'h str,
    layout: &'h Layout,
    data_start: u64,
    entry: &'h Entry,
}

impl<'h> TensorEntry<'h> {
    /// Returns the name.
    pub fn name(&self) -> &'h str {
        self.layout.name(self.json, self.entry)
    }

    /// Returns the dtype. `None` only for an unknown one that was kept
    /// ([`Options::keep_unknown_dtypes`]).
    pub fn dtype(&self) -> Option<Dtype> {
        self.entry.dtype()
    }

    /// Returns the name of the dtype.
    pub fn dtype_name(&self) -> &'h str {
        self.layout.dtype_name(self.json, self.entry)
    }

    /// Returns the number of elements in each dimension; empty for a scalar.
    pub fn shape(&self) -> &'h [usize] {
        self.layout.shape(self.entry)
    }

    /// Returns the beginning and end of the data, in bytes from the end of the
    /// header.
    pub fn data_offsets(&self) -> (u64, u64) {
        (self.entry.begin, self.entry.end)
    }

    /// Returns the position of the data in the file, in bytes. This is the
    /// range to request from a server or to read from disk.
    pub fn file_range(&self) -> Range<u64> {
        let start = self.data_start;
        start.saturating_add(self.entry.begin)..start.saturating_add(self.entry.end)
    }

    /// Returns the size of the data in bytes.
    pub fn byte_len(&self) -> u64 {
        self.entry.end - self.entry.begin
    }

    /// Returns the number of elements.
    pub fn parameter_count(&self) -> u64 {
        count(self.shape()).unwrap_or(u64::MAX)
    }
}

impl fmt::Debug for TensorEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TensorEntry")
            .field("name", &self.name())
            .field("dtype", &self.dtype_name())
            .field("shape", &self.shape())
            .field("data_offsets", &self.data_offsets())
            .finish()
    }
}

impl Options {
    /// Parses the header from the beginning of a file, of which at least the
    /// header must be given. Bytes after the header are ignored
    /// ([`Header::check_file_len`] checks how many there should be).
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`].
    pub fn parse<'h>(&self, file: &'h [u8]) -> Result<Header<'h>> {
        let len = self.header_len(file)?;
        let have = file.len() as u64;
        let need = PREFIX_LEN + len as u64;
        let Some(json) = file.get(PREFIX..PREFIX + len) else {
            return Err(Error::new(Rule::HeaderTruncated { need, have }));
        };
        self.parse_json(json)
    }

    /// Parses a header without the length that precedes it.
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`].
    pub fn parse_json<'h>(&self, header: &'h [u8]) -> Result<Header<'h>> {
        self.check_header_len(header.len() as u64)?;
        let json = core::str::from_utf8(header).map_err(not_utf8)?;
        Header::new(Cow::Borrowed(json), *self)
    }

    /// Parses a header from a buffer that it then owns.
    fn parse_owned(&self, header: alloc::vec::Vec<u8>) -> Result<Header<'static>> {
        self.check_header_len(header.len() as u64)?;
        let json = String::from_utf8(header).map_err(|error| not_utf8(error.utf8_error()))?;
        Header::new(Cow::Owned(json), *self)
    }

    /// Returns the length of the header in bytes, as given by the first 8 bytes
    /// of the file.
    fn header_len(&self, file: &[u8]) -> Result<usize> {
        let Some(prefix) = file.first_chunk() else {
            let len = file.len() as u64;
            return Err(Error::new(Rule::FileTooShort { len }));
        };
        self.check_header_len(u64::from_le_bytes(*prefix))
    }

    fn check_header_len(&self, len: u64) -> Result<usize> {
        let limit = self.max_header_len;
        match usize::try_from(len) {
            Ok(fits) if len <= limit => Ok(fits),
            _ => Err(Error::new(Rule::HeaderTooLarge { len, limit })),
        }
    }
}

#[cold]
fn not_utf8(error: core::str::Utf8Error) -> Error {
    Error::new(Rule::NotUtf8).at(PREFIX_LEN + error.valid_up_to() as u64)
}
