//! What downloads tell about a file, with the names of Python's dataclasses.

use std::path::PathBuf;

use hf_types::{CommitHash, Etag};
use serde::Serialize;

/// What the Hub says about one file, from [`get_hf_file_metadata`](crate::get_hf_file_metadata).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HfFileMetadata {
    /// The commit that the asked revision stands for.
    pub commit_hash: Option<CommitHash>,
    /// What names the content: the SHA-256 of LFS and Xet files, else the git blob's SHA-1.
    pub etag: Option<Etag>,
    /// Where the bytes are; another host for large files, then with a signature that ends.
    pub location: String,
    /// Bytes of the content, not of an LFS pointer.
    pub size: Option<u64>,
    /// Where to ask Xet for it, if it is stored there.
    pub xet_file_data: Option<XetFileData>,
}

/// How to get a file from Xet storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct XetFileData {
    /// The hash of the content in Xet.
    pub file_hash: String,
    /// The URL that gives a token for Xet.
    pub refresh_route: String,
}

/// What a download would do, from a call with `dry_run`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DryRunFileInfo {
    /// The commit of the file.
    pub commit_hash: CommitHash,
    /// Its size in bytes, if known.
    pub file_size: Option<u64>,
    /// Its path in the repo.
    pub filename: String,
    /// Where it is or would be.
    pub local_path: PathBuf,
    /// Whether its content is there already.
    pub is_cached: bool,
    /// Whether the call without `dry_run` would fetch it.
    pub will_download: bool,
}

/// What a single download gives: the file, or with `dry_run` what would be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Downloaded {
    /// The file is here.
    File(PathBuf),
    /// Nothing was done.
    DryRun(DryRunFileInfo),
}

impl Downloaded {
    /// The file, or where it would be.
    pub fn path(&self) -> &std::path::Path {
        match self {
            Self::File(path) => path,
            Self::DryRun(info) => &info.local_path,
        }
    }

    /// The file, or where it would be.
    pub fn into_path(self) -> PathBuf {
        match self {
            Self::File(path) => path,
            Self::DryRun(info) => info.local_path,
        }
    }
}

/// What a snapshot gives: its folder, or with `dry_run` what would be done for each file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snapshot {
    /// The folder is here, with all files that were asked for.
    Folder(PathBuf),
    /// Nothing was done.
    DryRun(Vec<DryRunFileInfo>),
}

impl Snapshot {
    /// The folder; `None` after a dry run.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match self {
            Self::Folder(path) => Some(path),
            Self::DryRun(_) => None,
        }
    }
}
