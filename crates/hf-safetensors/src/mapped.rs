//! Files that are mapped into memory.
#![allow(unsafe_code)]

use std::path::{Path, PathBuf};

use memmap2::Mmap;

use crate::error::Result;
use crate::{Header, Options, Tensor, raw};

/// A file that is mapped into memory. Its header has been read and checked; of
/// its data, only the pages that are accessed are loaded.
///
/// The header is read, not mapped: its names are `&str`, which must remain as
/// they were when they were checked, even if the file changes.
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
    /// Maps a file and checks it strictly. [`Options::map`] maps it in other
    /// modes.
    ///
    /// # Safety
    ///
    /// The same as for [`Options::map`].
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`](crate::Rule), with the path.
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self> {
        // SAFETY: passed on to the caller.
        unsafe { Options::strict().map(path) }
    }

    /// Returns the header.
    pub fn header(&self) -> &Header<'static> {
        &self.header
    }

    /// Returns the path that the file was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns all data after the header.
    pub fn data(&self) -> &[u8] {
        // The map has the length that was checked; if not, `Tensor::of` finds
        // no data.
        usize::try_from(self.header.data_start())
            .ok()
            .and_then(|start| self.map.get(start..))
            .unwrap_or_default()
    }

    /// Returns the tensor with this name.
    ///
    /// # Errors
    ///
    /// The same as [`SafeTensors::tensor`](crate::SafeTensors::tensor), with
    /// the path.
    pub fn tensor(&self, name: &str) -> Result<Tensor<'_>> {
        self.header
            .expect_tensor(name)
            .and_then(|entry| Tensor::of(entry, self.data()))
            .map_err(|error| error.in_file(&self.path))
    }

    /// Iterates over the tensors in the order of their data.
    ///
    /// # Errors
    ///
    /// Each item is the same as with [`tensor`](Self::tensor).
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = Result<Tensor<'_>>> {
        let data = self.data();
        self.header
            .tensors()
            .map(move |entry| Tensor::of(entry, data))
    }
}

impl Options {
    /// Maps a file into memory, reads its header and checks its length.
    ///
    /// # Safety
    ///
    /// While the file is mapped, nothing may write to it or truncate it, in
    /// this process or another. Its bytes are exposed as `&[u8]`, which the
    /// compiler assumes to be constant, and accessing a truncated page kills
    /// the process (SIGBUS). No operating system offers maps without this
    /// hazard. Files that are only ever replaced by renaming, as in a cache,
    /// satisfy the requirement; if other writers cannot be excluded, use
    /// [`Options::open`], which reads instead.
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`](crate::Rule), with the path.
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
