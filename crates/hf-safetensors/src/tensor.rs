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

/// A whole file in memory, with its header and views of its tensors.
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
    /// Parses a file and checks it strictly. [`Options::tensors`] has other
    /// modes.
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`].
    pub fn parse(file: &'d [u8]) -> Result<Self> {
        Options::strict().tensors(file)
    }

    /// Returns the header.
    pub fn header(&self) -> &Header<'d> {
        &self.header
    }

    /// Returns all data after the header.
    pub fn data(&self) -> &'d [u8] {
        self.data
    }

    /// Returns the tensor with this name.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::TensorNotFound`], or [`Rule::UnknownDtype`] if unknown
    /// dtypes were kept.
    pub fn tensor(&self, name: &str) -> Result<Tensor<'_>> {
        Tensor::of(self.header.expect_tensor(name)?, self.data)
    }

    /// Iterates over the tensors in the order of their data.
    ///
    /// # Errors
    ///
    /// Each item is the same as with [`tensor`](Self::tensor).
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = Result<Tensor<'_>>> {
        self.header
            .tensors()
            .map(|entry| Tensor::of(entry, self.data))
    }
}

impl Options {
    /// Parses a whole file in memory.
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`].
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

/// A view of a tensor: little-endian, with the last dimension contiguous.
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

    /// Returns the name.
    pub fn name(&self) -> &'d str {
        self.name
    }

    /// Returns the dtype of the elements.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Returns the number of elements in each dimension; empty for a scalar.
    pub fn shape(&self) -> &'d [usize] {
        self.shape
    }

    /// Returns the bytes.
    pub fn data(&self) -> &'d [u8] {
        self.data
    }

    /// Returns the elements without copying them.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::WrongDtype`]; [`Rule::Misaligned`] if the buffer, or the
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

    /// Returns a copy of the elements. Works on any machine and with any
    /// alignment.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::WrongDtype`].
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        self.check_dtype::<T>()?;
        let mut elements = Vec::with_capacity(self.data.len() / size_of::<T>());
        T::extend(&mut elements, self.data);
        Ok(elements)
    }

    /// Returns the elements without copying them where possible, and a copy
    /// otherwise.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::WrongDtype`].
    pub fn elements<T: Plain>(&self) -> Result<Cow<'d, [T]>> {
        match self.as_slice() {
            Ok(elements) => Ok(Cow::Borrowed(elements)),
            Err(_) => self.to_vec().map(Cow::Owned),
        }
    }

    /// Returns a slice, given by a range for each of the first dimensions; the
    /// others are taken whole. Convert ranges of different types with
    /// [`Span::from`] to mix them.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::SliceRange`] or [`Rule::SliceRank`], or
    /// [`Rule::NotWholeBytes`] if the slice would split a byte between
    /// elements.
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
        let requested = T::NAME;
        Err(Error::new(Rule::WrongDtype { found, requested }).of(self.name))
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

/// A slice of a [`Tensor`], which copies nothing until requested.
#[derive(Clone, Debug)]
pub struct TensorSlice<'d> {
    tensor: Tensor<'d>,
    slice: Slice,
}

impl<'d> TensorSlice<'d> {
    /// Returns the shape of the slice.
    pub fn shape(&self) -> &[usize] {
        self.slice.shape()
    }

    /// Iterates over the slice as runs of bytes, without copying them.
    pub fn chunks(&self) -> impl Iterator<Item = &'d [u8]> + use<'d, '_> {
        let data = self.tensor.data;
        // The runs lie within the data, which is in memory.
        self.slice.byte_ranges().map(move |range| {
            let start = usize::try_from(range.start).unwrap_or(usize::MAX);
            let end = usize::try_from(range.end).unwrap_or(usize::MAX);
            data.get(start..end).unwrap_or_default()
        })
    }

    /// Returns the bytes of the slice, without copying them if they are
    /// contiguous.
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

    /// Returns a copy of the elements of the slice.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::WrongDtype`].
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

    /// Returns the bytes that a slice consists of, given by a range for each of
    /// the first dimensions; the others are taken whole.
    ///
    /// # Errors
    ///
    /// The same as [`Tensor::slice`], and [`Rule::UnknownDtype`] if unknown
    /// dtypes were kept.
    pub fn slice<S: Into<Span>>(&self, ranges: impl IntoIterator<Item = S>) -> Result<Slice> {
        Slice::new(self.known_dtype()?, self.shape(), ranges).map_err(|e| e.of(self.name()))
    }
}
