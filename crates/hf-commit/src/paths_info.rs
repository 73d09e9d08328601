//! Looks up what the Hub has at given paths.

use hf_transport::{BufferedResponse, Request, Result};
use hf_types::CommitHash;
use serde::Deserialize;

use crate::context::Context;
use crate::target::RepoTarget;

/// The number of paths in one request; the Hub refuses more than 1,000.
const PATHS_BATCH: usize = 500;

/// An entry of a repository.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PathInfo {
    #[serde(rename = "type")]
    kind: String,
    pub(crate) path: String,
    /// The git id of the blob, the LFS pointer, or the tree.
    #[serde(default, deserialize_with = "oid")]
    pub(crate) oid: String,
    pub(crate) lfs: Option<LfsInfo>,
    #[serde(
        rename = "xetHash",
        default,
        deserialize_with = "hf_types::lenient::text"
    )]
    pub(crate) xet_hash: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct LfsInfo {
    /// The SHA-256 of the content.
    pub(crate) oid: String,
}

/// An id of another type is none, and empty.
fn oid<'de, D>(deserializer: D) -> std::result::Result<String, D::Error>
where
    D: serde::Deserializer<'de>,
{
    Ok(hf_types::lenient::text(deserializer)?.unwrap_or_default())
}

impl PathInfo {
    pub(crate) fn is_folder(&self) -> bool {
        self.kind == "directory"
    }
}

/// Returns the entries at `paths`. Paths that do not exist are omitted.
pub(crate) async fn paths_info(
    cx: &Context,
    target: &RepoTarget,
    paths: &[&str],
) -> Result<Vec<PathInfo>> {
    let mut found = Vec::with_capacity(paths.len());
    for batch in paths.chunks(PATHS_BATCH) {
        let fields = batch
            .iter()
            .map(|path| ("paths", *path))
            .chain([("expand", "false")]);
        let request = cx
            .request(Request::post(
                target.api_at("paths-info", target.revision.as_str()),
            ))
            .operation("get_paths_info")
            .idempotent(true)
            .form(fields);
        found.extend(cx.client.fetch(request).await?.json::<Vec<PathInfo>>()?);
    }
    Ok(found)
}

/// A commit in the history of a branch.
#[derive(Debug, Deserialize)]
pub(crate) struct HistoryEntry {
    pub(crate) id: CommitHash,
    #[serde(default)]
    pub(crate) title: String,
    pub(crate) date: Option<String>,
}

/// Returns the newest commits of a revision, the head first, together with the response.
pub(crate) async fn history(
    cx: &Context,
    revision: &str,
) -> Result<(Vec<HistoryEntry>, BufferedResponse)> {
    let request = cx
        .request(Request::get(cx.target.api_at("commits", revision)))
        .operation("list_repo_commits");
    let response = cx.client.fetch(request).await?;
    Ok((response.json()?, response))
}

#[derive(Deserialize)]
struct RepoInfo {
    sha: CommitHash,
}

/// Returns the head of the revision that is committed to.
pub(crate) async fn head(cx: &Context) -> Result<CommitHash> {
    let target = cx.target.api_at("revision", cx.target.revision.as_str());
    let request = cx.request(Request::get(target)).operation("repo_info");
    Ok(cx.client.fetch(request).await?.json::<RepoInfo>()?.sha)
}
