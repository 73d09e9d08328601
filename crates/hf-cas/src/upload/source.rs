//! The files of an upload.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hf_transport::{Error, Result};
use hf_types::Sha256;

use crate::Hash;

type Open = dyn Fn() -> Result<Box<dyn Read + Send>> + Send + Sync;

/// A file to be uploaded.
#[derive(Clone)]
pub struct UploadSource {
    pub(super) name: Arc<str>,
    pub(super) id: u64,
    pub(super) len: u64,
    open: Arc<Open>,
}

impl UploadSource {
    /// Returns a file of `len` bytes, which `open` returns from its beginning, on a thread that may block.
    ///
    /// It is opened again only if the store turns out to lack what it said it has.
    pub fn new(
        name: impl Into<Arc<str>>,
        len: u64,
        open: impl Fn() -> Result<Box<dyn Read + Send>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            id: 0,
            len,
            open: Arc::new(open),
        }
    }

    /// Returns a local file, under its path as name.
    ///
    /// # Errors
    /// `FileNotFound` or `Io` if it cannot be looked at.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        let path: PathBuf = path.as_ref().to_owned();
        let failed = |e| Error::io(format!("cannot read {}", path.display()), e);
        let len = std::fs::metadata(&path).map_err(failed)?.len();
        let name = path.to_string_lossy().into_owned();
        Ok(Self::new(name, len, move || {
            let file = File::open(&path);
            let file = file.map_err(|e| Error::io(format!("cannot open {}", path.display()), e))?;
            Ok(Box::new(file))
        }))
    }

    /// Sets a number by which the caller recognises the file when it is [`Uploaded`].
    pub fn with_id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn open(&self) -> Result<Box<dyn Read + Send>> {
        (self.open)()
    }

    /// Reads until `buffer` is full or the file ends.
    pub(super) fn read(&self, reader: &mut dyn Read, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match reader.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                // An error of this library keeps its kind.
                Err(e) => {
                    return Err(match e.downcast::<Error>() {
                        Ok(error) => error,
                        Err(e) => Error::io(format!("cannot read `{}`", self.name), e),
                    });
                }
            }
        }
        Ok(filled)
    }
}

impl fmt::Debug for UploadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadSource")
            .field("name", &self.name)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// A file that the store has accepted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Uploaded {
    /// The name that the caller gave.
    pub name: Arc<str>,
    /// The number that the caller gave.
    pub id: u64,
    /// The hash by which the store knows the file.
    pub hash: Hash,
    /// The length in bytes.
    pub len: u64,
    /// The SHA-256, unless the upload goes without.
    pub sha256: Option<Sha256>,
    /// How many bytes were not sent, because the store had them.
    pub deduplicated: u64,
}
