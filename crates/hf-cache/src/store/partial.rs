//! Partial downloads, which are kept for the next attempt in any process.
//!
//! The file name of a partial download is `<stem>.<owner>.incomplete`; the stem ends in the ETag and the
//! owner is random. Only the owner writes to the file. Another process adopts it once the owner is gone:
//!
//! - where locks are reliable, the owner holds one on the file; the process that acquires it, and then
//!   succeeds in renaming the file to its own name, continues in the same file;
//! - elsewhere (NFS, Lustre, GPFS), a partial file that has not been written to for [`ABANDONED_AFTER`] is
//!   taken over by a rename (one process wins) and copied. Should the owner resume after all, it writes to a
//!   file that no longer has a name.
//!
//! A partial file that is no longer than the content is a prefix of it. While ranges arrive in parallel, the
//! file has the full size followed by a [`PieceMap`], so that it is a single file with one name at every
//! moment.

use std::ffi::OsString;
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hf_transport::Durability;

use super::disk::{rename_file, temp_path};
use super::fs::{self, File, OpenOptions, TryLockError};
use super::lock::locks_are_reliable;
use super::pieces::PieceMap;

/// Without reliable locks, a partial file counts as abandoned when it has not been written to for this long.
/// Stalled downloads end after seconds, so an active one is never this quiet.
const ABANDONED_AFTER: Duration = Duration::from_secs(600);

/// The number of digits of an owner. Python's partial files have 8, so they are never mistaken for ours.
const OWNER_LEN: usize = 16;
const ENDING: &str = ".incomplete";

/// The part of the content in a partial file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The first bytes, without a gap.
    Prefix(u64),
    /// Parts of a file of known size.
    Pieces(PieceMap),
}

impl Progress {
    /// Returns how many bytes exist.
    pub(crate) fn total(&self) -> u64 {
        match self {
            Self::Prefix(n) => *n,
            Self::Pieces(map) => map.total(),
        }
    }
}

/// A partial file that this process owns.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) file: Arc<File>,
    pub(crate) path: PathBuf,
}

impl Partial {
    /// Adopts a partial file that an earlier attempt left for `stem`, or creates one. `size` is that of the
    /// whole content, if known.
    pub(crate) fn open(
        stem: &Path,
        size: Option<u64>,
        resume: bool,
    ) -> io::Result<(Self, Progress)> {
        let folder = stem.parent().unwrap_or(Path::new("."));
        if resume {
            let reliable = locks_are_reliable(folder);
            for candidate in candidates(folder, stem)? {
                match adopt(&candidate, stem, size, reliable) {
                    Ok(Some(adopted)) => return Ok(adopted),
                    Ok(None) => {}
                    Err(e) => {
                        tracing::debug!(path = %candidate.display(), error = %e, "could not adopt a partial");
                    }
                }
            }
        }
        loop {
            let path = owned_name(stem);
            let file = fs::create_new(&path)?;
            // Before it is locked, another process may take it for an abandoned one; then it belongs to that
            // process and has another name. A file system without locks only means that nobody adopts the
            // file in place.
            let taken = matches!(fs::try_lock(&file), Err(TryLockError::WouldBlock));
            if !taken && fs::is_same_file(&file, &path).unwrap_or(false) {
                let file = Arc::new(file);
                return Ok((Self { file, path }, Progress::Prefix(0)));
            }
        }
    }

