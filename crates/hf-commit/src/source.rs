//! The source of a file's bytes, and checks that it has not changed since it was hashed.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use hf_transport::{Error, ErrorKind, Result};

/// A source of bytes that can be read repeatedly from any offset, as retries and multipart uploads require.
///
/// The same offset must yield the same bytes each time until the commit is done.
///
/// ```
/// use std::io::{self, Read};
///
/// /// A gigabyte of zeros that is not stored anywhere.
/// struct Zeros;
/// impl hf_commit::ByteSource for Zeros {
///     fn len(&self) -> u64 {
///         1 << 30
///     }
///     fn open(&self, _offset: u64) -> io::Result<Box<dyn Read + Send>> {
///         Ok(Box::new(io::repeat(0)))
///     }
/// }
/// let op = hf_commit::CommitOperationAdd::from_source("zeros.bin", Zeros)?;
/// assert_eq!(op.size(), 1 << 30);
/// # Ok::<(), hf_transport::Error>(())
/// ```
pub trait ByteSource: Send + Sync + 'static {
    /// Returns the number of bytes.
    fn len(&self) -> u64;

    /// Returns whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a reader that starts at `offset`. Called on a thread that may block.
    fn open(&self, offset: u64) -> io::Result<Box<dyn Read + Send>>;
}

/// The file metadata by which a change is detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    /// The size in bytes.
    pub(crate) len: u64,
    /// The modification time in nanoseconds since 1970.
    pub(crate) mtime: i128,
    pub(crate) inode: u64,
}

impl Stamp {
    pub(crate) fn of(meta: &Metadata) -> Self {
        Self {
            len: meta.len(),
            mtime: mtime_nanos(meta),
            inode: inode(meta),
        }
    }
}

fn mtime_nanos(meta: &Metadata) -> i128 {
    let Ok(time) = meta.modified() else { return 0 };
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_nanos().cast_signed(),
        Err(before) => -before.duration().as_nanos().cast_signed(),
    }
}

#[cfg(unix)]
fn inode(meta: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(meta)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

/// The source of one operation.
#[derive(Clone)]
pub(crate) enum Source {
    /// A file. With `limit`, only its first bytes, because the file may grow in the meantime.
    File {
        path: Arc<Path>,
        limit: Option<u64>,
    },
    Bytes(Bytes),
    Custom(Arc<dyn ByteSource>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, limit: None } => write!(f, "{path:?}"),
            Self::File {
                path,
                limit: Some(limit),
            } => write!(f, "first {limit} bytes of {path:?}"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Custom(source) => write!(f, "source of {} bytes", source.len()),
        }
    }
}

impl Source {
    /// Opens the source at `offset`. A file must still match `expected`.
    pub(crate) fn open(&self, offset: u64, expected: Option<Stamp>) -> Result<SourceReader> {
        let inner = match self {
            Self::File { path, limit } => {
                let mut file = File::open(path).map_err(|e| vanished(path, e))?;
                let guard = FileGuard {
                    path: Arc::clone(path),
                    expected,
                    limit: *limit,
                };
                guard.check(&file)?;
                if offset > 0 {
                    file.seek(SeekFrom::Start(offset))
                        .map_err(|e| read_failed(path, e))?;
                }
                Inner::File(file, guard)
            }
            Self::Bytes(bytes) => {
                let at = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                Inner::Bytes(bytes.slice(at..))
            }
            Self::Custom(source) => Inner::Custom(
                catch_panic(|| source.open(offset))
                    .map_err(|e| Error::io("cannot open the source of an upload", e))?,
            ),
        };
        Ok(SourceReader { inner })
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => Some(path),
            _ => None,
        }
    }
}

/// An open [`Source`].
pub(crate) struct SourceReader {
    inner: Inner,
}

enum Inner {
    File(File, FileGuard),
    Bytes(Bytes),
    Custom(Box<dyn Read + Send>),
}

impl SourceReader {
    /// Returns up to `len` bytes as one piece, fewer only at the end of the source. Bytes in memory are not
    /// copied.
    pub(crate) fn chunk(&mut self, len: usize) -> Result<Bytes> {
        match &mut self.inner {
            Inner::Bytes(bytes) => Ok(bytes.split_to(len.min(bytes.len()))),
            Inner::File(file, guard) => {
                let mut out = Vec::with_capacity(len);
                file.take(len as u64)
                    .read_to_end(&mut out)
                    .map_err(|e| read_failed(&guard.path, e))?;
                Ok(out.into())
            }
            Inner::Custom(reader) => {
                let mut out = Vec::with_capacity(len);
                catch_panic(|| reader.take(len as u64).read_to_end(&mut out))
                    .map_err(|e| Error::io("cannot read the source of an upload", e))?;
                Ok(out.into())
            }
        }
    }

