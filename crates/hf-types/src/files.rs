//! Files and folders of a repository.

use hf_macros::Dataclass;
use serde_core::de::{Deserialize, Deserializer};
use serde_core::ser::{Serialize, Serializer};

use crate::{Extra, RepoPath, SecurityScan, Timestamp, ValidationError};

/// The Git LFS side of a file.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct BlobLfsInfo {
    /// Size of the file itself, in bytes.
    pub size: u64,
    /// SHA-256 of its bytes; 64 asterisks for a gated repo that one may not read.
    #[dataclass(wire = "oid", wire = "sha256")]
    pub sha256: String,
    /// Size of the pointer in git, in bytes.
    #[dataclass(default)]
    pub pointer_size: u64,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The commit that last touched a file or folder.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct LastCommitInfo {
    /// The hash.
    #[dataclass(wire = "id")]
    pub oid: String,
    /// The first line of the message.
    pub title: String,
    /// The time of creation.
    pub date: Timestamp,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The results of the Hub's security scanners for a file.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(computed(safe))]
#[non_exhaustive]
pub struct BlobSecurityInfo {
    /// `safe`, `unsafe`, `queued`, `unscanned`, `error`, ...
    pub status: String,
    /// The result of the antivirus scan.
    pub av_scan: Option<Box<SecurityScan>>,
    /// The result of the scan of pickle imports.
    pub pickle_import_scan: Option<Box<SecurityScan>>,
    /// The other members that the Hub sent: further scanners.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl BlobSecurityInfo {
    /// Returns whether the verdict is `safe`.
    pub fn safe(&self) -> bool {
        self.status == "safe"
    }
}

/// A file as part of a repository's information (`siblings`).
///
/// Only the name is always there; the rest comes with `files_metadata`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct RepoSibling {
    /// The path in the repository.
    pub rfilename: String,
    /// The size in bytes.
    pub size: Option<u64>,
    /// The id of its git blob.
    pub blob_id: Option<String>,
    /// The Git LFS object, if it is stored as one.
    pub lfs: Option<BlobLfsInfo>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A file of a repository's tree.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct RepoFile {
    /// The path in the repository.
    pub path: String,
    /// The size in bytes, that of the content for a file in Git LFS; `None` if the server does not send it.
    pub size: Option<u64>,
    /// The id of its git blob.
    #[dataclass(wire = "oid")]
    pub blob_id: String,
    /// The Git LFS object, if it is stored as one.
    pub lfs: Option<BlobLfsInfo>,
    /// Its hash in Xet storage, if it is there.
    pub xet_hash: Option<String>,
    /// The commit that last touched it; with `expand` only.
    pub last_commit: Option<Box<LastCommitInfo>>,
    /// The results of the security scanners; with `expand` only.
    #[dataclass(wire = "securityFileStatus")]
    pub security: Option<Box<BlobSecurityInfo>>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl RepoFile {
    /// Returns the path, checked: safe to join to a folder.
    pub fn repo_path(&self) -> Result<RepoPath, ValidationError> {
        self.path.parse()
    }
}

/// A folder of a repository's tree.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct RepoFolder {
    /// The path in the repository.
    pub path: String,
    /// Id of its git tree.
    #[dataclass(wire = "oid")]
    pub tree_id: String,
    /// The commit that last touched something in it; with `expand` only.
    pub last_commit: Option<Box<LastCommitInfo>>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// An entry of a repository's tree that is neither a file nor a folder, such as a submodule.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct RepoOtherEntry {
    /// The kind of entry, in the Hub's words: `submodule`, `unknown`, ...
    pub r#type: String,
    /// The path in the repository.
    pub path: String,
    /// The id of the git object.
    #[dataclass(wire = "oid", default)]
    pub tree_id: String,
    /// The commit that last touched it; with `expand` only.
    pub last_commit: Option<Box<LastCommitInfo>>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// An entry of a repository's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RepoTreeEntry {
    /// A file.
    File(RepoFile),
    /// A folder.
    Folder(RepoFolder),
    /// Something else, of which there is nothing to download.
    Other(RepoOtherEntry),
}

impl RepoTreeEntry {
    /// Returns the path in the repo.
    pub fn path(&self) -> &str {
        match self {
            Self::File(file) => &file.path,
            Self::Folder(folder) => &folder.path,
            Self::Other(other) => &other.path,
        }
    }

    /// Returns the file, if the entry is one.
    pub fn as_file(&self) -> Option<&RepoFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Folder(_) | Self::Other(_) => None,
        }
    }

    /// Returns the file, if the entry is one.
    pub fn into_file(self) -> Option<RepoFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Folder(_) | Self::Other(_) => None,
        }
    }

    /// Returns the folder, if the entry is one.
    pub fn as_folder(&self) -> Option<&RepoFolder> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::File(_) | Self::Other(_) => None,
        }
    }
}

impl Serialize for RepoTreeEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::File(file) => file.serialize(serializer),
            Self::Folder(folder) => folder.serialize(serializer),
            Self::Other(other) => other.serialize(serializer),
        }
    }
}

/// Both kinds of entries at once: what they are is only known when all members were read, and trees are long.
#[derive(Dataclass)]
struct AnyEntry {
    r#type: Option<String>,
    path: String,
    size: Option<u64>,
    oid: Option<String>,
    blob_id: Option<String>,
    tree_id: Option<String>,
    lfs: Option<BlobLfsInfo>,
    xet_hash: Option<String>,
    last_commit: Option<Box<LastCommitInfo>>,
    #[dataclass(wire = "securityFileStatus")]
    security: Option<Box<BlobSecurityInfo>>,
    #[dataclass(extra)]
    extra: Extra,
}

impl<'de> Deserialize<'de> for RepoTreeEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = AnyEntry::deserialize(deserializer)?;
        // Without a type it is what was written here: folders have the id of a tree, files that of a blob.
        let kind = entry.r#type.as_deref().unwrap_or_else(|| {
            if entry.tree_id.is_some() {
                "directory"
            } else {
                "file"
            }
        });
        Ok(match kind {
            "file" => Self::File(RepoFile {
                path: entry.path,
                size: entry.size,
                blob_id: entry.oid.or(entry.blob_id).unwrap_or_default(),
                lfs: entry.lfs,
                xet_hash: entry.xet_hash,
                last_commit: entry.last_commit,
                security: entry.security,
                extra: entry.extra,
            }),
            "directory" => Self::Folder(RepoFolder {
                path: entry.path,
                tree_id: entry.oid.or(entry.tree_id).unwrap_or_default(),
                last_commit: entry.last_commit,
                extra: entry.extra,
            }),
            other => Self::Other(RepoOtherEntry {
                r#type: other.to_owned(),
                path: entry.path,
                tree_id: entry.oid.or(entry.tree_id).unwrap_or_default(),
                last_commit: entry.last_commit,
                extra: entry.extra,
            }),
        })
    }
}

/// A file stored with Git LFS, as `list_lfs_files` finds it and `permanently_delete_lfs_files` takes it.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct LFSFileInfo {
    /// SHA-256 that identifies the file; what a deletion names.
    pub file_oid: String,
    /// A path it was seen under; there may be others.
    pub filename: String,
    /// Id of the LFS object.
    pub oid: String,
    /// When it was pushed.
    pub pushed_at: Option<Timestamp>,
    /// The git reference it was pushed to.
    pub r#ref: Option<String>,
    /// The size in bytes.
    pub size: Option<u64>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}
