//! What a commit does: files added, deleted, copied.

mod add;
mod json;
mod path;
mod warnings;

use std::str::FromStr;

use hf_transport::{Error, Result};
use hf_types::{RepoId, RepoType, Revision, ValidationError};

pub use add::{CommitOperationAdd, UploadMode};
pub(crate) use path::{folder_prefix, normalize_path_in_repo, self_and_parents};
pub(crate) use warnings::overwriting_operations;

/// One change of a commit.
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
pub enum CommitOperation {
    /// Adds or replaces a file.
    Add(CommitOperationAdd),
    /// Deletes a file or folder.
    Delete(CommitOperationDelete),
    /// Copies a file that is on the Hub.
    Copy(CommitOperationCopy),
}

impl CommitOperation {
    /// The path that changes.
    pub fn path_in_repo(&self) -> &str {
        match self {
            Self::Add(op) => op.path_in_repo(),
            Self::Delete(op) => op.path_in_repo(),
            Self::Copy(op) => op.path_in_repo(),
        }
    }

    /// The operation, if it adds a file.
    pub fn as_add(&self) -> Option<&CommitOperationAdd> {
        match self {
            Self::Add(op) => Some(op),
            _ => None,
        }
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

/// Deletes a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOperationDelete {
    path_in_repo: String,
    is_folder: bool,
}

impl CommitOperationDelete {
    /// Deletes `path_in_repo`: a folder if it ends with `/`, else a file.
    pub fn new(path_in_repo: &str) -> Result<Self> {
        let path = normalize_path_in_repo(path_in_repo).map_err(invalid)?;
        Ok(Self {
            is_folder: path.ends_with('/'),
            path_in_repo: path.to_owned(),
        })
    }

    /// Deletes the file `path_in_repo`.
    pub fn file(path_in_repo: &str) -> Result<Self> {
        Self::new(path_in_repo).map(|op| op.is_folder(false))
    }

    /// Deletes the folder `path_in_repo` with all it holds.
    pub fn folder(path_in_repo: &str) -> Result<Self> {
        Self::new(path_in_repo).map(|op| op.is_folder(true))
    }

    /// Says whether the path is a folder, whatever it ends with.
    pub fn is_folder(mut self, is_folder: bool) -> Self {
        self.is_folder = is_folder;
        self
    }

    /// The path, with the slash it was given with.
    pub fn path_in_repo(&self) -> &str {
        &self.path_in_repo
    }

    /// Whether a folder is deleted.
    pub fn deletes_folder(&self) -> bool {
        self.is_folder
    }
}

/// Copies a file on the Hub, within the repository or from another one in the same storage region.
///
/// Large files are copied by the server; regular ones are downloaded and sent with the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOperationCopy {
    src_path_in_repo: String,
    path_in_repo: String,
    src_revision: Option<Revision>,
    src_repo: Option<(RepoId, RepoType)>,
}

impl CommitOperationCopy {
    /// Copies `src_path_in_repo` to `path_in_repo`, from the revision that is committed to.
    pub fn new(src_path_in_repo: &str, path_in_repo: &str) -> Result<Self> {
        Ok(Self {
            src_path_in_repo: normalize_path_in_repo(src_path_in_repo)
                .map_err(invalid)?
                .to_owned(),
            path_in_repo: normalize_path_in_repo(path_in_repo)
                .map_err(invalid)?
                .to_owned(),
            src_revision: None,
            src_repo: None,
        })
    }

    /// The revision to copy from (default: the one committed to; `main` of another repository).
    pub fn src_revision(mut self, revision: Revision) -> Self {
        self.src_revision = Some(revision);
        self
    }

    /// The repository to copy from, if it is another one.
    pub fn src_repo(mut self, repo_id: RepoId, repo_type: RepoType) -> Self {
        self.src_repo = Some((repo_id, repo_type));
        self
    }

    /// The path of the copy.
    pub fn path_in_repo(&self) -> &str {
        &self.path_in_repo
    }

    /// The path of the original.
    pub fn src_path_in_repo(&self) -> &str {
        &self.src_path_in_repo
    }

    /// Where the original is: repository (`None`: this one) and revision (`None`: the default).
    pub fn source(&self) -> (Option<&(RepoId, RepoType)>, Option<&Revision>) {
        (self.src_repo.as_ref(), self.src_revision.as_ref())
    }
}

/// A broken rule, as the error of a call.
pub(crate) fn invalid(error: ValidationError) -> Error {
    Error::validation(error.to_string()).with_source(error)
}

/// Parses one of the validated values.
pub(crate) fn parse<T: FromStr<Err = ValidationError>>(text: &str) -> Result<T> {
    text.parse().map_err(invalid)
}
