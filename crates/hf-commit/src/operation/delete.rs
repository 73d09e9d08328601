//! A file or folder to be deleted.

use hf_transport::{Error, Result};

use super::invalid;
use super::path::{is_entry_path, normalize_existing_path};

/// Deletes a file or a folder.
///
/// A path that exists may hold characters that no new one may, such as a newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOperationDelete {
    path_in_repo: String,
    is_folder: bool,
}

impl CommitOperationDelete {
    /// Deletes `path_in_repo`: a folder if it ends with `/`, else a file.
    ///
    /// # Errors
    /// `Validation` if the path cannot name an entry of a repository.
    pub fn new(path_in_repo: &str) -> Result<Self> {
        let path = normalize_existing_path(path_in_repo).map_err(invalid)?;
        Ok(Self {
            is_folder: path.ends_with('/'),
            path_in_repo: path.to_owned(),
        })
    }

    /// Deletes the file `path_in_repo`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn file(path_in_repo: &str) -> Result<Self> {
        Self::new(path_in_repo).map(|op| op.is_folder(false))
    }

    /// Deletes the folder `path_in_repo` with all that it holds.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn folder(path_in_repo: &str) -> Result<Self> {
        Self::new(path_in_repo).map(|op| op.is_folder(true))
    }

    /// Deletes a file that the Hub has listed, whatever its name.
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

    /// Sets whether the path is a folder, whatever it ends with.
    pub fn is_folder(mut self, is_folder: bool) -> Self {
        self.is_folder = is_folder;
        self
    }

    /// Returns the path, with the slash that it was given with.
    pub fn path_in_repo(&self) -> &str {
        &self.path_in_repo
    }

    /// Returns whether a folder is deleted.
    pub fn deletes_folder(&self) -> bool {
        self.is_folder
    }
}
