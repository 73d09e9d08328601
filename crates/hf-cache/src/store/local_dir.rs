//! Downloads into a user's folder: where the metadata of each file is kept, and its format.
//!
//! `<local_dir>/.cache/huggingface/download/<path>.metadata` holds the commit, the ETag and the time of a
//! download, so that the next download knows whether the file is current. The format and paths are those of
//! Python's client.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hf_transport::digest::Sha1Hasher;
use hf_transport::{Durability, Error, ErrorKind, Result};
use hf_types::{CommitHash, Etag, RepoPath};

use super::disk::{Root, io_error, mtime_seconds, unix_seconds, write_atomic};
use super::fs;
use super::layout::join_path;
use super::link::check_case;
use super::refs::tag_cache_dir;

/// Clocks of file systems are coarse: a file that is newer than its metadata by less than this is still the
/// file described by it.
const MTIME_SLACK_SECS: f64 = 1.0;
/// The maximum length of a file name in bytes.
const MAX_NAME: usize = 255;

/// The paths that belong to one file of a local folder.
#[derive(Debug, Clone)]
pub(crate) struct LocalFile {
    root: Root,
    pub(crate) file: PathBuf,
    pub(crate) metadata: PathBuf,
    pub(crate) lock: PathBuf,
}

/// The metadata of a downloaded file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LocalMetadata {
    pub(crate) commit: CommitHash,
    pub(crate) etag: Etag,
    pub(crate) timestamp: f64,
}

/// Returns the metadata folder: `<local_dir>/.cache/huggingface`.
pub(crate) fn huggingface_dir(local_dir: &Path) -> PathBuf {
    local_dir.join(".cache").join("huggingface")
}

/// Creates the metadata folder, with the files that exclude it from git and from backups.
pub(crate) fn prepare(root: &Root) -> Result<()> {
    let dir = huggingface_dir(root.path());
    root.create_parents(&dir.join("download").join("x"))?;
    tag_cache_dir(&dir);
    let ignore = dir.join(".gitignore");
    if !ignore.exists() {
        let _ = write_atomic(&ignore, b"*", Durability::default());
    }
    Ok(())
}

impl LocalFile {
    pub(crate) fn new(root: &Root, path: &RepoPath) -> Result<Self> {
        let local_dir = root.path();
        let mut segments = path.segments().map(str::to_ascii_lowercase);
        if segments.next().as_deref() == Some(".cache")
            && segments.next().as_deref() == Some("huggingface")
        {
            return Err(Error::new(
                ErrorKind::Validation,
                format!("`{path}` is reserved for the metadata of a local folder, so it cannot be downloaded into one"),
            )
            .with_hint("leave it out with `ignore_patterns`, or download into the cache"));
        }
        let download = huggingface_dir(local_dir).join("download");
        let beside = |ending: &str| {
            let mut path_below = join_path(download.clone(), path);
            let mut name = path_below
                .file_name()
                .map(ToOwned::to_owned)
                .unwrap_or_default();
            if name.len() + ending.len() > MAX_NAME {
                // Python's client fails for such a name, so there is nothing to be compatible with.
                name = digest_name(name.as_encoded_bytes()).into();
            }
            name.push(ending);
            path_below.set_file_name(name);
            path_below
        };
        Ok(Self {
            root: root.clone(),
            file: join_path(local_dir.to_path_buf(), path),
            metadata: beside(".metadata"),
            lock: beside(".lock"),
        })
    }

    /// Creates the folders of the file and of its metadata, by the rules of [`Root::create_parents`].
    ///
    /// # Errors
    /// Returns `Validation` if a folder leads out of the local folder, or if an existing file has the name in
    /// another case on a disk that ignores case; `Io` if there is a folder where the file should be.
    pub(crate) fn create_parents(&self) -> Result<()> {
        self.root.create_parents(&self.file)?;
        self.root.create_parents(&self.metadata)?;
        if fs::symlink_metadata(&self.file).is_ok_and(|m| m.is_dir()) {
            return Err(Error::new(
                ErrorKind::Io,
                format!(
                    "`{}` is a folder where a file is needed",
                    self.file.display()
                ),
            )
            .with_hint("remove or rename the folder, or download into another one"));
        }
        check_case(&self.file)
    }

    /// Returns the prefix of the names of partial downloads of this file.
    pub(crate) fn partial_stem(&self, etag: &Etag) -> PathBuf {
        let name = self
            .metadata
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let mut stem = digest_name(name.as_bytes());
        let _ = write!(stem, ".{etag}");
        self.metadata.with_file_name(stem)
    }

    /// Returns the metadata, if the file exists and has not been changed since.
    pub(crate) fn read_metadata(&self) -> Option<LocalMetadata> {
        let text = fs::read_to_string(&self.metadata).ok()?;
        let Some(metadata) = LocalMetadata::parse(&text) else {
            tracing::warn!(path = %self.metadata.display(), "removing a metadata file that cannot be read");
            let _ = fs::remove_file(&self.metadata);
            return None;
        };
        let meta = fs::metadata(&self.file)
            .ok()
            .filter(fs::Metadata::is_file)?;
        (mtime_seconds(&meta) - MTIME_SLACK_SECS <= metadata.timestamp).then_some(metadata)
    }

