//! What both kinds of downloads do with their parameters.

use std::path::{Path, PathBuf};

use hf_transport::{Client, Error, ErrorKind, Result};
use hf_types::RepoPath;

/// The folder to use, absolute: what was asked for, or the one of the client's configuration.
pub(crate) fn absolute(folder: &Path) -> Result<PathBuf> {
    std::path::absolute(folder)
        .map_err(|e| crate::store::disk::io_error("resolve the folder", folder, e))
}

pub(crate) fn cache_dir(client: &Client, asked: Option<&Path>) -> Result<PathBuf> {
    absolute(asked.unwrap_or(&client.config().hub_cache))
}

/// `subfolder/filename` as a path that may name a local file.
pub(crate) fn repo_path(subfolder: Option<&str>, filename: &str) -> Result<RepoPath> {
    let joined = match subfolder {
        None | Some("") => filename.to_owned(),
        Some(folder) => format!("{}/{filename}", folder.trim_end_matches('/')),
    };
    crate::store::tree::valid_path(&joined).map_err(|e| {
        Error::new(ErrorKind::Validation, e.to_string())
            .with_hint("if it came from a repository, ask its owner to rename the file")
    })
}

/// A download cannot be forced where nothing may be fetched.
pub(crate) fn check_force(force: bool, local_files_only: bool, offline: bool) -> Result<()> {
    let why = match (force, local_files_only, offline) {
        (true, true, _) => "`local_files_only` is set",
        (true, _, true) => "offline mode is on (`HF_HUB_OFFLINE`)",
        _ => return Ok(()),
    };
    Err(Error::new(
        ErrorKind::Validation,
        format!("`force_download` cannot be used while {why}"),
    ))
}

/// Whether what is cached may stand in after this error: the Hub could not be asked, or did not say that the file or
/// revision is not there.
pub(crate) fn may_use_cache(err: &Error) -> bool {
    !matches!(
        err.kind(),
        ErrorKind::EntryNotFound
            | ErrorKind::RevisionNotFound
            | ErrorKind::Validation
            | ErrorKind::Checksum
            | ErrorKind::Io
    )
}

/// The error of a call that found neither the Hub nor a cached file.
pub(crate) fn nothing_cached(cause: Option<Error>, what: &str) -> Error {
    let Some(cause) = cause else {
        return Error::new(
            ErrorKind::LocalEntryNotFound,
            format!("{what} is not in the cache, and the network may not be used"),
        )
        .with_hint("download it once with network access, or unset `local_files_only`");
    };
    match cause.kind() {
        ErrorKind::RepositoryNotFound
        | ErrorKind::GatedRepo
        | ErrorKind::DisabledRepo
        | ErrorKind::Unauthorized => cause,
        ErrorKind::OfflineMode => Error::new(
            ErrorKind::LocalEntryNotFound,
            format!("{what} is not in the cache, and offline mode is on"),
        )
        .with_hint("unset `HF_HUB_OFFLINE` to download it")
        .with_source(cause),
        _ => Error::new(
            ErrorKind::LocalEntryNotFound,
            format!("{what} is not in the cache, and the Hub could not be asked: {cause}"),
        )
        .with_hint("check the connection and try again")
        .with_source(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_and_checked() {
        assert_eq!(repo_path(Some("a/b"), "c").unwrap(), *"a/b/c");
        assert_eq!(repo_path(Some(""), "c").unwrap(), *"c");
        for bad in ["../c", "/c", "a//b", "", "C:/x", "a\\b", "a/../../b"] {
            assert_eq!(
                repo_path(None, bad).unwrap_err().kind(),
                ErrorKind::Validation,
                "{bad}"
            );
        }
    }

    #[test]
    fn forcing_needs_the_network() {
        assert!(check_force(false, true, true).is_ok());
        assert!(check_force(true, false, false).is_ok());
        assert!(check_force(true, true, false).is_err());
        assert!(check_force(true, false, true).is_err());
    }

    #[test]
    fn what_a_missing_file_is_reported_as() {
        let of = |kind| nothing_cached(Some(Error::new(kind, "x")), "it").kind();
        assert_eq!(
            nothing_cached(None, "it").kind(),
            ErrorKind::LocalEntryNotFound
        );
        assert_eq!(of(ErrorKind::Network), ErrorKind::LocalEntryNotFound);
        assert_eq!(of(ErrorKind::OfflineMode), ErrorKind::LocalEntryNotFound);
        assert_eq!(of(ErrorKind::GatedRepo), ErrorKind::GatedRepo);
        assert!(!may_use_cache(&Error::new(ErrorKind::EntryNotFound, "x")));
        assert!(may_use_cache(&Error::new(ErrorKind::Timeout, "x")));
    }
}
