//! Basic steps on the file system, each of which appears atomic to observers.

use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use hf_transport::{Durability, Error, ErrorKind, Result};

use super::fs::{self, File};

/// The prefix and suffix of temporary names, which neither repositories nor Python's client use.
const TEMP_PREFIX: &str = ".hf-";
const TEMP_SUFFIX: &str = ".tmp";

/// Returns a new temporary name in the folder of `path`, so that a rename to `path` is atomic.
///
/// The name is short and does not contain the final name, which may already use all of the 255 bytes that
/// file systems allow.
pub(crate) fn temp_path(path: &Path) -> PathBuf {
    path.with_file_name(format!(
        "{TEMP_PREFIX}{:016x}{TEMP_SUFFIX}",
        fastrand::u64(..)
    ))
}

/// Returns whether a file name was made by [`temp_path`]. An old file with such a name was left by a killed
/// process.
pub(crate) fn is_temp_name(name: &str) -> bool {
    name.strip_prefix(TEMP_PREFIX)
        .and_then(|rest| rest.strip_suffix(TEMP_SUFFIX))
        .is_some_and(|random| random.len() == 16 && random.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Returns an I/O error that names the step and the path.
pub(crate) fn io_error(step: &str, path: &Path, err: io::Error) -> Error {
    Error::io(format!("could not {step} `{}`", path.display()), err)
}

/// Returns the error of a write, with advice for a full disk. `size` is that of the whole file.
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
    let free = fs::free_space(path).map_or(String::new(), |n| format!(", {n} are free"));
    error.with_hint(format!(
        "the disk or the quota is full{needed}{free}; make room and try again: what has arrived is kept"
    ))
}

pub(crate) fn create_dir_all(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|e| io_error("create the folder", path, e))
}

/// Writes a small file so that others see either the old content or the new, never a part.
pub(crate) fn write_atomic(path: &Path, content: &[u8], durability: Durability) -> io::Result<()> {
    write_atomic_with(path, durability, |out| out.write_all(content))
}

/// Like [`write_atomic`], for content that is produced in pieces.
pub(crate) fn write_atomic_with(
    path: &Path,
    durability: Durability,
    produce: impl FnOnce(&mut io::BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let tmp = temp_path(path);
    let written = (|| {
        let mut out = io::BufWriter::with_capacity(64 * 1024, fs::create_new(&tmp)?);
        produce(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        rename_file(&file, &tmp, path, durability)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&tmp);
    }
    written
}

/// Renames a finished file to its final name. With [`Durability::Fsync`], the content is on disk before the
/// name, and the name before this function returns: a crash leaves the old file or the complete new one.
pub(crate) fn rename_file(
    file: &File,
    from: &Path,
    to: &Path,
    durability: Durability,
) -> io::Result<()> {
    if durability == Durability::Fsync {
        fs::sync(file)?;
    }
    fs::rename(from, to)?;
    sync_name(to, durability)
}

/// Like [`rename_file`], for a file that is closed.
pub(crate) fn rename_closed(from: &Path, to: &Path, durability: Durability) -> io::Result<()> {
    if durability == Durability::Fsync {
        return rename_file(&fs::open_regular(from)?, from, to, durability);
    }
    fs::rename(from, to)
}

/// With [`Durability::Fsync`], syncs the name of `path` to disk.
pub(crate) fn sync_name(path: &Path, durability: Durability) -> io::Result<()> {
    match path.parent() {
        Some(folder) if durability == Durability::Fsync => fs::sync_dir(folder),
        _ => Ok(()),
    }
}

/// A folder below which files are written, and its state at the start of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Root {
    path: PathBuf,
    opened: SystemTime,
    durability: Durability,
}

impl Root {
    /// Records the current state of `path`.
    pub(crate) fn open(path: impl Into<PathBuf>, durability: Durability) -> Self {
        Self {
            path: path.into(),
            opened: SystemTime::now(),
            durability,
        }
    }

    /// Refuses to follow any link that leads out of the root, whoever created it.
    #[must_use]
    pub(crate) fn refusing_links(mut self) -> Self {
        self.opened = SystemTime::UNIX_EPOCH;
        self
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn durability(&self) -> Durability {
        self.durability
    }

    /// Creates the folders between the root and the parent of `path`.
    ///
    /// A folder may be a link. A link that stays inside the root is followed. One that leads out is followed
    /// only if it existed before the call began and was created by this user (or the administrator): then it
    /// is how the user has laid out the disk, for example `datasets -> /big/datasets`. Any other link that
    /// leads out is refused, so that nobody else who can create links here (another user of a shared cache, a
    /// racing program) can choose where bytes are written.
    pub(crate) fn create_parents(&self, path: &Path) -> Result<()> {
        let leaves = || {
            Error::new(
                ErrorKind::Validation,
                format!(
                    "`{}` is not inside `{}`",
                    path.display(),
                    self.path.display()
                ),
            )
        };
        let relative = path.strip_prefix(&self.path).map_err(|_| leaves())?;
        create_dir_all(&self.path)?;
        let mut at = self.path.clone();
        for component in relative.parent().into_iter().flat_map(Path::components) {
            let Component::Normal(name) = component else {
                return Err(leaves());
            };
            at.push(name);
            match fs::symlink_metadata(&at) {
                Ok(meta) if meta.file_type().is_symlink() => self.check_link(&at, &meta)?,
                Ok(meta) if meta.is_dir() => {}
                Ok(_) => {
                    return Err(Error::new(
                        ErrorKind::Io,
                        format!("`{}` is a file where a folder is needed", at.display()),
                    )
                    .with_hint("remove the file, or download into another folder"));
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => self.create_dir(&at)?,
                Err(e) => return Err(io_error("look at", &at, e)),
            }
        }
        Ok(())
    }

    fn create_dir(&self, path: &Path) -> Result<()> {
        let made = match fs::create_dir(path) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            made => made.and_then(|()| sync_name(path, self.durability)),
        };
        made.map_err(|e| io_error("create the folder", path, e))
    }

    fn check_link(&self, link: &Path, meta: &fs::Metadata) -> Result<()> {
        let root = fs::canonicalize(&self.path)
            .map_err(|e| io_error("resolve the folder", &self.path, e))?;
        let target = fs::canonicalize(link).map_err(|e| io_error("resolve the link", link, e))?;
        let was_there = fs::changed_at(meta).is_some_and(|at| at < self.opened);
        if target.starts_with(&root) || (was_there && fs::is_own(meta)) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Validation,
            format!(
                "`{}` is a link that leads out of `{}` (to `{}`); nothing is written through it",
                link.display(),
                self.path.display(),
                target.display()
            ),
        )
        .with_hint("remove the link, or download into another folder"))
    }
}

