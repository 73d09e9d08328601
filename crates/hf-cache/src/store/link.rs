//! Links a snapshot file to its blob: with a relative symbolic link or, where those are not supported, a hard
//! link or a copy.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use hf_transport::{Durability, Error, ErrorKind, Result};

use super::disk::{io_error, link_text, sync_name, temp_path};
use super::fs::{self, Folder, Stat};
use super::spec::FileSpec;

/// Makes `pointer` show the content of `blob`, replacing whatever was there, in one step.
///
/// With `symlinks`, `target` is the (relative) text of the link. Without, a hard link is created; where the
/// file system does not support those either, the content is copied, which shares blocks on file systems that
/// can.
///
/// # Errors
/// Returns `Validation` if the file system ignores case and another file of the snapshot already has the
/// name, and `Io` otherwise.
pub(crate) fn link_content(
    blob: &Path,
    pointer: &Path,
    target: &Path,
    symlinks: bool,
    durability: Durability,
) -> Result<()> {
    let failed = |e| io_error("link into the snapshot", pointer, e);
    let made = if symlinks {
        fs::symlink(target, pointer)
    } else {
        match fs::hard_link(blob, pointer) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists && !is_there(pointer) => {
                copy(blob, pointer)
            }
            made => made,
        }
    };
    match made {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists || is_there(pointer) => {
            if symlinks && link_text(pointer).is_ok_and(|text| text.is_some_and(|t| t == target)) {
                return Ok(());
            }
            check_case(pointer)?;
            replace_with(pointer, |tmp| {
                if symlinks {
                    return fs::symlink(target, tmp);
                }
                fs::hard_link(blob, tmp).or_else(|_| fs::copy_content(blob, tmp).map(drop))
            })
        }
        made => made,
    }
    .and_then(|()| sync_name(pointer, durability))
    .map_err(failed)
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Copies to a name that did not exist. Two files whose names differ only in case may be copied at the same
/// time: the second must notice the first.
fn copy(blob: &Path, pointer: &Path) -> io::Result<()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let tmp = temp_path(pointer);
    let done = fs::copy_content(blob, &tmp).and_then(|_| {
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        if is_there(pointer) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(&tmp, pointer)
    });
    if done.is_err() {
        let _ = fs::remove_file(&tmp);
    }
    done
}

fn replace_with(pointer: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let tmp = temp_path(pointer);
    let done = make(&tmp).and_then(|()| fs::rename(&tmp, pointer));
    if done.is_err() {
        let _ = fs::remove_file(&tmp);
    }
    done
}

/// Refuses to write to `path` if a different file exists there: one whose name differs only in case, on a
/// disk where both are the same name.
///
/// # Errors
/// Returns `Validation` with both names.
pub(crate) fn check_case(path: &Path) -> Result<()> {
    let (Some(folder), Some(name), Some(other)) =
        (path.parent(), path.file_name(), other_file(path))
    else {
        return Ok(());
    };
    Err(differ_only_in_case(
        &name.to_string_lossy(),
        &other.to_string_lossy(),
        folder,
    ))
}

/// Returns the error for two names in `folder`, whose disk ignores case.
pub(crate) fn differ_only_in_case(name: &str, other: &str, folder: &Path) -> Error {
    Error::new(
        ErrorKind::Validation,
        format!(
            "`{name}` and `{other}` in `{}` differ only in case, which this disk does not distinguish",
            folder.display()
        ),
    )
    .with_hint(format!(
        "leave one of them out (`ignore_patterns`), remove `{other}`, or download to a disk that tells them apart"
    ))
}

/// Returns whether `path` shows a file of the size of `spec`, and not one whose name differs only in case.
pub(crate) fn is_file_of(path: &Path, spec: &FileSpec) -> bool {
    fs::metadata(path).is_ok_and(|meta| is_stat_of(&Stat::from(&meta), spec))
        && !(spec.may_collide && is_other_file(path))
}

/// The same for the path of `spec` in a folder.
pub(crate) fn is_file_in(folder: &Folder, spec: &FileSpec) -> bool {
    let path = spec.path.as_str();
    folder
        .stat(path.as_ref())
        .is_ok_and(|stat| is_stat_of(&stat, spec))
        && !(spec.may_collide && is_other_file(&folder.path().join(path)))
}

fn is_stat_of(stat: &Stat, spec: &FileSpec) -> bool {
    stat.is_file && spec.size.is_none_or(|size| stat.size == size)
}

/// Returns whether what is found at `path` is another file, whose name differs only in case.
pub(crate) fn is_other_file(path: &Path) -> bool {
    other_file(path).is_some()
}

fn other_file(path: &Path) -> Option<OsString> {
    if !is_there(path) || !fs::may_ignore_case(path) {
        return None;
    }
    let names = fs::read_dir(path.parent()?).ok()?.flatten();
    other_spelling(path.file_name()?, names.map(|e| e.file_name()))
}

/// Returns the entry of `names` that is `name` in another case, if `name` itself is not among them.
fn other_spelling(name: &OsStr, names: impl Iterator<Item = OsString>) -> Option<OsString> {
    let lower = name.to_string_lossy().to_lowercase();
    let mut other = None;
    for entry in names {
        if entry == name {
            return None;
        }
        if entry.to_string_lossy().to_lowercase() == lower {
            other = Some(entry);
        }
    }
    other
}

