//! Files in memory, and views of their tensors.

use core::fmt;

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::element::{Element, Plain};
use crate::error::{Error, Result};
use crate::raw;
use crate::rule::Rule;
use crate::slice::{Slice, Span};
use crate::{Dtype, Header, Options, TensorEntry};

/// A whole file in memory: its header, and views of its tensors.
///
/// ```
/// use hf_safetensors::SafeTensors;
///
/// # let json = br#"{"a":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}    "#;
/// # let mut file = (json.len() as u64).to_le_bytes().to_vec();
/// # file.extend(json);
/// # for value in [1i32, 2, 3, 4] { file.extend(value.to_le_bytes()); }
/// let file = SafeTensors::parse(&file)?;
/// let a = file.tensor("a")?;
/// assert_eq!(a.to_vec::<i32>()?, [1, 2, 3, 4]);
/// // The second column.
/// let column = a.slice([0..2, 1..2])?;
/// assert_eq!(column.shape(), [2, 1]);
/// assert_eq!(column.to_vec::<i32>()?, [2, 4]);
/// # Ok::<(), hf_safetensors::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SafeTensors<'d> {
    header: Header<'d>,
    data: &'d [u8],
}

impl<'d> SafeTensors<'d> {
    /// A file, strictly checked; for other ways see [`Options::tensors`].
    ///
    /// # Errors
    ///
    /// See [`Rule`].
    pub fn parse(file: &'d [u8]) -> Result<Self> {
        Options::strict().tensors(file)
    }

    /// The header.
    pub fn header(&self) -> &Header<'d> {
        &self.header
    }

    /// All the data behind the header.
    pub fn data(&self) -> &'d [u8] {
        self.data
    }

    /// The tensor of this name.
    ///
    /// # Errors
    ///
    /// [`Rule::TensorNotFound`]; [`Rule::UnknownDtype`] where unknown dtypes
    /// were kept.
    pub fn tensor(&self, name: &str) -> Result<Tensor<'_>> {
        Tensor::of(self.header.expect_tensor(name)?, self.data)
    }

    /// The tensors in the order of their data.
    ///
    /// # Errors
    ///
    /// Each as with [`tensor`](Self::tensor).
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = Result<Tensor<'_>>> {
        self.header
            .tensors()
            .map(|entry| Tensor::of(entry, self.data))
    }
}

impl Options {
    /// A whole file in memory.
    ///
    /// # Errors
    ///
    /// See [`Rule`].
    pub fn tensors<'d>(&self, file: &'d [u8]) -> Result<SafeTensors<'d>> {
        let header = self.parse(file)?;
        header.check_file_len(file.len() as u64)?;
        let data = usize::try_from(header.data_start())
            .ok()
            .and_then(|start| file.get(start..))
            .unwrap_or_default();
        Ok(SafeTensors { header, data })
    }
}

/// A view of one tensor: little-endian, the last dimension contiguous.
#[derive(Clone, Copy)]
pub struct Tensor<'d> {
    name: &'d str,
    dtype: Dtype,
    shape: &'d [usize],
    data: &'d [u8],
}

impl<'d> Tensor<'d> {
    pub(crate) fn of(entry: TensorEntry<'d>, data: &'d [u8]) -> Result<Self> {
        let dtype = entry.known_dtype()?;
        let (begin, end) = entry.data_offsets();
        let range = usize::try_from(begin).ok().zip(usize::try_from(end).ok());
        let Some(data) = range.and_then(|(begin, end)| data.get(begin..end)) else {
            let len = entry.byte_len();
            return Err(Error::new(Rule::TooLargeForMachine { len }).of(entry.name()));
        };
        Ok(Tensor {
            name: entry.name(),
            dtype,
            shape: entry.shape(),
            data,
        })
    }