    pub(crate) fn write_metadata(&self, commit: &CommitHash, etag: &Etag) -> Result<()> {
        let now = unix_seconds(SystemTime::now());
        let metadata = LocalMetadata {
            commit: *commit,
            etag: etag.clone(),
            timestamp: now,
        };
        write_atomic(
            &self.metadata,
            metadata.to_text().as_bytes(),
            self.root.durability(),
        )
        .map_err(|e| io_error("write the metadata file", &self.metadata, e))
    }
}

impl LocalMetadata {
    /// Reads the text of a metadata file; `None` if it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        Some(Self {
            commit: lines.next()?.trim().parse().ok()?,
            etag: lines.next()?.trim().parse().ok()?,
            timestamp: lines.next()?.trim().parse().ok()?,
        })
    }

    /// Writes what [`parse`](Self::parse) reads.
    pub(crate) fn to_text(&self) -> String {
        format!("{}\n{}\n{:.6}\n", self.commit, self.etag, self.timestamp)
    }
}

/// Returns a name of 28 characters for any name, as Python's client makes them.
fn digest_name(name: &[u8]) -> String {
    URL_SAFE.encode(Sha1Hasher::digest(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn root(path: &Path) -> Root {
        Root::open(path, Durability::Relaxed)
    }

    #[test]
    fn places_and_notes_are_pythons() {
        let dir = tempfile::tempdir().unwrap();
        let local = LocalFile::new(&root(dir.path()), &"folder/file.txt".parse().unwrap()).unwrap();
        let relative = local.metadata.strip_prefix(dir.path()).unwrap();
        assert_eq!(
            relative,
            Path::new(".cache/huggingface/download/folder/file.txt.metadata")
        );
        assert!(local.lock.ends_with("download/folder/file.txt.lock"));
        let (commit, etag) = ("1".repeat(40).parse().unwrap(), "abc".parse().unwrap());
        // `base64.urlsafe_b64encode(sha1(b"file.txt.metadata").digest())`
        assert!(
            local.partial_stem(&etag).ends_with(PARTIAL_STEM),
            "{:?}",
            local.partial_stem(&etag)
        );
        prepare(&root(dir.path())).unwrap();
        local.create_parents().unwrap();
        fs::write(&local.file, "x").unwrap();
        local.write_metadata(&commit, &etag).unwrap();
        let metadata = local.read_metadata().unwrap();
        assert_eq!((metadata.commit, metadata.etag), (commit, etag));
        assert_eq!(
            fs::read(dir.path().join(".cache/huggingface/.gitignore")).unwrap(),
            b"*"
        );
    }

    const PARTIAL_STEM: &str = "-cBLXcT-p5K-naX2rfKJhBZ6mEc=.abc";

    #[test]
    fn a_changed_file_and_a_broken_note_say_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let local = LocalFile::new(&root(dir.path()), &"f".parse().unwrap()).unwrap();
        prepare(&root(dir.path())).unwrap();
        let old = format!("{}\nabc\n1000.5\n", "1".repeat(40));
        fs::write(&local.metadata, &old).unwrap();
        assert_eq!(local.read_metadata(), None);
        fs::write(&local.file, "changed later").unwrap();
        assert_eq!(local.read_metadata(), None);
        assert!(local.metadata.exists());
        fs::write(&local.metadata, "../main\nabc\n1\n").unwrap();
        assert_eq!(local.read_metadata(), None);
        assert!(!local.metadata.exists());
    }

    #[test]
    fn names_as_long_as_the_file_system_allows_have_notes() {
        for len in [240, 246, 247, 250, 251, 255] {
            let dir = tempfile::tempdir().unwrap();
            let path = format!("folder/{}", "n".repeat(len));
            let local = LocalFile::new(&root(dir.path()), &path.parse().unwrap()).unwrap();
            local.create_parents().unwrap();
            fs::write(&local.file, "x").unwrap();
            fs::write(&local.lock, "").unwrap();
            let etag = "e".repeat(64).parse().unwrap();
            local
                .write_metadata(&"1".repeat(40).parse().unwrap(), &etag)
                .unwrap();
            assert_eq!(local.read_metadata().unwrap().etag, etag);
            assert!(local.partial_stem(&etag).file_name().unwrap().len() < 220);
        }
    }

    #[test]
    fn a_folder_at_the_destination_is_an_error_before_anything_is_fetched() {
        let dir = tempfile::tempdir().unwrap();
        let local = LocalFile::new(&root(dir.path()), &"f".parse().unwrap()).unwrap();
        fs::create_dir(&local.file).unwrap();
        let err = local.create_parents().unwrap_err();
        assert!(
            err.to_string()
                .contains("is a folder where a file is needed"),
            "{err}"
        );
    }

    #[test]
    fn the_folder_of_the_notes_is_reserved() {
        for bad in [
            ".cache/huggingface/download/x.metadata",
            ".Cache/HuggingFace/.gitignore",
        ] {
            let err = LocalFile::new(&root(Path::new("/d")), &bad.parse().unwrap()).unwrap_err();
            assert_eq!(err.kind(), ErrorKind::Validation);
        }
        assert!(LocalFile::new(&root(Path::new("/d")), &".cache/other".parse().unwrap()).is_ok());
    }
}
