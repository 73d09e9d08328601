//! A folder that is open. What is in it is found by its name alone, without another walk of the kernel along the whole
//! path: of a scan of the cache, those are most of the time.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::Metadata;
use crate::store::disk::{mtime_seconds, unix_seconds};

/// An open folder.
pub(crate) struct Folder {
    path: PathBuf,
    #[cfg(target_os = "linux")]
    descriptor: std::os::fd::OwnedFd,
}

/// A name in a folder, and what it stands for.
pub(crate) struct FolderEntry {
    pub(crate) name: OsString,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    Link,
    /// A file, or something else that is neither.
    File,
}

/// The size and the times of a file or folder.
#[derive(Clone, Copy)]
pub(crate) struct Stat {
    pub(crate) is_file: bool,
    pub(crate) is_folder: bool,
    pub(crate) size: u64,
    /// The last access, in seconds since the Unix epoch.
    pub(crate) accessed: f64,
    /// The last change of the content, in seconds since the Unix epoch.
    pub(crate) modified: f64,
}

impl From<&Metadata> for Stat {
    fn from(meta: &Metadata) -> Self {
        Self {
            is_file: meta.is_file(),
            is_folder: meta.is_dir(),
            size: meta.len(),
            accessed: meta.accessed().map_or(0.0, unix_seconds),
            modified: mtime_seconds(meta),
        }
    }
}

impl Folder {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn of(&self, name: &OsStr) -> PathBuf {
        self.path.join(name)
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::mem::MaybeUninit;
    use std::os::fd::AsFd;
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

    use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir};

    use super::super::{File, read_file, with_descriptor};
    #[cfg(test)]
    use super::super::{Op, check};
    use super::{Folder, FolderEntry, Kind, OsStr, OsString, Path, PathBuf, Stat, io};

    /// Bytes of names that are read at once: those of about a hundred files.
    const NAMES: usize = 8 * 1024;

    impl From<FileType> for Kind {
        fn from(file_type: FileType) -> Self {
            match file_type {
                FileType::Directory => Self::Folder,
                FileType::Symlink => Self::Link,
                _ => Self::File,
            }
        }
    }

    impl Folder {
        /// Opens a folder.
        pub(crate) fn open(path: &Path) -> io::Result<Self> {
            Self::open_at(CWD, path.as_os_str(), path.to_path_buf())
        }

        /// Opens a folder in this one.
        pub(crate) fn folder(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
            Self::open_at(&self.descriptor, name.as_ref(), self.of(name.as_ref()))
        }

        fn open_at(at: impl AsFd, name: &OsStr, path: PathBuf) -> io::Result<Self> {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let descriptor = with_descriptor(|| {
                #[cfg(test)]
                check(Op::Open, &path)?;
                Ok(rustix::fs::openat(&at, name, flags, Mode::empty())?)
            })?;
            Ok(Self { path, descriptor })
        }

        /// Returns the names in the folder, in no order. To be called once.
        pub(crate) fn entries(&self) -> io::Result<Vec<FolderEntry>> {
            let mut names = [const { MaybeUninit::uninit() }; NAMES];
            let mut names = RawDir::new(&self.descriptor, &mut names);
            let mut entries = Vec::new();
            while let Some(entry) = names.next() {
                let entry = entry?;
                let name = entry.file_name().to_bytes();
                if name == b"." || name == b".." {
                    continue;
                }
                let kind = match entry.file_type() {
                    FileType::Unknown => self.kind(OsStr::from_bytes(name))?,
                    known => known.into(),
                };
                entries.push(FolderEntry {
                    name: OsString::from_vec(name.to_vec()),
                    kind,
                });
            }
            Ok(entries)
        }

        /// Asks for what some file systems do not say beside the name.
        fn kind(&self, name: &OsStr) -> io::Result<Kind> {
            let stat = rustix::fs::statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW)?;
            Ok(FileType::from_raw_mode(stat.st_mode).into())
        }

