//! The description of a file before its bytes arrive.

use hf_types::{Etag, RepoPath, Sha256, ValidationError};

use super::tree::TreeFile;

/// The largest file size that is accepted, 16 TiB. Sizes come from outside, and allocations and sums based on
/// them must stay sane. The Hub's own limit is 500 GB.
pub(crate) const MAX_SIZE: u64 = 16 << 40;

/// A file of a commit: its path, and the expected content.
#[derive(Debug, Clone)]
pub(crate) struct FileSpec {
    pub(crate) path: RepoPath,
    pub(crate) etag: Etag,
    /// The size of the content in bytes.
    pub(crate) size: Option<u64>,
    pub(crate) xet_hash: Option<Sha256>,
    /// Whether this comes from the commit's file list, which is more reliable than the headers of a response,
    /// because mirrors invent ETags.
    pub(crate) listed: bool,
    /// Whether the repository may have another path that differs from this one only in case. On a disk that ignores
    /// case, the file that is found under this path may then be the other one.
    pub(crate) may_collide: bool,
}

impl FileSpec {
    /// Creates the description of a file from the file list of a commit.
    pub(crate) fn listed(path: RepoPath, file: &TreeFile) -> Result<Self, ValidationError> {
        Ok(Self {
            path,
            etag: file.etag()?,
            size: file.content_size().map(checked_size).transpose()?,
            xet_hash: file.xet_hash.as_deref().and_then(|hash| hash.parse().ok()),
            listed: true,
            may_collide: false,
        })
    }
}

/// Rejects a size that no file can have.
pub(crate) fn checked_size(size: u64) -> Result<u64, ValidationError> {
    if size <= MAX_SIZE {
        return Ok(size);
    }
    Err(ValidationError::new(
        "file size",
        &size.to_string(),
        "files of more than 16 TiB do not exist on the Hub",
    ))
}

/// Returns the sum of the sizes; saturates, because sizes come from outside.
pub(crate) fn total_size(specs: &[FileSpec]) -> u64 {
    specs
        .iter()
        .filter_map(|spec| spec.size)
        .fold(0, u64::saturating_add)
}