    /// Renames the file to its final name. Returns `false` if another process has taken it over in the
    /// meantime.
    pub(crate) fn publish(&self, destination: &Path, durability: Durability) -> io::Result<bool> {
        match rename_file(&self.file, &self.path, destination, durability) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Discards all bytes.
    pub(crate) fn discard(self) {
        // Emptied first: a process that already has it open must not adopt bytes that were found to be wrong.
        let _ = fs::set_len(&self.file, 0);
        let _ = fs::remove_file(&self.path);
    }
}

/// Returns a new name, owned by this process, for a partial file of `stem`.
pub(crate) fn owned_name(stem: &Path) -> PathBuf {
    let ending = format!(".{:016x}{ENDING}", fastrand::u64(..));
    let mut name = OsString::with_capacity(stem.as_os_str().len() + ending.len());
    name.push(stem);
    name.push(ending);
    name.into()
}

/// Returns whether a file name is that of one of our partial files, for any content.
pub(crate) fn is_owned_partial(name: &str) -> bool {
    name.strip_suffix(ENDING)
        .and_then(|rest| rest.rsplit_once('.'))
        .is_some_and(|(_, owner)| is_owner(owner))
}

fn is_owner(text: &str) -> bool {
    text.len() == OWNER_LEN && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns the partial files of `stem`, the longest first.
fn candidates(folder: &Path, stem: &Path) -> io::Result<Vec<PathBuf>> {
    let stem = stem.file_name().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let ours = name
            .to_str()
            .and_then(|n| {
                n.strip_prefix(&*stem)?
                    .strip_prefix('.')?
                    .strip_suffix(ENDING)
            })
            .is_some_and(is_owner);
        if ours && entry.file_type()?.is_file() {
            found.push((entry.metadata()?.len(), entry.path()));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn adopt(
    candidate: &Path,
    stem: &Path,
    size: Option<u64>,
    reliable: bool,
) -> io::Result<Option<(Partial, Progress)>> {
    let mut file = fs::open(OpenOptions::new().read(true).write(true), candidate)?;
    match fs::try_lock(&file) {
        Ok(()) => {}
        // Without locks no process can be kept out, so the file is copied below.
        Err(TryLockError::Error(_)) if !reliable => {}
        Err(_) => return Ok(None),
    }
    let path = owned_name(stem);
    if reliable {
        // If another process published or adopted the file between our open and our lock, it has renamed it,
        // and there is nothing left to rename.
        if fs::rename(candidate, &path).is_err() || !fs::is_same_file(&file, &path)? {
            return Ok(None);
        }
    } else {
        if !is_abandoned(&file, stem)? {
            return Ok(None);
        }
        let taken = owned_name(stem);
        if fs::rename(candidate, &taken).is_err() {
            return Ok(None);
        }
        let mut copy = fs::create_new(&path)?;
        let room =
            fs::free_space(stem).is_none_or(|free| free > file.metadata().map_or(0, |m| m.len()));
        let copied = if room {
            file.seek(SeekFrom::Start(0))
                .and_then(|_| io::copy(&mut file, &mut copy))
        } else {
            Err(io::ErrorKind::StorageFull.into())
        };
        fs::remove_file(&taken)?;
        if copied.is_err() {
            fs::set_len(&copy, 0)?;
        }
        file = copy;
    }
    let len = file.metadata()?.len();
    let progress = match size {
        Some(size) if len > size => PieceMap::read(&file, size)?.map(Progress::Pieces),
        _ => Some(Progress::Prefix(len)),
    };
    if progress.is_none() {
        fs::set_len(&file, 0)?;
    }
    let file = Arc::new(file);
    Ok(Some((
        Partial { file, path },
        progress.unwrap_or(Progress::Prefix(0)),
    )))
}

/// Returns whether `file` has not been written to for long, by the clock of the file system itself.
fn is_abandoned(file: &File, stem: &Path) -> io::Result<bool> {
    let probe = temp_path(stem);
    let now = fs::create_new(&probe).and_then(|file| file.metadata()?.modified());
    let _ = fs::remove_file(&probe);
    let quiet = now?
        .duration_since(file.metadata()?.modified()?)
        .unwrap_or_default();
    Ok(quiet >= ABANDONED_AFTER)
}

#[cfg(test)]
mod tests {
    use super::super::fs::write_all_at;
    use super::*;
    use std::fs;

    fn names(dir: &Path) -> Vec<String> {
        fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_dead_owners_partial_is_adopted_and_a_living_ones_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let stem = dir.path().join("etag");
        let (first, progress) = Partial::open(&stem, Some(10), true).unwrap();
        assert_eq!(progress, Progress::Prefix(0));
        write_all_at(&first.file, b"half", 0).unwrap();
        let (second, progress) = Partial::open(&stem, Some(10), true).unwrap();
        assert_eq!(progress, Progress::Prefix(0), "the first owner lives");
        assert_ne!(first.path, second.path);
        second.discard();
        let old = first.path.clone();
        drop(first);
        let (third, progress) = Partial::open(&stem, Some(10), true).unwrap();
        assert_eq!(progress, Progress::Prefix(4));
        assert!(!old.exists());
        assert_eq!(names(dir.path()).len(), 1);
        assert!(
            third
                .publish(&dir.path().join("done"), Durability::Relaxed)
                .unwrap()
        );
        assert_eq!(names(dir.path()), ["done"]);
        assert!(
            !third
                .publish(&dir.path().join("again"), Durability::Relaxed)
                .unwrap()
        );
    }

    #[test]
    fn other_partials_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "etag.0123abcd.incomplete",
            "etag2.0123456789abcdef.incomplete",
            "etag.incomplete",
        ] {
            fs::write(dir.path().join(name), "python's, or another content").unwrap();
        }
        let (partial, progress) = Partial::open(&dir.path().join("etag"), Some(100), true).unwrap();
        assert_eq!(progress, Progress::Prefix(0));
        partial.discard();
        assert_eq!(names(dir.path()).len(), 3);
        assert!(is_owned_partial("x.y.0123456789abcdef.incomplete"));
        assert!(!is_owned_partial("x.0123abcd.incomplete"));
    }

    #[test]
    fn without_reliable_locks_a_partial_is_taken_when_quiet_and_copied() {
        let dir = tempfile::tempdir().unwrap();
        let stem = dir.path().join("etag");
        let old = owned_name(&stem);
        fs::write(&old, "half").unwrap();
        assert!(
            adopt(&old, &stem, Some(10), false).unwrap().is_none(),
            "written just now"
        );
        let zombie = OpenOptions::new().write(true).open(&old).unwrap();
        zombie
            .set_modified(std::time::SystemTime::now() - 2 * ABANDONED_AFTER)
            .unwrap();
        let (partial, progress) = adopt(&old, &stem, Some(10), false).unwrap().unwrap();
        assert_eq!(progress, Progress::Prefix(4));
        write_all_at(&zombie, b"EVIL", 0).unwrap();
        assert_eq!(fs::read(&partial.path).unwrap(), b"half");
        // On other systems, a name disappears only when the last process that has the file open closes it.
        drop(zombie);
        assert_eq!(names(dir.path()).len(), 1);
    }

    #[test]
    fn a_partial_longer_than_the_file_without_a_map_starts_anew() {
        let dir = tempfile::tempdir().unwrap();
        let stem = dir.path().join("etag");
        fs::write(owned_name(&stem), "much too long").unwrap();
        let (partial, progress) = Partial::open(&stem, Some(4), true).unwrap();
        assert_eq!(progress, Progress::Prefix(0));
        assert_eq!(partial.file.metadata().unwrap().len(), 0);
    }
}