/// Returns whether links can be created in `cache_dir` and are followed there. Tested once per folder and
/// process.
///
/// `HF_HUB_DISABLE_SYMLINKS` takes precedence over the test.
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
    let target = temp_path(&cache_dir.join("probe"));
    if fs::create_new(&target).is_err() {
        // The test is inconclusive: the folder is not writable, or does not exist yet.
        return true;
    }
    let probe = temp_path(&target);
    let made =
        fs::symlink(Path::new(target.file_name().unwrap_or_default()), &probe).and_then(|()| {
            fs::metadata(&probe)
                .map(drop)
                .map_err(|_| io::ErrorKind::Unsupported.into())
        });
    for made in [&probe, &target] {
        let _ = fs::remove_file(made);
    }
    // A file could be written, so the error of the link is about links, whatever it says (FAT and exFAT
    // return `EPERM`, some FUSE file systems `EACCES` or `ENOSYS`).
    if let Err(error) = &made {
        tracing::warn!(
            cache_dir = %cache_dir.display(),
            %error,
            "this disk has no symbolic links; the files of snapshots will be hard links or copies"
        );
    }
    known.insert(cache_dir.to_path_buf(), made.is_ok());
    made.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs as std_fs;

    fn link(blob: &Path, pointer: &Path, symlinks: bool) -> Result<()> {
        link_content(
            blob,
            pointer,
            Path::new("blob"),
            symlinks,
            Durability::Relaxed,
        )
    }

    #[test]
    fn without_symlinks_the_content_gets_another_name() {
        let dir = tempfile::tempdir().unwrap();
        let (blob, pointer) = (dir.path().join("blob"), dir.path().join("pointer"));
        std_fs::write(&blob, "x").unwrap();
        std_fs::write(&pointer, "old").unwrap();
        link(&blob, &pointer, false).unwrap();
        assert_eq!(std_fs::read(&pointer).unwrap(), b"x");
        assert!(!fs::symlink_metadata(&pointer).unwrap().is_symlink());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        assert!(!symlinks_supported(dir.path(), true));
    }

    #[cfg(unix)]
    #[test]
    fn an_old_pointer_is_replaced_and_a_right_one_kept() {
        let dir = tempfile::tempdir().unwrap();
        let pointer = dir.path().join("p");
        fs::symlink(Path::new("other"), &pointer).unwrap();
        for _ in 0..2 {
            link(Path::new("unused"), &pointer, true).unwrap();
            assert_eq!(fs::read_link(&pointer).unwrap(), Path::new("blob"));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(symlinks_supported(dir.path(), false));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    mod hostile {
        use super::super::super::fs::faults::{Faults, Op};
        use super::*;
        use rustix::io::Errno;

        #[test]
        fn where_links_are_refused_they_are_known_to_be_missing_whatever_the_error() {
            for code in [
                Errno::PERM,
                Errno::ACCESS,
                Errno::NOSYS,
                Errno::OPNOTSUPP,
                Errno::ROFS,
            ] {
                let dir = tempfile::tempdir().unwrap();
                let _faults = Faults::below(dir.path()).fail(Op::Symlink, code);
                assert!(!symlinks_supported(dir.path(), false), "{code}");
                assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
            }
        }

        #[test]
        fn a_folder_that_cannot_be_written_says_nothing_about_links() {
            let dir = tempfile::tempdir().unwrap();
            let faults = Faults::below(dir.path()).fail(Op::Open, Errno::ACCESS);
            assert!(symlinks_supported(dir.path(), false));
            drop(faults);
            let _faults = Faults::below(dir.path()).fail(Op::Symlink, Errno::PERM);
            assert!(!symlinks_supported(dir.path(), false), "asked again");
        }

        #[test]
        fn without_hard_links_either_it_is_copied_whatever_the_error() {
            for code in [
                Errno::PERM,
                Errno::XDEV,
                Errno::MLINK,
                Errno::NOSYS,
                Errno::ACCESS,
            ] {
                for old in [false, true] {
                    let dir = tempfile::tempdir().unwrap();
                    let _faults = Faults::below(dir.path())
                        .fail(Op::HardLink, code)
                        .fail(Op::SetMode, Errno::PERM);
                    let (blob, name) = (dir.path().join("blob"), dir.path().join("name"));
                    std_fs::write(&blob, "x").unwrap();
                    if old {
                        std_fs::write(&name, "old").unwrap();
                    }
                    link(&blob, &name, false).unwrap();
                    std_fs::write(&blob, "changed").unwrap();
                    assert_eq!(std_fs::read(&name).unwrap(), b"x", "a content of its own");
                    assert!(link(&dir.path().join("none"), &name, false).is_err());
                    assert_eq!(std_fs::read(&name).unwrap(), b"x", "and it stays");
                    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
                }
            }
        }
    }

    #[test]
    fn another_spelling_is_found_only_where_the_name_itself_is_not() {
        let find = |name: &str, names: &[&str]| {
            other_spelling(name.as_ref(), names.iter().map(OsString::from))
        };
        assert_eq!(find("a.txt", &["b", "A.txt"]), Some("A.txt".into()));
        assert_eq!(find("É", &["é"]), Some("é".into()));
        assert_eq!(find("a", &["A", "a"]), None);
        assert_eq!(find("a", &["b"]), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_under_its_own_name_is_no_conflict() {
        let dir = tempfile::tempdir().unwrap();
        let _faults = super::super::fs::faults::Faults::below(dir.path()).ignoring_case();
        let blob = dir.path().join("blob");
        std_fs::write(&blob, "x").unwrap();
        for symlinks in [true, false] {
            let pointer = dir.path().join("README.md");
            link(&blob, &pointer, symlinks).unwrap();
            link(&blob, &pointer, symlinks).unwrap();
            check_case(&pointer).unwrap();
        }
        check_case(&dir.path().join("other")).unwrap();
    }
}
