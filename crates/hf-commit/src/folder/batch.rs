//! Files of one commit.

use hf_types::CommitHash;

use crate::file::CommitFile;

/// Files of one commit.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) files: Vec<CommitFile>,
    /// The head of the branch before the first commit, where the Hub reported it.
    pub(super) head: Option<CommitHash>,
    /// No other batch follows.
    pub(super) last: bool,
}
