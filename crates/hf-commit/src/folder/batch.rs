//! The files of one commit.

use hf_types::CommitHash;

use crate::file::CommitFile;

/// The files of one commit.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) files: Vec<CommitFile>,
    /// The head of the branch before the first commit, if the Hub reported it.
    pub(super) head: Option<CommitHash>,
    /// Whether this is the last batch.
    pub(super) last: bool,
}