        /// Returns the size and times of what a name, or a path that begins in this folder, leads to, over links.
        #[expect(
            clippy::allow_attributes,
            reason = "the types differ between processors, and so do the lints"
        )]
        pub(crate) fn stat(&self, name: &OsStr) -> io::Result<Stat> {
            let stat = rustix::fs::statat(&self.descriptor, name, AtFlags::empty())?;
            #[allow(
                clippy::cast_precision_loss,
                clippy::cast_lossless,
                reason = "times are shown with a few digits"
            )]
            let seconds = |seconds: i64, nanoseconds: u64| {
                (seconds as f64 + nanoseconds as f64 / 1e9).max(0.0)
            };
            let file_type = FileType::from_raw_mode(stat.st_mode);
            #[allow(
                clippy::useless_conversion,
                clippy::unnecessary_fallible_conversions,
                reason = "of other types on other processors"
            )]
            Ok(Stat {
                is_file: file_type == FileType::RegularFile,
                is_folder: file_type == FileType::Directory,
                size: u64::try_from(stat.st_size).unwrap_or(0),
                accessed: seconds(
                    stat.st_atime.into(),
                    stat.st_atime_nsec.try_into().unwrap_or(0),
                ),
                modified: seconds(
                    stat.st_mtime.into(),
                    stat.st_mtime_nsec.try_into().unwrap_or(0),
                ),
            })
        }

        /// Returns the text of a link.
        pub(crate) fn read_link(&self, name: &OsStr) -> io::Result<PathBuf> {
            let text = rustix::fs::readlinkat(&self.descriptor, name, Vec::new())?;
            Ok(OsString::from_vec(text.into_bytes()).into())
        }

        /// Reads the whole content of a regular file.
        pub(crate) fn read(&self, name: &OsStr) -> io::Result<Vec<u8>> {
            // A FIFO would block for ever.
            let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let descriptor = with_descriptor(|| {
                #[cfg(test)]
                check(Op::Open, &self.of(name))?;
                Ok(rustix::fs::openat(
                    &self.descriptor,
                    name,
                    flags,
                    Mode::empty(),
                )?)
            })?;
            read_file(File::from(descriptor))
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::super::{metadata, read, read_dir, read_link};
    use super::{Folder, FolderEntry, Kind, OsStr, Path, PathBuf, Stat, io};

    impl Folder {
        /// Opens a folder.
        pub(crate) fn open(path: &Path) -> io::Result<Self> {
            if !metadata(path)?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            Ok(Self {
                path: path.to_path_buf(),
            })
        }

        /// Opens a folder in this one.
        pub(crate) fn folder(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
            Self::open(&self.of(name.as_ref()))
        }

        /// Returns the names in the folder, in no order. To be called once.
        pub(crate) fn entries(&self) -> io::Result<Vec<FolderEntry>> {
            let entries = read_dir(&self.path)?.map(|entry| {
                let entry = entry?;
                let kind = entry.file_type()?;
                Ok(FolderEntry {
                    name: entry.file_name(),
                    kind: if kind.is_dir() {
                        Kind::Folder
                    } else if kind.is_symlink() {
                        Kind::Link
                    } else {
                        Kind::File
                    },
                })
            });
            entries.collect()
        }

        /// Returns the size and times of what a name, or a path that begins in this folder, leads to, over links.
        pub(crate) fn stat(&self, name: &OsStr) -> io::Result<Stat> {
            Ok(Stat::from(&metadata(self.of(name))?))
        }

        /// Returns the text of a link.
        pub(crate) fn read_link(&self, name: &OsStr) -> io::Result<PathBuf> {
            read_link(self.of(name))
        }

        /// Reads the whole content of a regular file.
        pub(crate) fn read(&self, name: &OsStr) -> io::Result<Vec<u8>> {
            read(&self.of(name))
        }
    }
}
