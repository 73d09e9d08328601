//! The operations of a commit: adding, deleting and copying files.

mod json;
mod warnings;

use crate::content::Content;
use crate::operation::{CommitOperationAdd, CommitOperationCopy, CommitOperationDelete};
use crate::preuploaded::PreuploadedFile;

pub(crate) use warnings::overwriting_operations;

/// A change in a commit.
///
/// ```
/// use hf_commit::{CommitOperation, CommitOperationAdd, CommitOperationDelete};
/// let operations: Vec<CommitOperation> = vec![
///     CommitOperationAdd::from_bytes("config.json", "{}")?.into(),
///     CommitOperationDelete::new("old/")?.into(),
/// ];
/// assert_eq!(operations[1].path_in_repo(), "old/");
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum CommitOperation {
    /// Adds or replaces a file.
    Add(CommitOperationAdd),
    /// Adds or replaces a file that [`PreuploadLfsFiles`](crate::PreuploadLfsFiles) has prepared.
    Preuploaded(PreuploadedFile),
    /// Deletes a file or folder.
    Delete(CommitOperationDelete),
    /// Copies a file on the Hub.
    Copy(CommitOperationCopy),
}

impl CommitOperation {
    /// Returns the path that the operation changes.
    pub fn path_in_repo(&self) -> &str {
        match self {
            Self::Add(op) => op.path_in_repo(),
            Self::Preuploaded(file) => file.path_in_repo(),
            Self::Delete(op) => op.path_in_repo(),
            Self::Copy(op) => op.path_in_repo(),
        }
    }

    /// Returns the operation, if it is a [`CommitOperationAdd`].
    pub fn as_add(&self) -> Option<&CommitOperationAdd> {
        match self {
            Self::Add(op) => Some(op),
            _ => None,
        }
    }

    /// Returns the path and the size of the file, if the operation adds one.
    pub(crate) fn added(&self) -> Option<(&str, u64)> {
        match self {
            Self::Add(op) => Some((op.path_in_repo(), op.size())),
            Self::Preuploaded(file) => Some((file.path_in_repo(), file.size())),
            Self::Delete(_) | Self::Copy(_) => None,
        }
    }

    /// Returns the path and the bytes of the file, if the operation adds one whose bytes are available.
    pub(crate) fn readable(&self) -> Option<(&str, &Content)> {
        match self {
            Self::Add(op) => Some(op.readable()),
            Self::Preuploaded(file) => Some((file.path_in_repo(), file.content()?)),
            Self::Delete(_) | Self::Copy(_) => None,
        }
    }
}

impl From<PreuploadedFile> for CommitOperation {
    fn from(file: PreuploadedFile) -> Self {
        Self::Preuploaded(file)
    }
}

impl From<CommitOperationAdd> for CommitOperation {
    fn from(op: CommitOperationAdd) -> Self {
        Self::Add(op)
    }
}

impl From<CommitOperationDelete> for CommitOperation {
    fn from(op: CommitOperationDelete) -> Self {
        Self::Delete(op)
    }
}

impl From<CommitOperationCopy> for CommitOperation {
    fn from(op: CommitOperationCopy) -> Self {
        Self::Copy(op)
    }
}
