//! Plans that synchronize a folder and a bucket.

use hf_macros::Dataclass;

use crate::BucketFile;

/// A plan to synchronize a folder and a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct SyncPlan {
    /// The source: a folder or an `hf://buckets/...` URI.
    pub source: String,
    /// The destination.
    pub dest: String,
    /// When the plan was made, in ISO-8601.
    pub timestamp: String,
    /// The operations, one per file.
    #[dataclass(default)]
    pub operations: Vec<SyncOperation>,
}

impl SyncPlan {
    /// Creates a plan with these operations; `timestamp` is in ISO 8601.
    pub fn new(
        source: impl Into<String>,
        dest: impl Into<String>,
        timestamp: impl Into<String>,
        operations: Vec<SyncOperation>,
    ) -> Self {
        Self {
            source: source.into(),
            dest: dest.into(),
            timestamp: timestamp.into(),
            operations,
        }
    }

    /// Counts the files of the plan by action, and the bytes to move.
    pub fn summary(&self) -> SyncSummary {
        let mut summary = SyncSummary::default();
        for operation in &self.operations {
            let moved = match operation.action {
                SyncAction::Upload => &mut summary.uploads,
                SyncAction::Download => &mut summary.downloads,
                SyncAction::Delete => &mut summary.deletes,
                SyncAction::Skip => &mut summary.skips,
                SyncAction::Other(_) => continue,
            };
            *moved += 1;
            if matches!(operation.action, SyncAction::Upload | SyncAction::Download) {
                summary.total_size += operation.size.unwrap_or(0);
            }
        }
        summary
    }
}

/// The counts of a [`SyncPlan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct SyncSummary {
    /// The number of files to upload.
    pub uploads: u64,
    /// The number of files to download.
    pub downloads: u64,
    /// The number of files to delete.
    pub deletes: u64,
    /// The number of files left as they are.
    pub skips: u64,
    /// The number of bytes to transfer.
    pub total_size: u64,
}

/// The operation on one file in a [`SyncPlan`].
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct SyncOperation {
    /// The action.
    pub action: SyncAction,
    /// The path of the file, relative to source and destination.
    pub path: String,
    /// The size in bytes.
    pub size: Option<u64>,
    /// The reason.
    #[dataclass(default)]
    pub reason: String,
    /// When the local file was last changed.
    pub local_mtime: Option<String>,
    /// When the file in the bucket was last changed.
    pub remote_mtime: Option<String>,
    /// The file in the bucket, if it is downloaded.
    pub bucket_file: Option<Box<BucketFile>>,
}

impl SyncOperation {
    /// Creates an operation on the file at `path`; its size and times are unknown.
    pub fn new(action: SyncAction, path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            action,
            path: path.into(),
            size: None,
            reason: reason.into(),
            local_mtime: None,
            remote_mtime: None,
            bucket_file: None,
        }
    }
}

open_enum! {
    /// The action of a [`SyncOperation`].
    pub enum SyncAction {
        /// Uploads the file to the bucket.
        Upload = "upload",
        /// Downloads the file from the bucket.
        Download = "download",
        /// Deletes the file at the destination.
        Delete = "delete",
        /// Leaves the file as it is.
        Skip = "skip",
    }
}
