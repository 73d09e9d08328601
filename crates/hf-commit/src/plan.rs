//! A commit that is ready to be sent: all storage modes are decided, and all large files are stored.

use std::sync::Arc;

use bytes::Bytes;
use hf_transport::Result;
use hf_types::Sha256;

use crate::blocking::blocking;
use crate::file::CommitFile;
use crate::hash::git_blob;
use crate::lost_commit::{Wanted, WantedPaths};
use crate::operation::CommitOperationDelete;

/// One line of a commit.
#[derive(Debug, Clone)]
pub(crate) enum PlannedOperation {
    File(CommitFile),
    Delete(CommitOperationDelete),
    /// A copy of a regular file, whose bytes are part of the commit.
    CopyRegular {
        path_in_repo: Arc<str>,
        content: Bytes,
    },
    /// A copy of a file in storage, which the server identifies by its hash.
    CopyLfs {
        path_in_repo: Arc<str>,
        oid: Sha256,
    },
}

impl PlannedOperation {
    pub(crate) fn path_in_repo(&self) -> &str {
        match self {
            Self::File(file) => file.path_in_repo(),
            Self::Delete(op) => op.path_in_repo(),
            Self::CopyRegular { path_in_repo, .. } | Self::CopyLfs { path_in_repo, .. } => {
                path_in_repo
            }
        }
    }

    pub(crate) fn as_file(&self) -> Option<&CommitFile> {
        match self {
            Self::File(file) => Some(file),
            _ => None,
        }
    }
}

/// The operations of one commit, in order, shared with the body that is being sent.
pub(crate) type CommitPlan = Arc<[PlannedOperation]>;

/// Returns the content that the paths in `plan` have after the commit. A later operation on the same path
/// wins.
pub(crate) async fn wanted_paths(plan: &CommitPlan) -> Result<WantedPaths> {
    let plan = Arc::clone(plan);
    blocking(move || {
        let mut wanted = WantedPaths::with_capacity(plan.len());
        for operation in plan.iter() {
            let after = match operation {
                PlannedOperation::File(CommitFile::Regular(file)) => Wanted::Blob(file.git_sha1()?),
                PlannedOperation::File(CommitFile::Stored(file)) => Wanted::Object(file.sha256),
                PlannedOperation::Delete(_) => Wanted::Gone,
                PlannedOperation::CopyRegular { content, .. } => Wanted::Blob(git_blob(content)),
                PlannedOperation::CopyLfs { oid, .. } => Wanted::Object(*oid),
            };
            wanted.insert(operation.path_in_repo().to_owned(), after);
        }
        Ok(wanted)
    })
    .await
}
