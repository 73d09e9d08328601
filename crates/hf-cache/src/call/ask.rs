//! What the Hub says of a file before it is downloaded.

use hf_transport::{Error, ErrorKind, Result};
use hf_types::{CommitHash, HfFileMetadata, RepoPath, Sha256};

use super::download::HfHubDownload;
use super::place::FileSpec;
use crate::fetch::context::Context;
use crate::fetch::metadata::{head_request, metadata_of, resolve_target};
use crate::fetch::source::{Asked, Opened, Source, Wanted};
use crate::store::layout::RepoCacheDir;
use crate::store::lock::blocking;
use crate::store::tree::read_tree;

impl HfHubDownload {
    /// What the kept file list of a commit says, which saves the question.
    pub(super) async fn known_from_tree(
        &self,
        folder: &RepoCacheDir,
        pinned: Option<CommitHash>,
        path: &RepoPath,
    ) -> Option<(CommitHash, FileSpec, Option<Opened>)> {
        let commit = pinned?;
        let folder = folder.path().to_path_buf();
        let mut tree = blocking(move || Ok(read_tree(&folder, &commit)))
            .await
            .ok()??;
        let file = tree.files.remove(path.as_str())?;
        let spec = FileSpec::of(path.clone(), &file).ok()?;
        Some((commit, spec, None))
    }

    /// Asks the Hub: with `HEAD` if the answer may be that nothing is new, else by asking for the file right away. Where
    /// the content is `there`, its storage is not asked.
    pub(super) async fn ask(
        &self,
        cx: &Context,
        path: &RepoPath,
        cached: bool,
        there: impl Fn(&FileSpec) -> bool,
    ) -> Result<(CommitHash, FileSpec, Option<Opened>)> {
        let target = resolve_target(self.repo_type, &self.repo_id, self.revision.as_str(), path);
        let (metadata, opened) = if cached || self.dry_run {
            let request = head_request(&cx.client, &target, cx.token.clone(), self.etag_timeout);
            // With a cached file to fall back on, the first failure is answer enough.
            let answer = cx.client.execute(request.idempotent(!cached)).await?;
            (metadata_of(cx.client.endpoint(), &answer)?, None)
        } else {
            let source = Source::new(target);
            match source.ask(cx, Wanted::ALL, None).await? {
                Asked::Here(mut opened) => {
                    let metadata = opened.metadata.take();
                    (metadata.ok_or_else(|| missing("metadata"))?, Some(*opened))
                }
                Asked::Elsewhere(metadata) => {
                    let (commit, spec) = spec_of(path, metadata.clone())?;
                    // Nor for a file that comes another way.
                    let opened = if there(&spec) || cx.choose(&commit, &spec).is_some() {
                        None
                    } else {
                        Some(source.follow(cx, Wanted::ALL, metadata).await?)
                    };
                    return Ok((commit, spec, opened));
                }
            }
        };
        let (commit, spec) = spec_of(path, metadata)?;
        Ok((commit, spec, opened))
    }
}

/// What a download needs of the metadata.
fn spec_of(path: &RepoPath, metadata: HfFileMetadata) -> Result<(CommitHash, FileSpec)> {
    let spec = FileSpec {
        path: path.clone(),
        etag: metadata.etag.ok_or_else(|| missing("ETag"))?,
        size: metadata.size,
        xet_hash: metadata
            .xet_file_data
            .and_then(|xet| xet.file_hash.parse::<Sha256>().ok()),
    };
    Ok((
        metadata
            .commit_hash
            .ok_or_else(|| missing("X-Repo-Commit header"))?,
        spec,
    ))
}

fn missing(what: &str) -> Error {
    Error::new(ErrorKind::FileMetadata, format!("the answer has no {what}, so it does not come from a Hub")).with_hint(
        "check that HF_ENDPOINT points to a Hub or a full mirror of it, and that no proxy or login page answers instead",
    )
}