    /// Fills `buf`, as far as the source has bytes.
    pub(crate) fn fill(&mut self, buf: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buf.len() {
            let rest = &mut buf[filled..];
            let read = match &mut self.inner {
                Inner::Bytes(bytes) => {
                    let n = rest.len().min(bytes.len());
                    rest[..n].copy_from_slice(&bytes.split_to(n));
                    Ok(n)
                }
                Inner::File(file, guard) => file.read(rest).map_err(|e| (Some(&guard.path), e)),
                Inner::Custom(reader) => catch_panic(|| reader.read(rest)).map_err(|e| (None, e)),
            };
            match read {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err((_, e)) if e.kind() == io::ErrorKind::Interrupted => {}
                Err((Some(path), e)) => return Err(read_failed(path, e)),
                Err((None, e)) => return Err(Error::io("cannot read the source of an upload", e)),
            }
        }
        Ok(filled)
    }

    /// Checks again that the file is still the one that was opened.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.inner {
            Inner::File(file, guard) => guard.check(file),
            _ => Ok(()),
        }
    }
}

/// Converts a panic in a [`ByteSource`], which is user code, into an I/O error.
///
/// The caller may be a thread that feeds a connection: a panic there would look like a broken connection, and
/// the same bytes would be requested again and again.
fn catch_panic<T>(read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    // State left behind by a panic is dropped with the reader, which is not used after an error.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        Err(io::Error::other(format!("the source panicked: {message}")))
    })
}

struct FileGuard {
    path: Arc<Path>,
    expected: Option<Stamp>,
    limit: Option<u64>,
}

impl FileGuard {
    fn stamp(&self, file: &File) -> Result<Stamp> {
        let meta = file.metadata().map_err(|e| read_failed(&self.path, e))?;
        Ok(Stamp::of(&meta))
    }

    fn check(&self, file: &File) -> Result<()> {
        let now = self.stamp(file)?;
        let wanted = match (self.limit, self.expected) {
            // Of a file that is being appended to, only the first bytes count, and they must come from this
            // very file: a longer file that took its name when a log was rotated starts with other bytes.
            (Some(limit), expected) => {
                if expected.is_some_and(|expected| expected.inode != now.inode) {
                    return Err(replaced(&self.path));
                }
                return if now.len < limit {
                    Err(changed(&self.path, limit, now.len))
                } else {
                    Ok(())
                };
            }
            (None, Some(stamp)) => stamp,
            (None, None) => return Ok(()),
        };
        if now == wanted {
            Ok(())
        } else {
            Err(changed(&self.path, wanted.len, now.len))
        }
    }
}

/// Returns the error of a file that has changed since the upload began.
pub(crate) fn changed(path: &Path, was: u64, is: u64) -> Error {
    let how = match is.cmp(&was) {
        std::cmp::Ordering::Less => format!("it shrank from {was} to {is} bytes"),
        std::cmp::Ordering::Greater => format!("it grew from {was} to {is} bytes"),
        std::cmp::Ordering::Equal => "its content was written again".to_owned(),
    };
    Error::new(
        ErrorKind::Upload,
        format!(
            "{} changed during the upload: {how}; nothing was committed",
            path.display()
        ),
    )
    .with_hint("wait until the file is complete, then upload again")
}

/// Returns the error of a source that ended before its length.
pub(crate) fn short(source: &Source, expected: u64, got: u64) -> Error {
    match source.path() {
        Some(path) => changed(path, expected, got),
        None => Error::new(
            ErrorKind::Upload,
            format!("a source of {expected} bytes ended after {got}; nothing was committed"),
        ),
    }
}

/// Returns the error of a file that was replaced by another one since the upload began.
fn replaced(path: &Path) -> Error {
    Error::new(
        ErrorKind::Upload,
        format!(
            "{} was replaced by another file during the upload; nothing was committed",
            path.display()
        ),
    )
    .with_hint("upload again: both files are found under their present names")
}

fn vanished(path: &Path, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        Error::new(
            ErrorKind::FileNotFound,
            format!("{} is gone; nothing was committed", path.display()),
        )
        .with_source(error)
    } else {
        read_failed(path, error)
    }
}

pub(crate) fn read_failed(path: &Path, error: io::Error) -> Error {
    Error::io(format!("cannot read {}", path.display()), error)
}

/// Returns the metadata of the file at `path`, or an error that explains what is wrong with the path.
pub(crate) fn file_stamp(path: &Path) -> Result<Stamp> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_file() => Ok(Stamp::of(&meta)),
        Ok(_) => Err(Error::validation(format!(
            "{} is not a file; upload a folder with upload_folder",
            path.display()
        ))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            Err(Error::validation(format!("there is no file at {}", path.display())).with_source(e))
        }
        Err(e) => Err(read_failed(path, e)),
    }
}

/// Expands `~` and `~/...` to the user's home folder.
pub(crate) fn expand_home(path: &Path) -> PathBuf {
    match path.strip_prefix("~") {
        Ok(rest) => std::env::home_dir().map_or_else(|| path.to_owned(), |home| home.join(rest)),
        Err(_) => path.to_owned(),
    }
}
