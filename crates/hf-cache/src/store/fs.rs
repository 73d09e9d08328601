//! The file system interface of this crate. Every operation that changes something, takes a lock or opens a
//! file goes through this module, under the names of `std::fs`.
//!
//! Tests make single operations fail below a folder of their choice (`faults`); in other builds this check
//! compiles to nothing. Differences between systems are also handled here, so that no code above depends on
//! the system.

mod facts;
#[cfg(all(test, target_os = "linux"))]
pub(crate) mod faults;
mod folder;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::io;
use std::path::Path;
use std::time::Duration;

pub(crate) use std::fs::{
    File, Metadata, OpenOptions, ReadDir, TryLockError, canonicalize, metadata, read_link,
    symlink_metadata,
};

pub(crate) use facts::{
    FileId, changed_at, file_id, files_at_once, free_space, is_hard_linked, is_own, is_same_file,
    may_ignore_case,
};
#[cfg(all(test, target_os = "linux"))]
use faults::{Op, check, check_file};
pub(crate) use folder::{Folder, FolderEntry, Kind, Stat};

/// Expands to nothing except in tests, where a fault may be injected.
macro_rules! fault {
    ($op:ident, $path:expr) => {
        #[cfg(all(test, target_os = "linux"))]
        check(Op::$op, $path)?;
    };
    (file $op:ident, $file:expr) => {
        #[cfg(all(test, target_os = "linux"))]
        check_file(Op::$op, $file)?;
    };
}

/// How long to wait for a file descriptor that another task releases, and how long between two attempts.
const DESCRIPTOR_WAIT: Duration = Duration::from_secs(30);
const DESCRIPTOR_POLL: Duration = Duration::from_millis(25);

/// How much memory is reserved for the content of a file before it is read.
const MOST_ROOM: u64 = 1024 * 1024;

/// Opens a file. If the process has no file descriptor left, waits for one: downloads release theirs soon.
pub(crate) fn open(options: &OpenOptions, path: &Path) -> io::Result<File> {
    with_descriptor(|| {
        fault!(Open, path);
        options.open(path)
    })
}

/// Creates a new file for reading and writing. Fails if the file exists.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    open(
        OpenOptions::new().read(true).write(true).create_new(true),
        path,
    )
}

/// Opens a regular file for reading. Anything else (a folder, a FIFO that would block for ever, a device) is
/// an error.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let file = open_without_blocking(path)?;
    regular_size(&file)?;
    Ok(file)
}

/// Opens for reading what may be a FIFO, which would block for ever.
fn open_without_blocking(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        #[expect(clippy::cast_possible_wrap, reason = "a set of flags")]
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    open(&options, path)
}

/// Returns the size of a regular file.
fn regular_size(file: &File) -> io::Result<u64> {
    let metadata = file.metadata()?;
    if metadata.is_file() {
        return Ok(metadata.len());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "it is not a regular file",
    ))
}

/// Reads the whole content of a regular file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_file(open_without_blocking(path)?)
}

/// Reads the whole content of an open file, which must be a regular one.
fn read_file(file: File) -> io::Result<Vec<u8>> {
    // Room for one byte more shows the end of the file without growing. A size beyond this is taken as it comes.
    let room = usize::try_from(regular_size(&file)?.min(MOST_ROOM)).unwrap_or(0) + 1;
    let mut content = Vec::with_capacity(room);
    // A `File` itself would ask for its size and position once more.
    io::Read::read_to_end(&mut io::Read::take(file, u64::MAX), &mut content)?;
    Ok(content)
}

/// Reads the whole content of a regular file as text.
pub(crate) fn read_to_string(path: &Path) -> io::Result<String> {
    read(path).and_then(as_text)
}

pub(crate) fn as_text(content: Vec<u8>) -> io::Result<String> {
    String::from_utf8(content)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Returns the entries of a folder.
pub(crate) fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    let path = path.as_ref();
    with_descriptor(|| {
        fault!(Open, path);
        std::fs::read_dir(path)
    })
}

fn with_descriptor<T>(mut open: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut waited = Duration::ZERO;
    loop {
        match open() {
            Err(e) if is_out_of_descriptors(&e) && waited < DESCRIPTOR_WAIT => {
                if waited.is_zero() {
                    tracing::debug!("no file descriptor is left; waiting for one");
                }
                std::thread::sleep(DESCRIPTOR_POLL);
                waited += DESCRIPTOR_POLL;
            }
            done => return done,
        }
    }
}

fn is_out_of_descriptors(err: &io::Error) -> bool {
    #[cfg(unix)]
    let codes = [
        rustix::io::Errno::MFILE.raw_os_error(),
        rustix::io::Errno::NFILE.raw_os_error(),
    ];
    #[cfg(not(unix))]
    let codes = [4]; // ERROR_TOO_MANY_OPEN_FILES
    err.raw_os_error().is_some_and(|code| codes.contains(&code))
}

