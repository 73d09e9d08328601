//! Writes files in the layout of the reference: tensors sorted by descending
//! alignment of their dtype, then by name; the header padded to a multiple of 8
//! bytes.
//!
//! The output is identical to that of `safetensors` 0.8.0, with two
//! differences: that crate writes several metadata keys in random order, this
//! one sorted by key; and for empty metadata without tensors, that crate writes
//! a header that is not JSON.
//!
//! ```
//! use hf_safetensors::write::{TensorData, serialize};
//! use hf_safetensors::{Dtype, SafeTensors};
//!
//! let bias = TensorData::new(Dtype::U8, &[2], &[1, 2])?;
//! let weight = TensorData::from_elements(&[2, 1], &[0.5f32, 1.5])?;
//! let file = serialize([("bias", bias), ("weight", weight)], None)?;
//! let read = SafeTensors::parse(&file)?;
//! assert_eq!(read.tensor("weight")?.to_vec::<f32>()?, [0.5, 1.5]);
//! # Ok::<(), hf_safetensors::Error>(())
//! ```

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, Result};
use crate::header::{METADATA, count};
use crate::rule::Rule;
use crate::{Dtype, Options, PREFIX_LEN, Plain, Tensor, raw};

/// Writes smaller than this many bytes are buffered.
const BUFFER: usize = 1 << 20;

/// A tensor that can be written, wherever its data is.
pub trait WriteTensor {
    /// Returns the dtype of the elements.
    fn dtype(&self) -> Dtype;

    /// Returns the number of elements in each dimension.
    fn shape(&self) -> &[usize];

    /// Writes the data: little-endian, the last dimension contiguous, exactly
    /// as many bytes as dtype and shape require.
    ///
    /// # Errors
    ///
    /// Returns errors of `out`, or the implementor's own.
    fn write_data(&self, out: &mut dyn Write) -> io::Result<()>;
}

impl<T: WriteTensor + ?Sized> WriteTensor for &T {
    fn dtype(&self) -> Dtype {
        (**self).dtype()
    }

    fn shape(&self) -> &[usize] {
        (**self).shape()
    }

    fn write_data(&self, out: &mut dyn Write) -> io::Result<()> {
        (**self).write_data(out)
    }
}

impl WriteTensor for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype()
    }

    fn shape(&self) -> &[usize] {
        self.shape()
    }

    fn write_data(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.data())
    }
}

/// A tensor whose data is in memory.
#[derive(Clone, Copy, Debug)]
pub struct TensorData<'d> {
    dtype: Dtype,
    shape: &'d [usize],
    data: &'d [u8],
}

impl<'d> TensorData<'d> {
    /// Creates a tensor from little-endian bytes.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::Written`] if the size of the data does not match dtype
    /// and shape, [`Rule::ShapeOverflow`] or [`Rule::NotWholeBytes`].
    pub fn new(dtype: Dtype, shape: &'d [usize], data: &'d [u8]) -> Result<Self> {
        let needed = byte_len(dtype, shape)?;
        let len = data.len() as u64;
        if needed != len {
            return Err(Error::new(Rule::Written { needed, len }));
        }
        Ok(TensorData { dtype, shape, data })
    }

    /// Creates a tensor from elements.
    ///
    /// # Errors
    ///
    /// The same as [`new`](Self::new), and [`Rule::BigEndian`].
    pub fn from_elements<T: Plain>(shape: &'d [usize], elements: &'d [T]) -> Result<Self> {
        if cfg!(target_endian = "big") && size_of::<T>() > 1 {
            return Err(Error::new(Rule::BigEndian));
        }
        Self::new(T::DTYPE, shape, raw::bytes(elements))
    }
}

impl WriteTensor for TensorData<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn write_data(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.data)
    }
}

/// Serializes a file into memory.
///
/// # Errors
///
/// The same as [`serialize_to_writer`].
pub fn serialize<N: AsRef<str>, T: WriteTensor>(
    tensors: impl IntoIterator<Item = (N, T)>,
    metadata: Option<&BTreeMap<String, String>>,
) -> Result<Vec<u8>> {
    let plan = Plan::new(tensors, metadata)?;
    let Ok(len) = usize::try_from(plan.file_len) else {
        return Err(Error::new(Rule::TooLargeForMachine { len: plan.file_len }));
    };
    let mut file = Vec::with_capacity(len);
    plan.write(&mut file)?;
    Ok(file)
}

/// Serializes a file to a writer, one tensor after the other, and returns its
/// size in bytes. The data is not copied.
///
/// # Errors
///
/// Before anything is written, returns [`Rule::DuplicateTensor`],
/// [`Rule::ReservedName`], [`Rule::ShapeOverflow`], [`Rule::NotWholeBytes`] or
/// [`Rule::HeaderTooLarge`]; later [`Rule::Written`] if a tensor writes an
/// unexpected number of bytes, or [`Rule::Io`].
pub fn serialize_to_writer<N: AsRef<str>, T: WriteTensor>(
    tensors: impl IntoIterator<Item = (N, T)>,
    metadata: Option<&BTreeMap<String, String>>,
    mut out: impl Write,
) -> Result<u64> {
    let plan = Plan::new(tensors, metadata)?;
    plan.write(&mut out)?;
    Ok(plan.file_len)
}

