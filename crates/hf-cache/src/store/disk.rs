//! Small steps on the file system, each of which is atomic to whoever looks on.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use hf_transport::{Error, ErrorKind, Result};

/// `path` with a random tail, in the same folder, so that a rename to `path` is atomic.
pub(crate) fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(format!(".{:08x}{ending}", fastrand::u32(..)));
    path.with_file_name(name)
}

/// An I/O error with the step and the path it happened at.
pub(crate) fn io_error(step: &str, path: &Path, err: io::Error) -> Error {
    Error::io(format!("could not {step} `{}`", path.display()), err)
}

/// The error of a write, with what helps when the disk is full. `size` is that of the whole file.
pub(crate) fn write_error(path: &Path, size: Option<u64>, err: io::Error) -> Error {
    let full = matches!(
        err.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    );
    let error = io_error("write", path, err);
    if !full {
        return error;
    }
    let needed = size.map_or(String::new(), |n| format!("; the file has {n} bytes"));
    let free = free_space(path).map_or(String::new(), |n| format!(", {n} are free"));
    error.with_hint(format!(
        "the disk or the quota is full{needed}{free}; make room and try again: what has arrived is kept"
    ))
}

pub(crate) fn create_dir_all(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|e| io_error("create the folder", path, e))
}

/// Writes a small file so that others see the old content or the new, never a part.
pub(crate) fn write_atomic(path: &Path, content: &[u8]) -> io::Result<()> {
    let tmp = sibling(path, ".tmp");
    let written = fs::write(&tmp, content).and_then(|()| replace(&tmp, path));
    if written.is_err() {
        let _ = fs::remove_file(&tmp);
    }
    written
}

/// Like [`write_atomic`], for content that is produced piece by piece.
pub(crate) fn write_atomic_with(
    path: &Path,
    produce: impl FnOnce(&mut io::BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let tmp = sibling(path, ".tmp");
    let written = (|| {
        let mut out = io::BufWriter::with_capacity(64 * 1024, File::create_new(&tmp)?);
        produce(&mut out)?;
        out.flush()?;
        drop(out);
        replace(&tmp, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&tmp);
    }
    written
}

/// Renames over whatever is there. Windows refuses while another process has the target open for a moment (a virus
/// scanner, an indexer), so it is tried again a few times there.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    let mut left = if cfg!(windows) { 8 } else { 0 };
    loop {
        match fs::rename(from, to) {
            Err(e) if left > 0 && e.kind() == io::ErrorKind::PermissionDenied => {
                left -= 1;
                std::thread::sleep(std::time::Duration::from_millis(25));
            }
            other => return other,
        }
    }
}

/// Creates the folders between `root` and the parent of `path`, refusing any that is a link out of `root`.
///
/// A folder of the user may hold links of its own; one that stays inside is followed, one that leads out is refused,
/// so that no repository can write through it.
pub(crate) fn create_parents_inside(root: &Path, path: &Path) -> Result<()> {
    let relative = path.strip_prefix(root).map_err(|_| {
        Error::new(
            ErrorKind::Validation,
            format!("`{}` is not inside `{}`", path.display(), root.display()),
        )
    })?;
    let mut at = root.to_path_buf();
    let Some(parents) = relative.parent() else {
        return Ok(());
    };
    if parents.as_os_str().is_empty() {
        return create_dir_all(root);
    }
    create_dir_all(root)?;
    let mut canonical_root = None;
    for component in parents.components() {
        let Component::Normal(name) = component else {
            return Err(Error::new(
                ErrorKind::Validation,
                format!("`{}` would leave `{}`", path.display(), root.display()),
            ));
        };
        at.push(name);
        match fs::symlink_metadata(&at) {
            Ok(meta) if meta.file_type().is_symlink() => {
                if canonical_root.is_none() {
                    canonical_root = Some(
                        fs::canonicalize(root)
                            .map_err(|e| io_error("resolve the folder", root, e))?,
                    );
                }
                let target =
                    fs::canonicalize(&at).map_err(|e| io_error("resolve the link", &at, e))?;
                if !canonical_root
                    .as_deref()
                    .is_some_and(|root| target.starts_with(root))
                {
                    return Err(Error::new(
                        ErrorKind::Validation,
                        format!(
                            "`{}` is a link that leads out of `{}` (to `{}`); nothing is written through it",
                            at.display(),
                            root.display(),
                            target.display()
                        ),
                    )
                    .with_hint("remove the link, or download into another folder"));
                }
            }
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => {
                return Err(Error::new(
                    ErrorKind::Io,
                    format!("`{}` is a file where a folder is needed", at.display()),
                ));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => match fs::create_dir(&at) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(io_error("create the folder", &at, e));
                }
                _ => {}
            },
            Err(e) => return Err(io_error("look at", &at, e)),
        }
    }
    Ok(())
}

/// Writes all of `bytes` at `offset`. The file has no position of its own that threads could share.
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

#[cfg(unix)]
use std::os::unix::fs::FileExt as _;
#[cfg(windows)]
use std::os::windows::fs::FileExt as _;

// `seek_write` and `seek_read` move the cursor of the handle as well, but take the position per call: two threads that
// use one handle at once cannot put bytes at each other's place, as `seek` followed by `write` could.
#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    file.write_at(bytes, offset)
}

#[cfg(windows)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    file.seek_write(bytes, offset)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Where a link leads, as its text says; `None` for what is no link. (The error of `read_link` for that has no kind of its
/// own on Windows.)
pub(crate) fn link_text(path: &Path) -> io::Result<Option<PathBuf>> {
    if fs::symlink_metadata(path)?.is_symlink() {
        fs::read_link(path).map(Some)
    } else {
        Ok(None)
    }
}

/// Bytes free for this user where `path` is or will be; `None` if the system does not say.
#[cfg(unix)]
pub(crate) fn free_space(path: &Path) -> Option<u64> {
    path.ancestors()
        .find_map(|p| rustix::fs::statvfs(p).ok())
        .map(|s| s.f_bavail.saturating_mul(s.f_frsize))
}

#[cfg(not(unix))]
pub(crate) fn free_space(_path: &Path) -> Option<u64> {
    None
}

/// The modification time in seconds since the epoch, with its fraction.
pub(crate) fn mtime_seconds(meta: &fs::Metadata) -> f64 {
    meta.modified().map_or(0.0, unix_seconds)
}

pub(crate) fn unix_seconds(time: std::time::SystemTime) -> f64 {
    time.duration_since(std::time::UNIX_EPOCH)
        .map_or(0.0, |d| d.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_atomic_write_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        write_atomic(&path, b"one").unwrap();
        let err = write_atomic_with(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("stop"))
        });
        assert!(err.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_are_refused_and_others_followed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("inside")).unwrap();
        fs::create_dir(dir.path().join("outside")).unwrap();
        std::os::unix::fs::symlink("inside", root.join("ok")).unwrap();
        std::os::unix::fs::symlink("../outside", root.join("bad")).unwrap();
        create_parents_inside(&root, &root.join("ok/deep/file")).unwrap();
        assert!(root.join("inside/deep").is_dir());
        let err = create_parents_inside(&root, &root.join("bad/file")).unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Validation);
        assert!(err.to_string().contains("leads out"), "{err}");
        fs::write(root.join("file"), "").unwrap();
        assert!(create_parents_inside(&root, &root.join("file/x")).is_err());
        assert!(create_parents_inside(&root, Path::new("/elsewhere/x")).is_err());
    }
}
