//! Files mapped into memory.
#![allow(unsafe_code)]

use std::path::{Path, PathBuf};

use memmap2::Mmap;

use crate::error::Result;
use crate::{Header, Options, Tensor, raw};

/// A file mapped into memory: its header was read and checked, of the data
/// only those pages are loaded that are touched.
///
/// The header is read, not mapped: its names are `&str`, which must stay what
/// they were when they were checked, whatever becomes of the file.
///
/// ```
/// # fn main() -> hf_safetensors::Result<()> {
/// use hf_safetensors::MappedFile;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("model.safetensors");
/// # let json = br#"{"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}  "#;
/// # let mut file = (json.len() as u64).to_le_bytes().to_vec();
/// # file.extend(json);
/// # for value in [1i32, 2] { file.extend(value.to_le_bytes()); }
/// # std::fs::write(&path, file)?;
/// // SAFETY: nobody changes the file while this runs.
/// let file = unsafe { MappedFile::open(&path)? };
/// assert_eq!(file.tensor("a")?.as_slice::<i32>()?, [1, 2]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MappedFile {
    path: PathBuf,
    map: Mmap,
    header: Header<'static>,
}

impl MappedFile {
    /// Maps a file, strictly checked; for other ways see [`Options::map`].
    ///
    /// # Safety
    ///
    /// As [`Options::map`].
    ///
    /// # Errors
    ///
    /// See [`Rule`](crate::Rule), with the path.
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self> {
        // SAFETY: passed on to the caller.
        unsafe { Options::strict().map(path) }
    }

    /// The header.
    pub fn header(&self) -> &Header<'static> {
        &self.header
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All the data behind the header.
    pub fn data(&self) -> &[u8] {
        // The map has the length that was checked, else `Tensor::of` finds
        // nothing there.
        usize::try_from(self.header.data_start())
            .ok()
            .and_then(|start| self.map.get(start..))
            .unwrap_or_default()
    }

    /// The tensor of this name.
    ///
    /// # Errors
    ///
    /// As [`SafeTensors::tensor`](crate::SafeTensors::tensor), with the path.
    pub fn tensor(&self, name: &str) -> Result<Tensor<'_>> {
        self.header
            .expect_tensor(name)
            .and_then(|entry| Tensor::of(entry, self.data()))
            .map_err(|error| error.in_file(&self.path))
    }

    /// The tensors in the order of their data.
    ///
    /// # Errors
    ///
    /// Each as with [`tensor`](Self::tensor).
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = Result<Tensor<'_>>> {
        let data = self.data();
        self.header
            .tensors()
            .map(move |entry| Tensor::of(entry, data))
    }
}

impl Options {
    /// Maps a file into memory: reads its header and checks its length.
    ///
    /// # Safety
    ///
    /// As long as it is mapped, nobody may write to the file or cut it, in
    /// this process or another: its bytes are handed out as `&[u8]`, which the
    /// compiler takes as constant, and touching a page that was cut off kills
    /// the process (SIGBUS). No system offers a map that is safe from this.
    /// Files that are replaced by renaming, as in a cache, keep to it; where
    /// nothing is known of others, [`Options::open`] reads instead.
    ///
    /// # Errors
    ///
    /// See [`Rule`](crate::Rule), with the path.
    pub unsafe fn map(&self, path: impl AsRef<Path>) -> Result<MappedFile> {
        let path = path.as_ref();
        let (file, header) = self.open_file(path).map_err(|error| error.in_file(path))?;
        // SAFETY: passed on to the caller.
        let map = unsafe { raw::map(&file) };
        let map = map.map_err(|error| crate::Error::io(error).in_file(path))?;
        Ok(MappedFile {
            path: path.to_path_buf(),
            map,
            header,
        })
    }
}
