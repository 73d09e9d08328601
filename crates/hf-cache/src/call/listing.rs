//! Which files a snapshot has: from the Hub, or from what is kept of an earlier visit.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use hf_transport::{Error, ErrorKind, Request, Result, path};
use hf_types::{CommitHash, RepoId, RepoType, Revision};
use serde::Deserialize;

use super::options::nothing_cached;
use super::snapshot::SnapshotDownload;
use crate::fetch::context::Context;
use crate::store::layout::RepoCacheDir;
use crate::store::lock::blocking;
use crate::store::refs::cached_commit;
use crate::store::tree::{Tree, TreeFile, read_tree, write_tree};

/// How many missing files an error names.
const NAMED: usize = 20;

#[derive(Deserialize)]
struct Commit {
    sha: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    r#type: Box<str>,
    path: Box<str>,
    #[serde(default)]
    size: u64,
    oid: Box<str>,
    lfs: Option<Lfs>,
    #[serde(rename = "xetHash")]
    xet_hash: Option<Box<str>>,
}

#[derive(Deserialize)]
struct Lfs {
    #[serde(alias = "sha256")]
    oid: Box<str>,
    size: u64,
}

/// The commit that a revision stands for. `GET /api/{models|datasets|spaces}/{repo_id}/revision/{revision}`.
pub(crate) async fn resolve_commit(
    cx: &Context,
    repo_type: RepoType,
    repo_id: &RepoId,
    revision: &Revision,
    timeout: Option<Duration>,
) -> Result<CommitHash> {
    if let Some(commit) = revision.commit_hash() {
        return Ok(commit);
    }
    let request = Request::get(format!(
        "/api/{}/{repo_id}/revision/{}",
        repo_type.api_plural(),
        path::segment(revision.as_str())
    ));
    let found: Commit = cx
        .client
        .fetch(configured(request, cx, timeout, "repo_info"))
        .await?
        .json()?;
    let sha = found.sha.unwrap_or_default();
    sha.parse().map_err(|e: hf_types::ValidationError| {
        Error::new(
            ErrorKind::FileMetadata,
            format!("the Hub names no commit for `{revision}` of `{repo_id}`: {e}"),
        )
    })
}

fn configured(
    request: Request,
    cx: &Context,
    timeout: Option<Duration>,
    operation: &'static str,
) -> Request {
    request
        .token(cx.token.clone())
        .header_timeout(timeout.unwrap_or(cx.client.config().etag_timeout))
        .operation(operation)
}

/// All files of a commit. `GET /api/{models|datasets|spaces}/{repo_id}/tree/{commit}`, page by page.
pub(crate) async fn fetch_tree(
    cx: &Context,
    repo_type: RepoType,
    repo_id: &RepoId,
    commit: &str,
    timeout: Option<Duration>,
) -> Result<Tree> {
    let request = Request::get(format!(
        "/api/{}/{repo_id}/tree/{}",
        repo_type.api_plural(),
        path::segment(commit)
    ))
    .query("recursive", true)
    .query("expand", false);
    let mut entries = cx
        .client
        .pages::<Entry>(configured(request, cx, timeout, "list_repo_tree"));
    let mut tree = Tree::default();
    while let Some(entry) = entries.try_next().await? {
        if &*entry.r#type != "file" {
            continue;
        }
        let (lfs_sha256, lfs_size) = entry
            .lfs
            .map_or((None, None), |lfs| (Some(lfs.oid), Some(lfs.size)));
        tree.files.insert(
            entry.path,
            TreeFile {
                size: entry.size,
                blob_id: entry.oid,
                lfs_sha256,
                lfs_size,
                xet_hash: entry.xet_hash,
            },
        );
    }
    Ok(tree)
}

/// The commit of a revision and its files; the list is kept below `notes`, so it is asked for once.
pub(crate) async fn list(
    cx: &Context,
    repo_type: RepoType,
    repo_id: &RepoId,
    revision: &Revision,
    notes: &Path,
    keep: bool,
    timeout: Option<Duration>,
) -> Result<(CommitHash, Tree)> {
    let commit = resolve_commit(cx, repo_type, repo_id, revision, timeout).await?;
    let folder = notes.to_path_buf();
    if let Some(tree) = blocking(move || Ok(read_tree(&folder, &commit))).await? {
        return Ok((commit, tree));
    }
    let tree = fetch_tree(cx, repo_type, repo_id, commit.as_str(), timeout).await?;
    if !keep {
        return Ok((commit, tree));
    }
    let folder = notes.to_path_buf();
    let tree = blocking(move || {
        write_tree(&folder, &commit, &tree);
        Ok(tree)
    })
    .await?;
    Ok((commit, tree))
}

/// The folder of a snapshot that the Hub was not asked about, if all that is wanted of it is there.
pub(super) fn offline_snapshot(
    call: &SnapshotDownload,
    folder: &RepoCacheDir,
    notes: &Path,
    local_dir: Option<&Path>,
    cause: Option<Error>,
) -> Result<PathBuf> {
    let what = format!(
        "a snapshot of {} `{}` at `{}`",
        call.repo_type, call.repo_id, call.revision
    );
    if call.dry_run {
        let error = Error::new(
            ErrorKind::DryRun,
            "a dry run needs the Hub, which was not asked",
        );
        return Err(match cause {
            Some(cause) => error.with_source(cause),
            None => error,
        });
    }
    let commit = cached_commit(folder, &call.revision);
    let root = match (local_dir, commit) {
        (Some(dir), _) => fs::read_dir(dir)
            .is_ok_and(|mut entries| entries.next().is_some())
            .then(|| dir.to_path_buf()),
        (None, Some(commit)) => Some(folder.snapshot(&commit)).filter(|p| p.is_dir()),
        (None, None) => None,
    };
    let Some(root) = root else {
        return Err(nothing_cached(cause, &what));
    };
    let missing = commit
        .and_then(|c| read_tree(notes, &c))
        .map(|tree| missing(call, &tree, &root));
    match missing {
        Some(missing) if !missing.is_empty() => Err(incomplete(&what, &missing, cause)),
        _ => {
            if let Some(cause) = cause {
                tracing::warn!(folder = %root.display(), error = %cause, "the Hub could not be asked; using what is there");
            }
            Ok(root)
        }
    }
}

fn missing(call: &SnapshotDownload, tree: &Tree, root: &Path) -> Vec<String> {
    let patterns = call.patterns();
    tree.files
        .keys()
        .filter(|path| patterns.matches(path))
        .filter(|path| {
            let valid = path.parse::<hf_types::RepoPath>();
            !valid.is_ok_and(|p| crate::store::layout::join_path(root.to_path_buf(), &p).is_file())
        })
        .map(ToString::to_string)
        .collect()
}

fn incomplete(what: &str, missing: &[String], cause: Option<Error>) -> Error {
    let mut names = missing
        .iter()
        .take(NAMED)
        .map(|n| format!("`{n}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if missing.len() > NAMED {
        names = format!("{names} and {} more", missing.len() - NAMED);
    }
    let count = missing.len();
    let error = Error::new(
        ErrorKind::IncompleteSnapshot,
        format!("what is there of {what} lacks {count} of its files: {names}"),
    )
    .with_hint("download it again with network access to complete it");
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}
