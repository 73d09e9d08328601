//! Lists the files of a commit.

use std::path::Path;

use futures_util::TryStreamExt as _;
use hf_transport::{Error, ErrorKind, Request, Result, path};
use hf_types::{CommitHash, RepoId, RepoType, Revision};
use serde::Deserialize;

use crate::fetch::context::Context;
use crate::fetch::source::Attempts;
use crate::store::lock::blocking;
use crate::store::tree::{Tree, TreeFile, read_tree, write_tree};

#[derive(Deserialize)]
struct Commit {
    sha: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, deserialize_with = "hf_types::lenient::text")]
    r#type: Option<String>,
    path: Box<str>,
    #[serde(default, deserialize_with = "hf_types::lenient::count")]
    size: Option<u64>,
    #[serde(default, deserialize_with = "hf_types::lenient::text")]
    oid: Option<String>,
    lfs: Option<Lfs>,
    #[serde(
        rename = "xetHash",
        default,
        deserialize_with = "hf_types::lenient::text"
    )]
    xet_hash: Option<String>,
}

#[derive(Deserialize)]
struct Lfs {
    #[serde(alias = "sha256")]
    oid: Box<str>,
    #[serde(default, deserialize_with = "hf_types::lenient::count")]
    size: Option<u64>,
}

/// Returns the commit that a revision points to. Sends `GET
/// /api/{models|datasets|spaces}/{repo_id}/revision/{revision}`, or `GET
/// /api/{models|datasets|spaces}/{repo_id}` without a revision; no request if the revision is a commit.
pub(crate) async fn resolve_commit(
    cx: &Context,
    repo_type: RepoType,
    repo_id: &RepoId,
    revision: Option<&Revision>,
    attempts: Attempts,
) -> Result<CommitHash> {
    if let Some(commit) = revision.and_then(Revision::commit_hash) {
        return Ok(commit);
    }
    let mut target = format!("/api/{}/{repo_id}", repo_type.api_plural());
    if let Some(revision) = revision {
        target = format!("{target}/revision/{}", path::segment(revision.as_str()));
    }
    let mut request = cx
        .metadata_request(Request::get(target))
        .operation("resolve_revision");
    if attempts == Attempts::One {
        request = request.max_retries(0);
    }
    let found: Commit = cx.client.fetch(request).await?.json()?;
    let sha = found.sha.unwrap_or_default();
    let name = revision.map_or("the default branch", Revision::as_str);
    let no_commit = |why: &dyn std::fmt::Display| {
        Error::new(
            ErrorKind::FileMetadata,
            format!("the Hub names no commit for `{name}` of `{repo_id}`: {why}"),
        )
    };
    let commit: CommitHash = sha
        .parse()
        .map_err(|e: hf_types::ValidationError| no_commit(&e))?;
    // A server may use ids of its own, but a name that can move is not an id.
    if !commit.is_hash() && sha == name {
        return Err(no_commit(&"it repeats the name"));
    }
    Ok(commit)
}

/// Returns all files of a commit. Sends `GET /api/{models|datasets|spaces}/{repo_id}/tree/{commit}`, page by
/// page.
pub(crate) async fn fetch_tree(
    cx: &Context,
    repo_type: RepoType,
    repo_id: &RepoId,
    commit: &str,
) -> Result<Tree> {
    let request = Request::get(format!(
        "/api/{}/{repo_id}/tree/{}",
        repo_type.api_plural(),
        path::segment(commit)
    ))
    .query("recursive", true)
    .query("expand", false)
    .operation("list_repo_tree");
    let mut entries = cx.client.pages::<Entry>(cx.metadata_request(request));
    let mut tree = Tree::default();
    while let Some(entry) = entries.try_next().await? {
        if entry.r#type.as_deref() != Some("file") {
            continue;
        }
        let (lfs_sha256, lfs_size) = entry
            .lfs
            .map_or((None, None), |lfs| (Some(lfs.oid), lfs.size));
        tree.files.insert(
            entry.path,
            TreeFile {
                size: entry.size,
                // An empty id is none: the file cannot be named by it.
                blob_id: entry.oid.unwrap_or_default().into(),
                lfs_sha256,
                lfs_size,
                xet_hash: entry.xet_hash.map(Into::into),
            },
        );
    }
    Ok(tree)
}

/// Returns the commit of a revision and its files. If `keep` is set, a downloaded list is kept below
/// `metadata_dir` and never requested again.
pub(crate) async fn list(
    cx: &Context,
    (repo_type, repo_id, revision): (RepoType, &RepoId, &Revision),
    metadata_dir: &Path,
    keep: bool,
    attempts: Attempts,
) -> Result<(CommitHash, Tree)> {
    let commit = resolve_commit(cx, repo_type, repo_id, Some(revision), attempts).await?;
    let folder = metadata_dir.to_path_buf();
    if let Some(tree) = blocking(move || Ok(read_tree(&folder, &commit))).await? {
        return Ok((commit, tree));
    }
    let tree = fetch_tree(cx, repo_type, repo_id, commit.as_str()).await?;
    if !keep {
        return Ok((commit, tree));
    }
    let folder = metadata_dir.to_path_buf();
    let tree = blocking(move || {
        write_tree(&folder, &commit, &tree);
        Ok(tree)
    })
    .await?;
    Ok((commit, tree))
}
