//! What is known about a file before its bytes arrive.

use hf_types::{Etag, RepoPath, Sha256, ValidationError};

use super::tree::TreeFile;

/// The largest size that is believed, 16 TiB. Sizes come from outside; what is allocated, added up and preallocated for one
/// must stay sane. The Hub's own limit is 500 GB.
pub(crate) const MAX_SIZE: u64 = 16 << 40;

/// A file of a commit: its path, and what its content must be.
#[derive(Debug, Clone)]
pub(crate) struct FileSpec {
    pub(crate) path: RepoPath,
    pub(crate) etag: Etag,
    /// Bytes of the content.
    pub(crate) size: Option<u64>,
    pub(crate) xet_hash: Option<Sha256>,
    /// The commit's file list says so, which is stronger than the headers of a response: mirrors invent ETags.
    pub(crate) listed: bool,
}

impl FileSpec {
    /// What the file list of a commit says.
    pub(crate) fn listed(path: RepoPath, file: &TreeFile) -> Result<Self, ValidationError> {
        Ok(Self {
            path,
            etag: file.etag()?,
            size: Some(checked_size(file.content_size())?),
            xet_hash: file.xet_hash.as_deref().and_then(|hash| hash.parse().ok()),
            listed: true,
        })
    }
}

/// Refuses a size that no file can have.
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

/// The sum of sizes; those from outside may add up to more than fits.
pub(crate) fn total_size(specs: &[FileSpec]) -> u64 {
    specs
        .iter()
        .filter_map(|spec| spec.size)
        .fold(0, u64::saturating_add)
}
