//! Converts the parameters of a call to folders and names.

use std::path::{Path, PathBuf};

use hf_transport::{Client, Error, ErrorKind, Result};
use hf_types::{RepoId, RepoPath, RepoType};

use crate::store::disk::io_error;
use crate::store::layout::RepoCacheDir;
use crate::store::lock::blocking;
use crate::store::tree::valid_path;

pub(crate) fn absolute(folder: &Path) -> Result<PathBuf> {
    std::path::absolute(folder).map_err(|e| io_error("resolve the folder", folder, e))
}

/// Returns the cache folder: `requested`, or that of the client's configuration.
pub(crate) fn cache_dir(client: &Client, requested: Option<&Path>) -> Result<PathBuf> {
    absolute(requested.unwrap_or(&client.config().hub_cache))
}

/// Returns the folder of a repository in the cache, in the spelling of its id that exists on disk.
pub(crate) async fn repo_cache_dir(
    client: &Client,
    requested: Option<&Path>,
    repo_type: RepoType,
    repo_id: &RepoId,
) -> Result<RepoCacheDir> {
    let (cache_dir, repo_id) = (cache_dir(client, requested)?, repo_id.clone());
    let durability = client.config().durability;
    blocking(move || {
        Ok(RepoCacheDir::find(cache_dir, repo_type, &repo_id).with_durability(durability))
    })
    .await
}

/// Returns `subfolder/filename`, if that is a valid name for a local file.
pub(crate) fn repo_path(subfolder: Option<&str>, filename: &str) -> Result<RepoPath> {
    let joined = match subfolder {
        None | Some("") => filename.to_owned(),
        Some(folder) => format!("{}/{filename}", folder.trim_end_matches('/')),
    };
    valid_path(&joined).map_err(|e| {
        Error::new(ErrorKind::Validation, e.to_string())
            .with_hint("if the name came from a repository, ask its owner to rename the file")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_and_checked() {
        assert_eq!(repo_path(Some("a/b"), "c").unwrap(), *"a/b/c");
        assert_eq!(repo_path(Some(""), "c").unwrap(), *"c");
        for bad in ["../c", "/c", "a//b", "", "a/../../b"] {
            assert_eq!(
                repo_path(None, bad).unwrap_err().kind(),
                ErrorKind::Validation,
                "{bad}"
            );
        }
    }
}