/// Returns the target text of a link, or `None` for a path that is not a link. (On Windows, `read_link` has
/// no specific error kind for that.)
pub(crate) fn link_text(path: &Path) -> io::Result<Option<PathBuf>> {
    if fs::symlink_metadata(path)?.is_symlink() {
        fs::read_link(path).map(Some)
    } else {
        Ok(None)
    }
}

/// Returns where the text of `link` leads, without asking the disk.
pub(crate) fn target_of(link: &Path, text: &Path) -> PathBuf {
    let mut path = link.parent().unwrap_or(Path::new("")).to_path_buf();
    for part in text.components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            // The root of an absolute text replaces what is there.
            other => path.push(other),
        }
    }
    path
}

/// Returns the modification time in seconds since the epoch, including the fraction.
pub(crate) fn mtime_seconds(meta: &fs::Metadata) -> f64 {
    meta.modified().map_or(0.0, unix_seconds)
}

pub(crate) fn unix_seconds(time: SystemTime) -> f64 {
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
        write_atomic(&path, b"one", Durability::default()).unwrap();
        let err = write_atomic_with(&path, Durability::Fsync, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("stop"))
        });
        assert!(err.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_of_255_bytes_is_written_and_temporary_names_are_known() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("n".repeat(255));
        write_atomic(&path, b"x", Durability::default()).unwrap();
        write_atomic(&path, b"y", Durability::default()).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"y");
        let tmp = temp_path(&path);
        assert!(is_temp_name(tmp.file_name().unwrap().to_str().unwrap()));
        for other in [".hf-.tmp", ".hf-0123.tmp", "a.0123456789abcdef.tmp", ".tmp"] {
            assert!(!is_temp_name(other), "{other}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_of_the_user_are_followed_and_those_that_appear_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root");
        std::fs::create_dir_all(path.join("inside")).unwrap();
        std::fs::create_dir(dir.path().join("outside")).unwrap();
        let link = |text: &str, name: &str| {
            std::os::unix::fs::symlink(text, path.join(name)).unwrap();
        };
        link("../outside", "before");
        // The clocks of file systems tick every few milliseconds.
        let mut root = Root::open(&path, Durability::default());
        while root.opened
            <= fs::changed_at(&fs::symlink_metadata(path.join("before")).unwrap()).unwrap()
        {
            root = Root::open(&path, Durability::default());
        }
        root.create_parents(&path.join("before/deep/file")).unwrap();
        assert!(dir.path().join("outside/deep").is_dir());

        link("inside", "stays");
        root.create_parents(&path.join("stays/deep/file")).unwrap();
        assert!(path.join("inside/deep").is_dir());

        root.opened = std::time::UNIX_EPOCH;
        let err = root
            .create_parents(&path.join("before/other/file"))
            .unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Validation);
        assert!(err.to_string().contains("leads out"), "{err}");
        assert!(!dir.path().join("outside/other").exists());
        std::fs::write(path.join("file"), "").unwrap();
        assert!(root.create_parents(&path.join("file/x")).is_err());
        assert!(root.create_parents(Path::new("/elsewhere/x")).is_err());
    }
}
