//! The results of calls that download, verify or describe files.

use std::fmt;
use std::path::PathBuf;

use hf_macros::Dataclass;

use crate::{CommitHash, Etag, Extra};

/// The metadata of a file: what the Hub's response to a `HEAD` request contains.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct HfFileMetadata {
    /// The commit that the file belongs to.
    pub commit_hash: Option<CommitHash>,
    /// The hash of the content: the SHA-256 of a large file, the SHA-1 of the git blob of any other.
    pub etag: Option<Etag>,
    /// The URL of its bytes.
    pub location: String,
    /// The size in bytes.
    pub size: Option<u64>,
    /// The location in Xet storage, if it is stored there.
    pub xet_file_data: Option<XetFileData>,
}

impl HfFileMetadata {
    /// Creates the metadata of a file whose bytes are at `location`; all else is unknown.
    pub fn new(location: impl Into<String>) -> Self {
        Self {
            commit_hash: None,
            etag: None,
            location: location.into(),
            size: None,
            xet_file_data: None,
        }
    }
}

/// The location of a file in Xet storage.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct XetFileData {
    /// The hash of the file in Xet storage.
    pub file_hash: String,
    /// The URL that issues tokens to read it.
    pub refresh_route: String,
}

impl XetFileData {
    /// Creates the data of a file with this Xet hash, whose read tokens are served at `refresh_route`.
    pub fn new(file_hash: impl Into<String>, refresh_route: impl Into<String>) -> Self {
        Self {
            file_hash: file_hash.into(),
            refresh_route: refresh_route.into(),
        }
    }
}

/// The URL of a CAS server of Xet storage, and a token for it.
#[derive(Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct XetConnectionInfo {
    /// The token. Not shown by `Debug`.
    pub access_token: String,
    /// The time at which the token expires, in seconds since the start of 1970.
    #[dataclass(wire = "exp")]
    pub expiration_unix_epoch: i64,
    /// The URL of the server.
    #[dataclass(wire = "casUrl")]
    pub endpoint: String,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl XetConnectionInfo {
    /// Creates the connection data of a CAS server.
    pub fn new(
        endpoint: impl Into<String>,
        access_token: impl Into<String>,
        expiration_unix_epoch: i64,
    ) -> Self {
        Self {
            access_token: access_token.into(),
            expiration_unix_epoch,
            endpoint: endpoint.into(),
            extra: Extra::default(),
        }
    }
}

impl fmt::Debug for XetConnectionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XetConnectionInfo")
            .field("access_token", &"[redacted]")
            .field("expiration_unix_epoch", &self.expiration_unix_epoch)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// The result of a dry run: whether a file would be downloaded, and to which path.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct DryRunFileInfo {
    /// The commit that the file belongs to.
    pub commit_hash: CommitHash,
    /// Size in bytes, if known.
    pub file_size: Option<u64>,
    /// The path in the repository.
    pub filename: String,
    /// The path that it has, or would have, after the download.
    pub local_path: PathBuf,
    /// Whether the file is present locally.
    pub is_cached: bool,
    /// Whether the file would be downloaded.
    pub will_download: bool,
}

impl DryRunFileInfo {
    /// Creates the plan for one file: not cached, to be downloaded, of unknown size.
    pub fn new(
        commit_hash: CommitHash,
        filename: impl Into<String>,
        local_path: impl Into<PathBuf>,
    ) -> Self {
        Self {
            commit_hash,
            file_size: None,
            filename: filename.into(),
            local_path: local_path.into(),
            is_cached: false,
            will_download: true,
        }
    }
}

/// The result of comparing local files with those of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct FolderVerification {
    /// The commit that the files were compared with.
    pub revision: String,
    /// The number of files that were compared.
    pub checked_count: u64,
    /// The files that differ.
    pub mismatches: Vec<Mismatch>,
    /// The paths of files that exist only in the repository.
    pub missing_paths: Vec<String>,
    /// The paths of files that exist only locally.
    pub extra_paths: Vec<String>,
    /// The folder that was checked.
    pub verified_path: PathBuf,
}

impl FolderVerification {
    /// Creates the result of a comparison of no files yet.
    pub fn new(revision: impl Into<String>, verified_path: impl Into<PathBuf>) -> Self {
        Self {
            revision: revision.into(),
            checked_count: 0,
            mismatches: Vec::new(),
            missing_paths: Vec::new(),
            extra_paths: Vec::new(),
            verified_path: verified_path.into(),
        }
    }

    /// Returns whether every file of the repository is present and unchanged.
    pub fn is_intact(&self) -> bool {
        self.mismatches.is_empty() && self.missing_paths.is_empty()
    }
}

/// A local file whose hash differs from that in the repository.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct Mismatch {
    /// The path in the repository.
    pub path: String,
    /// The hash it should have.
    pub expected: String,
    /// The hash it has.
    pub actual: String,
    /// `sha256` or `git-sha1`.
    pub algorithm: String,
}

impl Mismatch {
    /// Creates the report of a file that has the hash `actual` instead of `expected`.
    pub fn new(
        path: impl Into<String>,
        algorithm: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            expected: expected.into(),
            actual: actual.into(),
            algorithm: algorithm.into(),
        }
    }
}
