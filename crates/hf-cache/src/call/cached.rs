//! What is known without the network.

use std::path::{Path, PathBuf};

use hf_transport::{Error, ErrorKind, Result};
use hf_types::{CommitHash, RepoId, RepoPath, RepoType, Revision};

use crate::store::layout::RepoCacheDir;
use crate::store::local_dir::huggingface_dir;
use crate::store::refs::{cached_commit, read_ref};
use crate::store::tree::read_tree;

/// What the cache knows of a file, from [`try_to_load_from_cache`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CachedFile {
    /// It is here.
    Found(PathBuf),
    /// It does not exist in the repository at this revision, and that is known.
    KnownMissing,
    /// Nothing is known.
    Unknown,
}

impl CachedFile {
    /// The file, if it is here.
    pub fn into_path(self) -> Option<PathBuf> {
        match self {
            Self::Found(path) => Some(path),
            Self::KnownMissing | Self::Unknown => None,
        }
    }
}

/// Looks for a file in the cache. No request, no error: what cannot be read is not there.
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
    let folder = RepoCacheDir::new(cache_dir.as_ref(), repo_type, repo_id);
    // A branch may be named like a commit: its ref goes first, as in Python.
    let Some(commit) = read_ref(&folder, revision).or_else(|| cached_commit(&folder, revision))
    else {
        return CachedFile::Unknown;
    };
    if folder.no_exist(&commit, filename).is_file() {
        return CachedFile::KnownMissing;
    }
    let pointer = folder.pointer(&commit, filename);
    if pointer.is_file() {
        CachedFile::Found(pointer)
    } else {
        CachedFile::Unknown
    }
}

/// One file of a kept file list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CachedTreeFile {
    /// Its path in the repository, as the Hub sent it.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The id of its git blob.
    pub blob_id: String,
    /// The SHA-256 of its content, if it is in LFS or Xet.
    pub lfs_sha256: Option<String>,
    /// The hash of its content in Xet, if it is there.
    pub xet_hash: Option<String>,
}

/// The file list of a revision as an earlier snapshot kept it: the commit and its files. No request.
///
/// With `local_dir`, the list that a snapshot into that folder kept.
///
/// # Errors
/// `LocalEntryNotFound` if there is none.
pub fn get_cached_repo_tree(
    cache_dir: impl AsRef<Path>,
    repo_type: RepoType,
    repo_id: &RepoId,
    revision: &Revision,
    local_dir: Option<&Path>,
) -> Result<(CommitHash, Vec<CachedTreeFile>)> {
    let folder = RepoCacheDir::new(cache_dir.as_ref(), repo_type, repo_id);
    let notes = local_dir.map_or_else(|| folder.path().to_path_buf(), huggingface_dir);
    let listed = cached_commit(&folder, revision).and_then(|c| Some((c, read_tree(&notes, &c)?)));
    let Some((commit, tree)) = listed else {
        return Err(Error::new(
            ErrorKind::LocalEntryNotFound,
            format!(
                "no file list of {repo_type} `{repo_id}` at `{revision}` is kept in `{}`",
                notes.display()
            ),
        )
        .with_hint("download a snapshot of it first"));
    };
    let files = tree.files.into_iter().map(|(path, file)| CachedTreeFile {
        path: path.into(),
        size: file.size,
        blob_id: file.blob_id.into(),
        lfs_sha256: file.lfs_sha256.map(Into::into),
        xet_hash: file.xet_hash.map(Into::into),
    });
    Ok((commit, files.collect()))
}