    /// The name.
    pub fn name(&self) -> &'d str {
        self.name
    }

    /// Type of the elements.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Number of elements in each dimension; empty for a scalar.
    pub fn shape(&self) -> &'d [usize] {
        self.shape
    }

    /// The bytes.
    pub fn data(&self) -> &'d [u8] {
        self.data
    }

    /// The elements, borrowed.
    ///
    /// # Errors
    ///
    /// [`Rule::WrongDtype`]; [`Rule::Misaligned`] where the buffer, or the
    /// tensor in its file, is not aligned for `T`; [`Rule::BigEndian`].
    pub fn as_slice<T: Plain>(&self) -> Result<&'d [T]> {
        self.check_dtype::<T>()?;
        if cfg!(target_endian = "big") && size_of::<T>() > 1 {
            return Err(Error::new(Rule::BigEndian).of(self.name));
        }
        raw::cast(self.data).ok_or_else(|| {
            let align = align_of::<T>();
            Error::new(Rule::Misaligned { align }).of(self.name)
        })
    }

    /// The elements, copied: on any machine, from any alignment.
    ///
    /// # Errors
    ///
    /// [`Rule::WrongDtype`].
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        self.check_dtype::<T>()?;
        let mut elements = Vec::with_capacity(self.data.len() / size_of::<T>());
        T::extend(&mut elements, self.data);
        Ok(elements)
    }

    /// The elements, borrowed where possible, else copied.
    ///
    /// # Errors
    ///
    /// [`Rule::WrongDtype`].
    pub fn elements<T: Plain>(&self) -> Result<Cow<'d, [T]>> {
        match self.as_slice() {
            Ok(elements) => Ok(Cow::Borrowed(elements)),
            Err(_) => self.to_vec().map(Cow::Owned),
        }
    }

    /// A part: a range for each of the first dimensions, the others whole.
    /// Ranges of different kinds are made one with [`Span::from`].
    ///
    /// # Errors
    ///
    /// [`Rule::SliceRange`], [`Rule::SliceRank`]; [`Rule::NotWholeBytes`] where
    /// elements smaller than a byte are cut within one.
    pub fn slice<S: Into<Span>>(
        &self,
        ranges: impl IntoIterator<Item = S>,
    ) -> Result<TensorSlice<'d>> {
        let slice = Slice::new(self.dtype, self.shape, ranges).map_err(|e| e.of(self.name))?;
        Ok(TensorSlice {
            tensor: *self,
            slice,
        })
    }

    fn check_dtype<T: Element>(&self) -> Result<()> {
        if self.dtype == T::DTYPE {
            return Ok(());
        }
        let found = self.dtype;
        let asked = T::NAME;
        Err(Error::new(Rule::WrongDtype { found, asked }).of(self.name))
    }
}

impl fmt::Debug for Tensor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tensor")
            .field("name", &self.name)
            .field("dtype", &self.dtype)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// A part of a [`Tensor`]; copies nothing until it is asked to.
#[derive(Clone, Debug)]
pub struct TensorSlice<'d> {
    tensor: Tensor<'d>,
    slice: Slice,
}

impl<'d> TensorSlice<'d> {
    /// Shape of the part.
    pub fn shape(&self) -> &[usize] {
        self.slice.shape()
    }

    /// The part as runs of bytes, borrowed, in order.
    pub fn chunks(&self) -> impl Iterator<Item = &'d [u8]> + use<'d, '_> {
        let data = self.tensor.data;
        // Runs lie within the data, which is in memory.
        self.slice.byte_ranges().map(move |range| {
            let start = usize::try_from(range.start).unwrap_or(usize::MAX);
            let end = usize::try_from(range.end).unwrap_or(usize::MAX);
            data.get(start..end).unwrap_or_default()
        })
    }

    /// The bytes of the part: borrowed where it is contiguous, else copied.
    pub fn data(&self) -> Cow<'d, [u8]> {
        let mut chunks = self.chunks();
        let first = chunks.next().unwrap_or_default();
        if chunks.next().is_none() {
            return Cow::Borrowed(first);
        }
        let mut bytes = Vec::with_capacity(self.byte_len());
        for chunk in self.chunks() {
            bytes.extend_from_slice(chunk);
        }
        Cow::Owned(bytes)
    }

    /// The elements of the part, copied.
    ///
    /// # Errors
    ///
    /// [`Rule::WrongDtype`].
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        self.tensor.check_dtype::<T>()?;
        let mut elements = Vec::with_capacity(self.byte_len() / size_of::<T>());
        for chunk in self.chunks() {
            T::extend(&mut elements, chunk);
        }
        Ok(elements)
    }

    fn byte_len(&self) -> usize {
        usize::try_from(self.slice.byte_len()).unwrap_or_default()
    }
}

impl TensorEntry<'_> {
    pub(crate) fn known_dtype(&self) -> Result<Dtype> {
        self.dtype().ok_or_else(|| {
            let found = alloc::format!("{:?}", self.dtype_name());
            Error::new(Rule::UnknownDtype { found }).of(self.name())
        })
    }

    /// The bytes that a part consists of: a range for each of the first
    /// dimensions, the others whole.
    ///
    /// # Errors
    ///
    /// As [`Tensor::slice`]; [`Rule::UnknownDtype`] where unknown dtypes were
    /// kept.
    pub fn slice<S: Into<Span>>(&self, ranges: impl IntoIterator<Item = S>) -> Result<Slice> {
        Slice::new(self.known_dtype()?, self.shape(), ranges).map_err(|e| e.of(self.name()))
    }
}
