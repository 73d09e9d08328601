//! What downloads give.

use std::path::PathBuf;

use hf_types::DryRunFileInfo;

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
