//! What the system tells of files, and what is assumed where it does not tell.

use std::fs::{File, Metadata, symlink_metadata};
use std::io;
use std::path::Path;

/// Whether a path and an open file are the same file. Where the system does not tell, they are taken to be.
#[cfg_attr(
    not(unix),
    expect(clippy::unnecessary_wraps, reason = "one signature on all systems")
)]
pub(crate) fn is_same_file(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let (a, b) = (file.metadata()?, symlink_metadata(path)?);
        Ok((a.dev(), a.ino()) == (b.dev(), b.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (file, path);
        Ok(true)
    }
}

/// The same for all names of a file. Elsewhere than on Unix the system does not tell: two contents of one size that were
/// written in the same instant would be taken for each other.
#[cfg(unix)]
pub(crate) type FileId = (u64, u64);
#[cfg(not(unix))]
pub(crate) type FileId = (u64, Option<std::time::SystemTime>);

pub(crate) fn file_id(meta: &Metadata) -> FileId {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        (meta.dev(), meta.ino())
    }
    #[cfg(not(unix))]
    {
        (meta.len(), meta.modified().ok())
    }
}

/// Whether the file has further names. Elsewhere than on Unix the system does not tell.
pub(crate) fn is_hard_linked(meta: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::nlink(meta) > 1;
    #[cfg(not(unix))]
    {
        let _ = meta;
        false
    }
}

/// Whether this user owns what `meta` tells of, or the administrator does. Elsewhere than on Unix the system does not
/// tell, and nobody is trusted.
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

/// When the file, or the link itself, was last changed in any way; nobody can set it.
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

/// How many files can be downloaded at once with the file descriptors that this process may have.
///
/// Each takes three: a connection, the partial and its lock. As many connections may be idle, and the runtime, the standard
/// streams, folders and the locks of the call take some more.
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

/// Bytes free for this user where `path` is or will be; `None` if the system does not say.
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

/// Whether names that differ only in case may be the same file in the folder of `existing`, a path that is there: then its
/// name in another case is there, too. (Whether both are one file the numbers of files do not tell: FUSE file systems give
/// each spelling its own.)
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
