//! What the Hub says of a file before it is downloaded.

use std::path::Path;

use hf_transport::{Error, ErrorKind, Result};
use hf_types::{CommitHash, HfFileMetadata, RepoPath, Sha256};

use super::ensure::Found;
use crate::fetch::context::Context;
use crate::fetch::head::file_metadata;
use crate::fetch::source::{Attempts, ByteRange, HubResponse, Source};
use crate::store::lock::blocking;
use crate::store::spec::{FileSpec, checked_size};
use crate::store::tree::read_tree;

/// What the file list of a commit says, if it is kept below `metadata_dir`.
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

/// Asks the Hub: with `HEAD` if the answer may be that nothing is new, else by requesting the file right away.
///
/// Where a cached version `exists`, the first failure is final: the cached one is used then.
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
        // The storage is asked when the file is locked, and if its content is not here.
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

/// What a download needs of the metadata. The commit is `None` where the header has a name instead of one, as that of some
/// mirrors does.
fn spec_of(path: &RepoPath, metadata: HfFileMetadata) -> Result<(Option<CommitHash>, FileSpec)> {
    let commit = metadata
        .commit_hash
        .ok_or_else(|| missing("commit in `X-Repo-Commit`"))?;
    // Some mirrors repeat the tag or branch that was asked for: a name that may move is no commit.
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
    };
    Ok((commit, spec))
}

/// The error of a response that does not come from a Hub.
pub(super) fn missing(what: &str) -> Error {
    Error::new(
        ErrorKind::FileMetadata,
        format!("the response has no {what}, so it does not come from a Hub"),
    )
    .with_hint(
        "check that `HF_ENDPOINT` is a Hub or a full mirror of it, and that no proxy or login page answers instead",
    )
}
