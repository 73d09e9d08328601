//! Retrieves the metadata of a file before it is downloaded.

use std::path::Path;

use hf_transport::{Error, ErrorKind, Result};
use hf_types::{CommitHash, HfFileMetadata, RepoPath, Sha256};

use super::ensure::Found;
use crate::fetch::byte_range::ByteRange;
use crate::fetch::context::Context;
use crate::fetch::head::file_metadata;
use crate::fetch::source::{Attempts, HubResponse, Source};
use crate::store::lock::blocking;
use crate::store::spec::{FileSpec, checked_size};
use crate::store::tree::read_tree;

/// Returns the metadata of a file from the commit's file list, if that is kept below `metadata_dir`.
pub(super) async fn from_tree(
    metadata_dir: &Path,
    commit: CommitHash,
    path: &RepoPath,
) -> Result<Option<FileSpec>> {
    let (folder, wanted) = (metadata_dir.to_path_buf(), path.clone());
    let find = move || {
        let tree = read_tree(&folder, &commit);
        Ok(tree.and_then(|mut tree| tree.files.remove(wanted.as_str())))
    };
    let file = blocking(find).await?;
    Ok(file.and_then(|file| FileSpec::listed(path.clone(), &file).ok()))
}

/// Sends a request to the Hub: `HEAD` if a cached version may still be current, else `GET` for the file right
/// away.
///
/// If a cached version `exists`, the first failure is final, and the cached version is used.
pub(super) async fn ask(
    cx: &Context,
    target: String,
    path: &RepoPath,
    exists: bool,
    planning: bool,
) -> Result<(Option<CommitHash>, FileSpec, Found)> {
    let attempts = if exists {
        Attempts::One
    } else {
        Attempts::Configured
    };
    if exists || planning {
        let metadata = file_metadata(cx, &target, attempts).await?;
        let (commit, spec) = spec_of(path, metadata)?;
        return Ok((commit, spec, Found::default()));
    }
    let source = Source::new(target);
    match source.ask(cx, ByteRange::ALL, None, attempts).await? {
        HubResponse::Content(mut open) => {
            let metadata = open.metadata.take().ok_or_else(|| missing("metadata"))?;
            let (commit, spec) = spec_of(path, metadata)?;
            let found = Found {
                storage: None,
                response: Some(*open),
            };
            Ok((commit, spec, found))
        }
        // Storage is requested once the file is locked, and only if its content is not on disk.
        HubResponse::Redirect(metadata) => {
            let storage = Some(metadata.location.clone());
            let (commit, spec) = spec_of(path, metadata)?;
            let found = Found {
                storage,
                response: None,
            };
            Ok((commit, spec, found))
        }
    }
}

/// Returns the part of the metadata that a download needs. The commit is `None` if the header holds a name
/// instead, as with some mirrors.
fn spec_of(path: &RepoPath, metadata: HfFileMetadata) -> Result<(Option<CommitHash>, FileSpec)> {
    let commit = metadata
        .commit_hash
        .ok_or_else(|| missing("commit in `X-Repo-Commit`"))?;
    // Some mirrors repeat the requested tag or branch. A name that may move is not a commit.
    let commit = Some(commit).filter(CommitHash::is_hash);
    let xet_hash = metadata
        .xet_file_data
        .and_then(|xet| xet.file_hash.parse::<Sha256>().ok());
    let spec = FileSpec {
        path: path.clone(),
        etag: metadata.etag.ok_or_else(|| missing("ETag"))?,
        size: metadata
            .size
            .map(checked_size)
            .transpose()
            .map_err(|error| Error::from(error).with_kind(ErrorKind::FileMetadata))?,
        xet_hash,
        listed: false,
        may_collide: true,
    };
    Ok((commit, spec))
}

/// Returns the error of a response that did not come from a Hub.
pub(super) fn missing(what: &str) -> Error {
    Error::new(
        ErrorKind::FileMetadata,
        format!("the response has no {what}, so it does not come from a Hub"),
    )
    .with_hint(
        "check that `HF_ENDPOINT` is a Hub or a full mirror of it, and that no proxy or login page responds instead",
    )
}
