//! How a file of a snapshot points to its content: a relative symlink, or where there are none, a second name, or a copy.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use hf_transport::Result;

use super::disk::{io_error, replace, sibling};

/// Makes `pointer` show the content of `blob`, whatever was there before, in one step.
///
/// With `symlinks`, `target` is the (relative) text of the link. Without, the content gets a second name (a hard link);
/// where the file system has none either, it is copied, which shares the blocks on file systems that can.
pub(crate) fn point(blob: &Path, pointer: &Path, target: &Path, symlinks: bool) -> Result<()> {
    let made = if symlinks {
        match symlink(target, pointer) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                if fs::read_link(pointer).is_ok_and(|t| t == target) {
                    return Ok(());
                }
                over(pointer, |tmp| symlink(target, tmp))
            }
            other => other,
        }
    } else {
        over(pointer, |tmp| {
            second_name(blob, tmp, |blob, tmp| fs::hard_link(blob, tmp))
        })
    };
    made.map_err(|e| io_error("link into the snapshot", pointer, e))
}

/// A hard link, or where there are none (another file system, FAT, too many names), a copy, which the system makes without
/// copying blocks where it can (reflinks of btrfs and XFS, clones of APFS).
fn second_name(
    blob: &Path,
    name: &Path,
    hard_link: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    hard_link(blob, name).or_else(|_| fs::copy(blob, name).map(drop))
}

fn over(pointer: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let tmp = sibling(pointer, ".tmp");
    let done = make(&tmp).and_then(|()| replace(&tmp, pointer));
    if done.is_err() {
        let _ = fs::remove_file(&tmp);
    }
    done
}

#[cfg(unix)]
pub(crate) fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
pub(crate) fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    let native: PathBuf = target.components().collect();
    std::os::windows::fs::symlink_file(native, link)
}

#[cfg(not(any(unix, windows)))]
pub(crate) fn symlink(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether links can be made in `cache_dir` and are followed there, tried once per folder and process.
///
/// `HF_HUB_DISABLE_SYMLINKS` decides before it is tried.
pub(crate) fn symlinks_supported(cache_dir: &Path, disabled: bool) -> bool {
    static KNOWN: Mutex<Option<HashMap<PathBuf, bool>>> = Mutex::new(None);
    if disabled {
        return false;
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(&yes) = known.get(cache_dir) {
        return yes;
    }
    let target = sibling(&cache_dir.join(".symlink-probe"), ".tmp");
    let probe = sibling(&cache_dir.join(".symlink-probe"), ".tmp");
    let made = fs::write(&target, b"")
        .and_then(|()| symlink(Path::new(target.file_name().unwrap_or_default()), &probe))
        .and_then(|()| {
            fs::metadata(&probe)
                .map(drop)
                .map_err(|_| io::ErrorKind::Unsupported.into())
        });
    for made in [&probe, &target] {
        let _ = fs::remove_file(made);
    }
    let yes = match made {
        Ok(()) => true,
        // Nothing was learnt about links: the folder cannot be written at all, or is not there yet.
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::PermissionDenied
                    | io::ErrorKind::ReadOnlyFilesystem
                    | io::ErrorKind::NotFound
            ) && cfg!(unix) =>
        {
            return true;
        }
        Err(e) => {
            tracing::warn!(
                cache_dir = %cache_dir.display(),
                error = %e,
                "symbolic links cannot be made here; files get a second name or a copy instead"
            );
            false
        }
    };
    known.insert(cache_dir.to_path_buf(), yes);
    yes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_symlinks_the_content_gets_a_second_name() {
        let dir = tempfile::tempdir().unwrap();
        let (blob, pointer) = (dir.path().join("blob"), dir.path().join("pointer"));
        fs::write(&blob, "x").unwrap();
        fs::write(&pointer, "old").unwrap();
        point(&blob, &pointer, Path::new("blob"), false).unwrap();
        assert_eq!(fs::read(&pointer).unwrap(), b"x");
        assert!(!fs::symlink_metadata(&pointer).unwrap().is_symlink());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        assert!(!symlinks_supported(dir.path(), true));
    }

    #[test]
    fn without_hard_links_either_it_is_copied() {
        let dir = tempfile::tempdir().unwrap();
        let (blob, name) = (dir.path().join("blob"), dir.path().join("name"));
        fs::write(&blob, "x").unwrap();
        let refused = |_: &Path, _: &Path| Err(io::ErrorKind::CrossesDevices.into());
        second_name(&blob, &name, refused).unwrap();
        fs::write(&blob, "changed").unwrap();
        assert_eq!(fs::read(&name).unwrap(), b"x", "a content of its own");
        let err = second_name(&dir.path().join("none"), &name, refused).unwrap_err();
        assert_eq!(err.kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn an_old_pointer_is_replaced_and_a_right_one_kept() {
        let dir = tempfile::tempdir().unwrap();
        let pointer = dir.path().join("p");
        symlink(Path::new("other"), &pointer).unwrap();
        for _ in 0..2 {
            point(Path::new("unused"), &pointer, Path::new("blob"), true).unwrap();
            assert_eq!(fs::read_link(&pointer).unwrap(), Path::new("blob"));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(symlinks_supported(dir.path(), false));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
