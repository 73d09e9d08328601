//! Small files of a cache: refs, `.no_exist` markers, and the tag for backup programs.

use std::io;
use std::path::Path;

use hf_transport::Durability;
use hf_types::{CommitHash, RepoPath, Revision};

use super::disk::write_atomic;
use super::fs::{self, OpenOptions};
use super::layout::RepoCacheDir;

/// The same text as Python's client writes, because either client may create the cache.
const CACHEDIR_TAG: &str = concat!(
    "Signature: 8a477f597d28d172789f06886806bc55\n",
    "# This file is a cache directory tag created by huggingface_hub.\n",
    "# For information about cache directory tags, see:\n",
    "#\thttps://bford.info/cachedir/\n",
);

/// Returns the commit that `revision` points to according to the cache: the revision itself, or the content
/// of its ref.
pub(crate) fn cached_commit(folder: &RepoCacheDir, revision: &Revision) -> Option<CommitHash> {
    revision
        .commit_hash()
        .or_else(|| read_ref(folder, revision))
}

pub(crate) fn read_ref(folder: &RepoCacheDir, revision: &Revision) -> Option<CommitHash> {
    let text = fs::read_to_string(&folder.reference(revision)).ok()?;
    let commit: CommitHash = text.trim().parse().ok()?;
    // A name that can move is not a commit, whoever wrote it there.
    (commit.is_hash() || commit.as_str() != revision.as_str()).then_some(commit)
}

/// Records that `revision` points to `commit`. Writes nothing if that is recorded already, so that a
/// read-only cache works.
pub(crate) fn write_ref(
    folder: &RepoCacheDir,
    revision: &Revision,
    commit: &CommitHash,
) -> io::Result<()> {
    if revision.as_str() == commit.as_str() || read_ref(folder, revision).as_ref() == Some(commit) {
        return Ok(());
    }
    if cfg!(windows) {
        revision
            .local_safe()
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
    }
    let path = folder.reference(revision);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    write_atomic(&path, commit.as_str().as_bytes(), folder.durability())
}

/// Records that a file does not exist at a commit, on a best-effort basis.
pub(crate) fn mark_no_exist(folder: &RepoCacheDir, commit: &CommitHash, file: &RepoPath) {
    let path = folder.no_exist(commit, file);
    let made = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::open(OpenOptions::new().create(true).append(true), &path));
    if let Err(e) = made {
        tracing::debug!(path = %path.display(), error = %e, "could not record that the file does not exist");
    }
}

/// Creates the cache folder and its tag, if they do not exist.
pub(crate) fn tag_cache_dir(cache_dir: &Path) {
    let path = cache_dir.join("CACHEDIR.TAG");
    if fs::symlink_metadata(&path).is_ok() {
        return;
    }
    if let Err(e) = write_atomic(&path, CACHEDIR_TAG.as_bytes(), Durability::default()) {
        tracing::debug!(path = %path.display(), error = %e, "could not write the cache tag");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hf_types::RepoType;

    #[test]
    fn refs_are_written_once_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let folder = RepoCacheDir::new(dir.path(), RepoType::Model, &"a/b".parse().unwrap());
        let (one, two): (CommitHash, CommitHash) = (
            "1".repeat(40).parse().unwrap(),
            "2".repeat(40).parse().unwrap(),
        );
        let pr: Revision = "refs/pr/1".parse().unwrap();
        assert_eq!(cached_commit(&folder, &pr), None);
        write_ref(&folder, &pr, &one).unwrap();
        write_ref(&folder, &pr, &two).unwrap();
        assert_eq!(cached_commit(&folder, &pr), Some(two));
        let pinned = Revision::from(one);
        write_ref(&folder, &pinned, &one).unwrap();
        assert!(!folder.reference(&pinned).exists());
        assert_eq!(cached_commit(&folder, &pinned), Some(one));
    }

    #[test]
    fn a_ref_that_is_no_commit_is_unknown() {
        let dir = tempfile::tempdir().unwrap();
        let folder = RepoCacheDir::new(dir.path(), RepoType::Model, &"a/b".parse().unwrap());
        fs::create_dir_all(folder.refs()).unwrap();
        for bad in ["", "../../../etc", "main", "a/b", ".."] {
            std::fs::write(folder.refs().join("main"), bad).unwrap();
            assert_eq!(cached_commit(&folder, &Revision::default()), None, "{bad}");
        }
    }
}
