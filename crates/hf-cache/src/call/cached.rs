//! Lookups in the cache that make no request.

use std::path::{Path, PathBuf};

use hf_transport::{Error, ErrorKind, Result};
use hf_types::{CommitHash, RepoId, RepoPath, RepoType, Revision};

use crate::store::layout::RepoCacheDir;
use crate::store::link::is_other_file;
use crate::store::local_dir::huggingface_dir;
use crate::store::refs::{cached_commit, read_ref};
use crate::store::tree::read_tree;

/// The state of a file in the cache; returned by [`try_to_load_from_cache`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CachedFile {
    /// The file is cached at this path.
    Found(PathBuf),
    /// The file is known not to exist in the repository at this revision.
    KnownMissing,
    /// The cache has no information about the file.
    Unknown,
}

impl CachedFile {
    /// Returns the path of the file, if it is cached.
    pub fn into_path(self) -> Option<PathBuf> {
        match self {
            Self::Found(path) => Some(path),
            Self::KnownMissing | Self::Unknown => None,
        }
    }
}

/// Returns whether a file is in the cache, and where.
///
/// Makes no request and never fails: a file that cannot be read counts as absent.
///
/// ```
/// use hf_cache::{CachedFile, try_to_load_from_cache};
/// use hf_types::{RepoType, Revision};
/// # let dir = tempfile::tempdir()?;
/// let found = try_to_load_from_cache(
///     dir.path(),
///     RepoType::Model,
///     &"openai-community/gpt2".parse()?,
///     &Revision::default(),
///     &"config.json".parse()?,
/// );
/// assert_eq!(found, CachedFile::Unknown);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn try_to_load_from_cache(
    cache_dir: impl AsRef<Path>,
    repo_type: RepoType,
    repo_id: &RepoId,
    revision: &Revision,
    filename: &RepoPath,
) -> CachedFile {
    let folder = RepoCacheDir::find(cache_dir.as_ref(), repo_type, repo_id);
    // A branch may be named like a commit. As in Python, its ref takes precedence.
    let Some(commit) = read_ref(&folder, revision).or_else(|| cached_commit(&folder, revision))
    else {
        return CachedFile::Unknown;
    };
    if folder.no_exist(&commit, filename).is_file() {
        return CachedFile::KnownMissing;
    }
    let pointer = folder.pointer(&commit, filename);
    if pointer.is_file() && !is_other_file(&pointer) {
        CachedFile::Found(pointer)
    } else {
        CachedFile::Unknown
    }
}

/// A file in a cached file list; returned by [`get_cached_repo_tree`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CachedTreeFile {
    /// The path in the repository, as the Hub sent it.
    pub path: String,
    /// The size in bytes. For an LFS file, this is the size of the pointer.
    pub size: u64,
    /// The id of the git blob.
    pub blob_id: String,
    /// The SHA-256 of the content, for files in LFS or Xet storage.
    pub lfs_sha256: Option<String>,
    /// The hash of the content in Xet storage, if the file is stored there.
    pub xet_hash: Option<String>,
}

/// Returns the commit of a revision and its files, from the file list that an earlier snapshot left in the
/// cache. Makes no request.
///
/// With `local_dir`, uses the list of a snapshot that was downloaded into that folder.
///
/// # Errors
/// Returns `LocalEntryNotFound` if no list is cached.
pub fn get_cached_repo_tree(
    cache_dir: impl AsRef<Path>,
    repo_type: RepoType,
    repo_id: &RepoId,
    revision: &Revision,
    local_dir: Option<&Path>,
) -> Result<(CommitHash, Vec<CachedTreeFile>)> {
    let folder = RepoCacheDir::find(cache_dir.as_ref(), repo_type, repo_id);
    let metadata_dir = local_dir.map_or_else(|| folder.path().to_path_buf(), huggingface_dir);
    let listed =
        cached_commit(&folder, revision).and_then(|c| Some((c, read_tree(&metadata_dir, &c)?)));
    let Some((commit, tree)) = listed else {
        return Err(Error::new(
            ErrorKind::LocalEntryNotFound,
            format!(
                "no file list of {repo_type} `{repo_id}` at `{revision}` is cached in `{}`",
                metadata_dir.display()
            ),
        )
        .with_hint("download a snapshot of it first"));
    };
    let files = tree.files.into_iter().map(|(path, file)| CachedTreeFile {
        path: path.into(),
        size: file.size.unwrap_or_default(),
        blob_id: file.blob_id.into(),
        lfs_sha256: file.lfs_sha256.map(Into::into),
        xet_hash: file.xet_hash.map(Into::into),
    });
    Ok((commit, files.collect()))
}