/// Serializes to a temporary file and renames it to `path` when it is complete.
/// Readers that have the old file open or mapped keep it.
///
/// # Errors
///
/// The same as [`serialize_to_writer`], with the path.
pub fn serialize_to_file<N: AsRef<str>, T: WriteTensor>(
    tensors: impl IntoIterator<Item = (N, T)>,
    metadata: Option<&BTreeMap<String, String>>,
    path: impl AsRef<Path>,
) -> Result<u64> {
    let path = path.as_ref();
    let plan = Plan::new(tensors, metadata)?;
    write_beside(path, &plan).map_err(|error| error.in_file(path))?;
    Ok(plan.file_len)
}

fn write_beside<N: AsRef<str>, T: WriteTensor>(path: &Path, plan: &Plan<N, T>) -> Result<()> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);

    let Some(name) = path.file_name() else {
        return Err(io::Error::from(io::ErrorKind::InvalidFilename).into());
    };
    let mut beside = OsString::from(".");
    beside.push(name);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    beside.push(format!(".{}-{number}.tmp", std::process::id()));
    let beside = path.with_file_name(beside);

    let file = File::create_new(&beside)?;
    let written = write_to(file, plan).and_then(|()| Ok(fs::rename(&beside, path)?));
    if written.is_err() {
        // The first error is more informative than that of removing the file.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Writes and closes the file, because Windows cannot rename an open one.
fn write_to<N: AsRef<str>, T: WriteTensor>(file: File, plan: &Plan<N, T>) -> Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER, file);
    plan.write(&mut out)?;
    out.flush()?;
    Ok(())
}

/// A file that has been checked and laid out.
struct Plan<N, T> {
    tensors: Vec<(N, T)>,
    header: Vec<u8>,
    file_len: u64,
}

impl<N: AsRef<str>, T: WriteTensor> Plan<N, T> {
    fn new(
        tensors: impl IntoIterator<Item = (N, T)>,
        metadata: Option<&BTreeMap<String, String>>,
    ) -> Result<Self> {
        let mut tensors: Vec<(N, T)> = tensors.into_iter().collect();
        check_names(&tensors)?;
        tensors.sort_by(|(a_name, a), (b_name, b)| {
            let dtypes = b.dtype().cmp(&a.dtype());
            dtypes.then_with(|| a_name.as_ref().cmp(b_name.as_ref()))
        });

        let mut header = vec![b'{'];
        if let Some(metadata) = metadata {
            write!(header, "\"{METADATA}\":")?;
            serde_json::to_writer(&mut header, metadata).map_err(io::Error::from)?;
        }
        let mut offset = 0u64;
        for (name, tensor) in &tensors {
            let name = name.as_ref();
            let (dtype, shape) = (tensor.dtype(), tensor.shape());
            let len = byte_len(dtype, shape).map_err(|error| error.of(name))?;
            let Some(end) = offset.checked_add(len) else {
                let shape = shape.to_vec();
                return Err(Error::new(Rule::ShapeOverflow { shape }).of(name));
            };
            if header.len() > 1 {
                header.push(b',');
            }
            serde_json::to_writer(&mut header, name).map_err(io::Error::from)?;
            write!(header, ":{{\"dtype\":\"{dtype}\",\"shape\":")?;
            serde_json::to_writer(&mut header, shape).map_err(io::Error::from)?;
            write!(header, ",\"data_offsets\":[{offset},{end}]}}")?;
            offset = end;
        }
        header.push(b'}');
        header.resize(header.len().next_multiple_of(8), b' ');

        let len = header.len() as u64;
        let limit = Options::MAX_HEADER_LEN;
        if len > limit {
            return Err(Error::new(Rule::HeaderTooLarge { len, limit }));
        }
        Ok(Plan {
            tensors,
            header,
            file_len: (PREFIX_LEN + len).saturating_add(offset),
        })
    }

    fn write(&self, out: &mut impl Write) -> Result<()> {
        out.write_all(&(self.header.len() as u64).to_le_bytes())?;
        out.write_all(&self.header)?;
        for (name, tensor) in &self.tensors {
            let needed = byte_len(tensor.dtype(), tensor.shape())?;
            let mut out = Measured {
                out: &mut *out,
                needed,
                len: 0,
            };
            let written = tensor.write_data(&mut out);
            let len = out.len;
            if len != needed && (written.is_ok() || len > needed) {
                return Err(Error::new(Rule::Written { needed, len }).of(name.as_ref()));
            }
            written.map_err(|error| Error::io(error).of(name.as_ref()))?;
        }
        Ok(())
    }
}

fn check_names<N: AsRef<str>, T>(tensors: &[(N, T)]) -> Result<()> {
    let mut names: Vec<&str> = tensors.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::new(Rule::DuplicateTensor).of(twice[0]));
    }
    if names.binary_search(&METADATA).is_ok() {
        return Err(Error::new(Rule::ReservedName).of(METADATA));
    }
    Ok(())
}

fn byte_len(dtype: Dtype, shape: &[usize]) -> Result<u64> {
    let bits = count(shape).and_then(|count| count.checked_mul(u64::from(dtype.bits())));
    match bits {
        Some(bits) if bits.is_multiple_of(8) => Ok(bits / 8),
        Some(bits) => Err(Error::new(Rule::NotWholeBytes { bits })),
        None => Err(Error::new(Rule::ShapeOverflow {
            shape: shape.to_vec(),
        })),
    }
}

/// Counts the bytes that a tensor writes, and passes on no more than it needs.
struct Measured<W> {
    out: W,
    needed: u64,
    /// The number of bytes written, including those not passed on.
    len: u64,
}

impl<W: Write> Write for Measured<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.len + bytes.len() as u64 > self.needed {
            self.len += bytes.len() as u64;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let written = self.out.write(bytes)?;
        self.len += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
