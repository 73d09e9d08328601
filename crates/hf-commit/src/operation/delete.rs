//! The operation that deletes a file or folder.

use hf_transport::{Error, Result};

use super::invalid;
use super::path::{is_entry_path, normalize_existing_path};

/// Deletes a file or a folder.
///
/// An existing path may contain characters that a new one may not, such as a newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOperationDelete {
    path_in_repo: String,
    is_folder: bool,
}

impl CommitOperationDelete {
    /// Creates the deletion of `path_in_repo`: a folder if it ends with `/`, otherwise a file.
    ///
    /// # Errors
    /// Returns `Validation` if the path is not valid in a repository.
    pub fn new(path_in_repo: &str) -> Result<Self> {
        let path = normalize_existing_path(path_in_repo).map_err(invalid)?;
        Ok(Self {
            is_folder: path.ends_with('/'),
            path_in_repo: path.to_owned(),
        })
    }

    /// Creates the deletion of the file `path_in_repo`.
    ///
    /// # Errors
    /// The same as [`new`](Self::new).
    pub fn file(path_in_repo: &str) -> Result<Self> {
        Self::new(path_in_repo).map(|op| op.is_folder(false))
    }

    /// Creates the deletion of the folder `path_in_repo` and everything in it.
    ///
    /// # Errors
    /// The same as [`new`](Self::new).
    pub fn folder(path_in_repo: &str) -> Result<Self> {
        Self::new(path_in_repo).map(|op| op.is_folder(true))
    }

    /// Creates the deletion of a file that the Hub has listed, whatever its name.
    pub(crate) fn listed(path_in_repo: String) -> Result<Self> {
        if !is_entry_path(&path_in_repo) {
            return Err(Error::decode(format!(
                "the Hub lists a file with the impossible path {path_in_repo:?}"
            )));
        }
        Ok(Self {
            path_in_repo,
            is_folder: false,
        })
    }

    /// Sets whether the path is a folder, regardless of a trailing slash.
    pub fn is_folder(mut self, is_folder: bool) -> Self {
        self.is_folder = is_folder;
        self
    }

    /// Returns the path, including a trailing slash if it was given with one.
    pub fn path_in_repo(&self) -> &str {
        &self.path_in_repo
    }

    /// Returns whether a folder is deleted.
    pub fn deletes_folder(&self) -> bool {
        self.is_folder
    }
}