/// Writes all of `bytes` at `offset`, without using the position that threads with the same handle would
/// share.
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match write_at(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => {
                bytes = &bytes[n..];
                offset += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Fills `buffer` from `offset`.
pub(crate) fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match read_at(file, buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                buffer = &mut buffer[n..];
                offset += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

// `seek_write` and `seek_read` also move the cursor of the handle, but take the position per call. Two
// threads that use one handle at the same time therefore cannot write at each other's position, as they could
// with `seek` followed by `write`.
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    #[cfg(all(test, target_os = "linux"))]
    let bytes = &bytes[..faults::write_len(file, bytes.len())?];
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::write_at(file, bytes, offset);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_write(file, bytes, offset);
}

fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, buffer, offset);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, buffer, offset);
}

/// Truncates the file, or extends it with zeros.
pub(crate) fn set_len(file: &File, len: u64) -> io::Result<()> {
    fault!(file SetLen, file);
    file.set_len(len)
}

/// Syncs the content of a file to disk.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    fault!(file Sync, file);
    file.sync_all()
}

/// Syncs the names in a folder to disk. Windows has no call for this, but NTFS keeps a journal of names.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    fault!(SyncDir, path);
    #[cfg(unix)]
    {
        let folder = open(OpenOptions::new().read(true), path)?;
        match folder.sync_all() {
            // Some network file systems do not support this for folders.
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => Ok(()),
            done => done,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(())
    }
}

/// Renames a file, replacing the target. Windows refuses while another process briefly has the target open (a
/// virus scanner, an indexer), so the rename is tried several times there.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let mut left = if cfg!(windows) { 8 } else { 0 };
    loop {
        fault!(Rename, to);
        match std::fs::rename(from, to) {
            Err(e) if left > 0 && e.kind() == io::ErrorKind::PermissionDenied => {
                left -= 1;
                std::thread::sleep(Duration::from_millis(25));
            }
            other => return other,
        }
    }
}

/// Creates a symbolic link at `link` with the text `target`.
pub(crate) fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    fault!(Symlink, link);
    #[cfg(unix)]
    return std::os::unix::fs::symlink(target, link);
    #[cfg(windows)]
    return std::os::windows::fs::symlink_file(
        target.components().collect::<std::path::PathBuf>(),
        link,
    );
}

/// Creates the hard link `link` to the file `original`.
pub(crate) fn hard_link(original: &Path, link: &Path) -> io::Result<()> {
    fault!(HardLink, link);
    std::fs::hard_link(original, link)
}

/// Copies content to a new file. Blocks are shared where the file system supports it (btrfs, XFS, APFS). The
/// permissions are those of a new file, so that the copy succeeds on file systems that refuse `chmod` (FAT,
/// CIFS, S3 mounts).
pub(crate) fn copy_content(from: &Path, to: &Path) -> io::Result<u64> {
    fault!(Copy, to);
    #[cfg(target_vendor = "apple")]
    if let Ok(copied) = std::fs::copy(from, to) {
        make_writable(to);
        return Ok(copied);
    }
    let mut from = open_regular(from)?;
    let mut to = open(
        OpenOptions::new().write(true).create(true).truncate(true),
        to,
    )?;
    io::copy(&mut from, &mut to)
}

/// Makes a file writable for its owner, where the file system supports permissions.
#[cfg_attr(
    not(target_vendor = "apple"),
    expect(dead_code, reason = "copies elsewhere are writable")
)]
pub(crate) fn make_writable(path: &Path) {
    #[cfg(unix)]
    if let Ok(meta) = metadata(path) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = meta.permissions().mode();
        let _ = set_mode(path, mode | 0o200);
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Sets the permissions of a path. Has no effect on systems without modes.
#[cfg_attr(
    not(unix),
    expect(clippy::unnecessary_wraps, reason = "one signature on all systems")
)]
pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fault!(SetMode, path);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = (path, mode);
        Ok(())
    }
}

pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
    fault!(CreateDir, path);
    std::fs::create_dir(path)
}

pub(crate) fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    fault!(CreateDir, path.as_ref());
    std::fs::create_dir_all(path)
}

pub(crate) fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    fault!(Remove, path.as_ref());
    std::fs::remove_file(path)
}

pub(crate) fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    fault!(Remove, path.as_ref());
    std::fs::remove_dir_all(path)
}

/// Tries to lock an open file exclusively, against all processes.
pub(crate) fn try_lock(file: &File) -> Result<(), TryLockError> {
    #[cfg(all(test, target_os = "linux"))]
    check_file(Op::Lock, file).map_err(TryLockError::Error)?;
    file.try_lock()
}

/// Tries to lock an open file shared with other such holders.
pub(crate) fn try_lock_shared(file: &File) -> Result<(), TryLockError> {
    #[cfg(all(test, target_os = "linux"))]
    check_file(Op::Lock, file).map_err(TryLockError::Error)?;
    file.try_lock_shared()
}
