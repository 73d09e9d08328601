//! Information that the system provides about files, with assumptions where it provides none.

use std::fs::{File, Metadata, symlink_metadata};
use std::io;
use std::path::Path;

/// An identity that all names of a file share: its device and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FileId(u64, u64);

/// Returns whether a path and an open file are the same file.
pub(crate) fn is_same_file(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let (a, b) = (file.metadata()?, symlink_metadata(path)?);
        Ok((a.dev(), a.ino()) == (b.dev(), b.ino()))
    }
    #[cfg(windows)]
    {
        let FileId(open_device, open) = id_of(&winapi_util::file::information(file)?);
        let FileId(device, named) = id_of(&information(path)?);
        // Wine does not know the device of an open file that was renamed, and says 0.
        Ok(open == named && (open_device == device || open_device == 0))
    }
}

/// Returns the identity of the file at `path`, whose metadata is `meta`.
#[cfg_attr(
    unix,
    expect(clippy::unnecessary_wraps, reason = "one signature on all systems")
)]
pub(crate) fn file_id(path: &Path, meta: &Metadata) -> Option<FileId> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let _ = path;
        Some(FileId(meta.dev(), meta.ino()))
    }
    #[cfg(windows)]
    {
        let _ = meta;
        information(path).ok().as_ref().map(id_of)
    }
}

/// Returns whether the file at `path`, whose metadata is `meta`, has other names.
pub(crate) fn is_hard_linked(path: &Path, meta: &Metadata) -> bool {
    #[cfg(unix)]
    {
        let _ = path;
        std::os::unix::fs::MetadataExt::nlink(meta) > 1
    }
    #[cfg(windows)]
    {
        let _ = meta;
        information(path).is_ok_and(|file| file.number_of_links() > 1)
    }
}

/// Windows tells this of open files only.
#[cfg(windows)]
fn information(path: &Path) -> io::Result<winapi_util::file::Information> {
    winapi_util::file::information(winapi_util::Handle::from_path_any(path)?)
}

#[cfg(windows)]
fn id_of(file: &winapi_util::file::Information) -> FileId {
    FileId(file.volume_serial_number(), file.file_index())
}

/// Returns whether this user or the administrator owns the file. Only Unix tells; elsewhere nobody is
/// trusted.
pub(crate) fn is_own(meta: &Metadata) -> bool {
    #[cfg(unix)]
    {
        let owner = std::os::unix::fs::MetadataExt::uid(meta);
        owner == 0 || owner == rustix::process::geteuid().as_raw()
    }
    #[cfg(not(unix))]
    {
        let _ = meta;
        false
    }
}

/// Returns when the file, or the link itself, was last changed in any way. Users cannot set this time.
pub(crate) fn changed_at(meta: &Metadata) -> Option<std::time::SystemTime> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let seconds = u64::try_from(meta.ctime()).ok()?;
        let nanos = u32::try_from(meta.ctime_nsec()).ok()?;
        std::time::UNIX_EPOCH.checked_add(std::time::Duration::new(seconds, nanos))
    }
    #[cfg(not(unix))]
    {
        let _ = meta;
        None
    }
}

/// Returns how many files can be downloaded concurrently within the process's limit on file descriptors.
///
/// Each download takes three: a connection, the partial file and its lock. As many connections may be idle,
/// and the runtime, the standard streams, folders and the locks of the call take some more.
pub(crate) fn files_at_once() -> usize {
    #[cfg(unix)]
    {
        const RESERVED: u64 = 16;
        const PER_FILE: u64 = 4;
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        limit.map_or(usize::MAX, |limit| {
            let files = limit.saturating_sub(RESERVED) / PER_FILE;
            usize::try_from(files).unwrap_or(usize::MAX).max(1)
        })
    }
    #[cfg(not(unix))]
    usize::MAX
}

/// Returns how many bytes are free for this user at `path`, which need not exist; `None` if the system does
/// not say.
pub(crate) fn free_space(path: &Path) -> Option<u64> {
    #[cfg(unix)]
    return path
        .ancestors()
        .find_map(|p| rustix::fs::statvfs(p).ok())
        .map(|s| s.f_bavail.saturating_mul(s.f_frsize));
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Returns whether names that differ only in case may be the same file in the folder of `existing`, a path
/// that exists. If so, its name in another case exists as well. (File identities cannot decide this: FUSE
/// file systems give each spelling its own.)
pub(crate) fn may_ignore_case(existing: &Path) -> bool {
    #[cfg(all(test, target_os = "linux"))]
    if super::faults::ignores_case(existing) {
        return true;
    }
    let Some(name) = existing.file_name().and_then(|n| n.to_str()) else {
        return false;
    };
    let swapped: String = name.chars().map(swap_case).collect();
    swapped != name && symlink_metadata(existing.with_file_name(swapped)).is_ok()
}

fn swap_case(c: char) -> char {
    let mut upper = c.to_uppercase();
    let mut lower = c.to_lowercase();
    match (upper.next(), upper.next(), lower.next(), lower.next()) {
        (Some(upper), None, _, _) if upper != c => upper,
        (_, _, Some(lower), None) => lower,
        _ => c,
    }
}
