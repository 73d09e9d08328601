//! Files whose data is read on demand.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use alloc::vec;
use alloc::vec::Vec;

use crate::error::{Error, Result};
use crate::rule::Rule;
use crate::slice::{Slice, Span};
use crate::{Header, Options};

/// An open file whose header has been read and checked. Data is read on demand
/// into owned memory.
///
/// Use this instead of a memory map for a file that may change while it is in
/// use, or that is on a network file system.
#[derive(Debug)]
pub struct TensorFile {
    path: PathBuf,
    file: File,
    header: Header<'static>,
}

impl TensorFile {
    /// Opens a file and checks it strictly. [`Options::open`] opens it in other
    /// modes.
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`], with the path.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Options::strict().open(path)
    }

    /// Returns the header.
    pub fn header(&self) -> &Header<'static> {
        &self.header
    }

    /// Returns the path that the file was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the file and returns the path that it was opened by.
    pub fn into_path(self) -> PathBuf {
        self.path
    }

    /// Reads the bytes of a tensor.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::TensorNotFound`] or [`Rule::Io`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>> {
        let len = self.expect(name)?.byte_len();
        let mut bytes = self.buffer(name, len)?;
        self.read_into(name, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads the bytes of a tensor into a buffer of exactly their length.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::TensorNotFound`], [`Rule::BufferLength`] or
    /// [`Rule::Io`].
    pub fn read_into(&self, name: &str, buffer: &mut [u8]) -> Result<()> {
        let tensor = self.expect(name)?;
        let (needed, len) = (tensor.byte_len(), buffer.len() as u64);
        if needed != len {
            return Err(self.error(name, Rule::BufferLength { needed, len }));
        }
        self.read_at(name, tensor.file_range().start, buffer)
    }

    /// Reads the bytes of a slice of a tensor, given by a range for each of the
    /// first dimensions; the other dimensions are read whole. No other bytes
    /// are read.
    ///
    /// # Errors
    ///
    /// The same as [`TensorEntry::slice`](crate::TensorEntry::slice) and
    /// [`read`](Self::read).
    pub fn read_slice<S: Into<Span>>(
        &self,
        name: &str,
        ranges: impl IntoIterator<Item = S>,
    ) -> Result<(Slice, Vec<u8>)> {
        let tensor = self.expect(name)?;
        let slice = tensor
            .slice(ranges)
            .map_err(|error| error.in_file(&self.path))?;
        let start = tensor.file_range().start;
        let mut bytes = self.buffer(name, slice.byte_len())?;
        let mut rest = &mut bytes[..];
        for range in slice.byte_ranges() {
            // A part of the buffer, whose length has been checked.
            let run = usize::try_from(range.end - range.start).unwrap_or_default();
            let (now, behind) = rest.split_at_mut(run.min(rest.len()));
            self.read_at(name, start + range.start, now)?;
            rest = behind;
        }
        Ok((slice, bytes))
    }

    fn expect(&self, name: &str) -> Result<crate::TensorEntry<'_>> {
        self.header
            .expect_tensor(name)
            .map_err(|error| error.in_file(&self.path))
    }

    /// Allocates a buffer. The file contained all tensors when it was opened,
    /// so the length is plausible.
    fn buffer(&self, name: &str, len: u64) -> Result<Vec<u8>> {
        let Ok(len) = usize::try_from(len) else {
            return Err(self.error(name, Rule::TooLargeForMachine { len }));
        };
        Ok(vec![0; len])
    }

    fn read_at(&self, name: &str, start: u64, buffer: &mut [u8]) -> Result<()> {
        read_exact_at(&self.file, buffer, start)
            .map_err(|error| Error::io(error).of(name).in_file(&self.path))
    }

    fn error(&self, name: &str, rule: Rule) -> Error {
        Error::new(rule).of(name).in_file(&self.path)
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, start)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut start: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt as _;

    while !buffer.is_empty() {
        match file.seek_read(buffer, start) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = &mut buffer[read..];
                start += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(not(any(unix, windows)))]
fn read_exact_at(mut file: &File, buffer: &mut [u8], start: u64) -> io::Result<()> {
    use std::io::{Read as _, Seek as _};

    file.seek(io::SeekFrom::Start(start))?;
    file.read_exact(buffer)
}

impl Options {
    /// Opens a file, reads its header and checks its length.
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`], with the path.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<TensorFile> {
        let path = path.as_ref();
        self.open_file(path)
            .map(|(file, header)| TensorFile {
                path: path.to_path_buf(),
                file,
                header,
            })
            .map_err(|error| error.in_file(path))
    }

    pub(crate) fn open_file(&self, path: &Path) -> Result<(File, Header<'static>)> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        let header = self.read_sized(&file, len)?;
        header.check_file_len(len)?;
        Ok((file, header))
    }
}
