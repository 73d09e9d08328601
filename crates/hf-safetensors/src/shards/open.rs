//! The open files of a sharded checkpoint.

use std::path::Path;

use alloc::vec::Vec;

use super::{Problem, ShardIndex, ShardName};
use crate::error::{Error, Result};
use crate::rule::Rule;
use crate::{Header, Options, TensorEntry, TensorFile};

/// A file that can be a shard: [`TensorFile`] or `MappedFile`.
pub trait ShardFile {
    /// Returns the header of the file.
    fn header(&self) -> &Header<'static>;
}

impl ShardFile for TensorFile {
    fn header(&self) -> &Header<'static> {
        self.header()
    }
}

#[cfg(feature = "mmap")]
impl ShardFile for crate::MappedFile {
    fn header(&self) -> &Header<'static> {
        self.header()
    }
}

/// A sharded checkpoint: its index and its files, checked against each other.
#[derive(Debug)]
pub struct Sharded<F = TensorFile> {
    index: ShardIndex,
    /// In the order of the index.
    files: Vec<F>,
    problems: Vec<Problem>,
}

impl Sharded {
    /// Opens a checkpoint by the path of its index, usually
    /// `model.safetensors.index.json`, with the shards in the same folder.
    /// Checks strictly.
    ///
    /// # Errors
    ///
    /// The same as [`Options::open_sharded`].
    pub fn open(index: impl AsRef<Path>) -> Result<Self> {
        Options::strict().open_sharded(index)
    }

    /// Opens the checkpoint in a folder, sharded or in a single file. Checks
    /// strictly.
    ///
    /// # Errors
    ///
    /// The same as [`Options::open_folder`].
    pub fn open_folder(folder: impl AsRef<Path>) -> Result<Self> {
        Options::strict().open_folder(folder)
    }
}

impl<F: ShardFile> Sharded<F> {
    fn new(options: Options, path: &Path, open: impl Fn(&Path) -> Result<F>) -> Result<Self> {
        let json = std::fs::read(path).map_err(|error| Error::io(error).in_file(path))?;
        let index = options
            .parse_index(&json)
            .map_err(|error| error.in_file(path))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let files = index
            .shards()
            .iter()
            .map(|shard| open(&shard.below(folder)))
            .collect::<Result<Vec<_>>>()?;
        let headers = index
            .shards()
            .iter()
            .zip(&files)
            .map(|(shard, file)| (shard.as_str(), file.header()));
        let problems = index.check(headers);
        if problems
            .iter()
            .any(|problem| options.is_strict() || problem.is_fatal())
        {
            return Err(Error::new(Rule::Shards { problems }).in_file(path));
        }
        Ok(Sharded {
            index,
            files,
            problems,
        })
    }

    /// Returns the index.
    pub fn index(&self) -> &ShardIndex {
        &self.index
    }

    /// Returns the problems that compatible mode tolerates: tensors that are
    /// not in the index, or a wrong `total_size`.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Iterates over the files, sorted by name.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (&ShardName, &F)> {
        self.index.shards().iter().zip(&self.files)
    }

    /// Returns the file that contains a tensor.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::TensorNotFound`].
    pub fn file_of(&self, tensor: &str) -> Result<&F> {
        self.index
            .shard_number(tensor)
            .and_then(|shard| self.files.get(shard))
            .ok_or_else(|| Error::new(Rule::TensorNotFound).of(tensor))
    }

    /// Iterates over the tensors of the checkpoint, sorted by name, with their
    /// descriptions in the headers.
    ///
    /// ```no_run
    /// use hf_safetensors::shards::Sharded;
    ///
    /// let model = Sharded::open_folder("model")?;
    /// for (name, tensor) in model.tensors() {
    ///     println!("{name}: {:?}", tensor.shape());
    /// }
    /// # Ok::<(), hf_safetensors::Error>(())
    /// ```
    pub fn tensors(&self) -> impl Iterator<Item = (&str, TensorEntry<'_>)> {
        self.index.numbered().filter_map(|(name, shard)| {
            let entry = self.files.get(shard)?.header().tensor(name)?;
            Some((name, entry))
        })
    }

    /// Returns the description of a tensor in the header of its shard.
    pub fn entry(&self, tensor: &str) -> Option<TensorEntry<'_>> {
        self.file_of(tensor).ok()?.header().tensor(tensor)
    }
}

impl Sharded<TensorFile> {
    /// Reads the bytes of a tensor from its shard.
    ///
    /// # Errors
    ///
    /// The same as [`TensorFile::read`].
    pub fn read(&self, tensor: &str) -> Result<Vec<u8>> {
        self.file_of(tensor)?.read(tensor)
    }
}

#[cfg(feature = "mmap")]
impl Sharded<crate::MappedFile> {
    /// Returns a view of a tensor in its shard.
    ///
    /// # Errors
    ///
    /// The same as [`MappedFile::tensor`](crate::MappedFile::tensor).
    pub fn tensor(&self, tensor: &str) -> Result<crate::Tensor<'_>> {
        self.file_of(tensor)?.tensor(tensor)
    }
}

impl Options {
    /// Opens a checkpoint by the path of its index. In strict mode, index and
    /// headers must agree in everything; in compatible mode, every tensor of
    /// the index must be in the shard given there.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::Shards`] with all disagreements, or an error of
    /// [`parse_index`](Self::parse_index) or [`open`](Self::open).
    pub fn open_sharded(&self, index: impl AsRef<Path>) -> Result<Sharded> {
        Sharded::new(*self, index.as_ref(), |path| self.open(path))
    }

    /// Opens the checkpoint in a folder: the one described by
    /// [`INDEX_FILE`](super::INDEX_FILE) if that exists, otherwise
    /// [`SINGLE_FILE`](super::SINGLE_FILE) as the only shard.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::Io`] if neither exists, or an error of
    /// [`open_sharded`](Self::open_sharded) or [`open`](Self::open).
    pub fn open_folder(&self, folder: impl AsRef<Path>) -> Result<Sharded> {
        let folder = folder.as_ref();
        let index = folder.join(super::INDEX_FILE);
        if index.try_exists().is_ok_and(|exists| exists) {
            return self.open_sharded(index);
        }
        let file = self.open(folder.join(super::SINGLE_FILE))?;
        Ok(Sharded {
            index: ShardIndex::of_one(ShardName::new(super::SINGLE_FILE)?, file.header()),
            files: alloc::vec![file],
            problems: Vec::new(),
        })
    }

    /// Opens a checkpoint like [`open_sharded`](Self::open_sharded), with the
    /// files mapped into memory.
    ///
    /// # Safety
    ///
    /// The same as for [`Options::map`], for all files.
    ///
    /// # Errors
    ///
    /// The same as [`open_sharded`](Self::open_sharded).
    #[cfg(feature = "mmap")]
    #[allow(unsafe_code)]
    pub unsafe fn map_sharded(
        &self,
        index: impl AsRef<Path>,
    ) -> Result<Sharded<crate::MappedFile>> {
        Sharded::new(*self, index.as_ref(), |path| {
            // SAFETY: passed on to the caller.
            unsafe { self.map(path) }
        })
    }
}
