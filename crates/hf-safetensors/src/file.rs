//! Files, read as asked for.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use alloc::vec;
use alloc::vec::Vec;

use crate::error::{Error, Result};
use crate::rule::Rule;
use crate::slice::{Slice, Span};
use crate::{Header, Options};

/// An open file whose header was read and checked, and nothing else; data is
/// read when it is asked for, into memory of one's own.
///
/// The alternative to a memory map where a file may change while it is used,
/// or lies on a network.
#[derive(Debug)]
pub struct TensorFile {
    path: PathBuf,
    file: File,
    header: Header<'static>,
}

impl TensorFile {
    /// Opens a file, strictly checked; for other ways see
    /// [`Options::open`].
    ///
    /// # Errors
    ///
    /// See [`Rule`], with the path.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Options::strict().open(path)
    }

    /// The header.
    pub fn header(&self) -> &Header<'static> {
        &self.header
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the file, and returns the path it was opened by.
    pub fn into_path(self) -> PathBuf {
        self.path
    }

    /// The bytes of a tensor.
    ///
    /// # Errors
    ///
    /// [`Rule::TensorNotFound`], [`Rule::Io`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>> {
        let len = self.expect(name)?.byte_len();
        let mut bytes = self.buffer(name, len)?;
        self.read_into(name, &mut bytes)?;
        Ok(bytes)
    }

    /// The bytes of a tensor, into a buffer of their length.
    ///
    /// # Errors
    ///
    /// [`Rule::TensorNotFound`], [`Rule::BufferLength`], [`Rule::Io`].
    pub fn read_into(&self, name: &str, buffer: &mut [u8]) -> Result<()> {
        let tensor = self.expect(name)?;
        let (needed, len) = (tensor.byte_len(), buffer.len() as u64);
        if needed != len {
            return Err(self.error(name, Rule::BufferLength { needed, len }));
        }
        self.read_at(name, tensor.file_range().start, buffer)
    }

    /// The bytes of a part of a tensor: a range for each of the first
    /// dimensions, the others whole. Only they are read.
    ///
    /// # Errors
    ///
    /// As [`TensorEntry::slice`](crate::TensorEntry::slice) and
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
            // A part of the buffer, whose length was checked.
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

    /// The file was as long as its tensors when it was opened.
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
    /// Opens a file: reads its header and checks its length.
    ///
    /// # Errors
    ///
    /// See [`Rule`], with the path.
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
