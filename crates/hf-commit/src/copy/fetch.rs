//! Prepares copies for a commit: looks up the source files, and downloads or duplicates their content.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use hf_transport::{Error, ErrorKind, Request, Result, path};
use hf_types::{GitSha1, RepoId, RepoType, Revision, Sha256};
use serde::Deserialize;
use serde_json::json;

use crate::context::Context;
use crate::hash::git_blob;
use crate::operation::{CommitOperationCopy, invalid};
use crate::paths_info::{PathInfo, paths_info};
use crate::target::RepoTarget;

/// The maximum number of objects in a request to duplicate them.
const DUPLICATE_BATCH: usize = 500;
/// The maximum number of concurrent downloads of regular files.
const DOWNLOADS: usize = 8;

/// The source file of a copy.
#[derive(Debug, Clone)]
pub(crate) enum CopiedFile {
    /// A file in git, whose bytes are sent with the commit.
    Regular(Bytes),
    /// A file in storage, identified by its hash.
    Lfs {
        oid: Sha256,
        xet_hash: Option<String>,
    },
}

/// A copy that is ready to be committed.
#[derive(Debug, Clone)]
pub(crate) struct FetchedCopy {
    pub(crate) path_in_repo: Arc<str>,
    pub(crate) file: CopiedFile,
    /// Whether the destination already has the same content.
    pub(crate) unchanged: bool,
}

/// The copies from one repository and revision, each with its index.
type Group<'a> = (
    (Option<&'a (RepoId, RepoType)>, Option<&'a Revision>),
    Vec<(usize, &'a CommitOperationCopy)>,
);

/// Looks up the source files, downloads the regular ones, and has large files of other repositories
/// duplicated.
///
/// Returns the files in the order of `copies`.
pub(crate) async fn fetch_copies<'a>(
    cx: &Context,
    copies: impl IntoIterator<Item = &'a CommitOperationCopy>,
) -> Result<Vec<FetchedCopy>> {
    let copies: Vec<&CommitOperationCopy> = copies.into_iter().collect();
    if copies.is_empty() {
        return Ok(Vec::new());
    }
    let paths: Vec<&str> = copies.iter().map(|op| op.path_in_repo()).collect();
    let there: HashMap<String, String> = paths_info(cx, &cx.target, &paths)
        .await?
        .into_iter()
        .filter(|info| !info.is_folder())
        .map(|info| (info.path, info.oid))
        .collect();
    let mut found = Vec::with_capacity(copies.len());
    for (source, group) in grouped(&copies) {
        let (repo, revision) = source;
        let target = source_target(cx, repo, revision);
        let paths: Vec<&str> = group.iter().map(|(_, op)| op.src_path_in_repo()).collect();
        let infos = paths_info(cx, &target, &paths).await?;
        if let Some(folder) = infos.iter().find(|info| info.is_folder()) {
            return Err(Error::new(
                ErrorKind::NotImplemented,
                format!(
                    "`{}` is a folder; a copy operation takes one file",
                    folder.path
                ),
            )
            .with_hint("copy_files copies folders"));
        }
        let fetched: Vec<(PathInfo, CopiedFile)> = stream::iter(infos)
            .map(|info| fetch_one(cx, &target, info))
            .buffered(DOWNLOADS)
            .try_collect()
            .await?;
        let by_path: HashMap<&str, &(PathInfo, CopiedFile)> =
            fetched.iter().map(|f| (f.0.path.as_str(), f)).collect();
        for (at, op) in group {
            let Some((info, file)) = by_path.get(op.src_path_in_repo()).copied() else {
                return Err(Error::new(
                    ErrorKind::EntryNotFound,
                    format!(
                        "cannot copy `{}`: {} {} has no such file at revision {}",
                        op.src_path_in_repo(),
                        target.repo_type,
                        target.repo_id,
                        target.revision
                    ),
                ));
            };
            let copy = FetchedCopy {
                path_in_repo: op.path_in_repo().into(),
                file: file.clone(),
                unchanged: repo.is_none() && there.get(op.path_in_repo()) == Some(&info.oid),
            };
            found.push((at, copy));
        }
        if repo.is_some() {
            duplicate(cx, &target, &fetched).await?;
        }
    }
    found.sort_unstable_by_key(|(at, _)| *at);
    Ok(found.into_iter().map(|(_, copy)| copy).collect())
}

fn grouped<'a>(copies: &[&'a CommitOperationCopy]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (at, op) in copies.iter().enumerate() {
        let source = op.source();
        match groups.iter_mut().find(|(known, _)| *known == source) {
            Some((_, group)) => group.push((at, op)),
            None => groups.push((source, vec![(at, op)])),
        }
    }
    groups.sort_by(|a, b| a.0.cmp(&b.0));
    groups
}

fn source_target(
    cx: &Context,
    repo: Option<&(RepoId, RepoType)>,
    revision: Option<&Revision>,
) -> RepoTarget {
    let mut target = match repo {
        Some((id, kind)) => RepoTarget::new(id.clone(), *kind),
        None => cx.target.clone(),
    };
    if let Some(revision) = revision {
        target.revision = revision.clone();
    }
    target
}

async fn fetch_one(
    cx: &Context,
    target: &RepoTarget,
    info: PathInfo,
) -> Result<(PathInfo, CopiedFile)> {
    let file = if let Some(lfs) = &info.lfs {
        CopiedFile::Lfs {
            oid: lfs.oid.parse().map_err(invalid)?,
            xet_hash: info.xet_hash.clone(),
        }
    } else {
        let url = format!(
            "{}/resolve/{}/{}",
            target.page(),
            path::segment(target.revision.as_str()),
            path::file(&info.path)
        );
        let request = cx.request(Request::get(url)).operation("copy_regular_file");
        let bytes = cx.client.fetch(request).await?.into_body();
        // Other servers have ids of their own, which say nothing about the content.
        if info
            .oid
            .parse::<GitSha1>()
            .is_ok_and(|oid| oid != git_blob(&bytes))
        {
            return Err(Error::new(
                ErrorKind::Checksum,
                format!(
                    "the content of `{}` does not have the git id that the Hub lists",
                    info.path
                ),
            ));
        }
        CopiedFile::Regular(bytes)
    };
    Ok((info, file))
}

#[derive(Deserialize)]
struct Duplicated {
    #[serde(default, deserialize_with = "hf_types::lenient::list")]
    failed: Vec<Failed>,
}

#[derive(Deserialize)]
struct Failed {
    #[serde(default)]
    sha256: String,
    #[serde(default)]
    error: String,
}

/// Asks the Hub to duplicate large files of `source` in the storage of the target.
async fn duplicate(
    cx: &Context,
    source: &RepoTarget,
    files: &[(PathInfo, CopiedFile)],
) -> Result<()> {
    let mut seen = HashSet::new();
    let mut wanted = Vec::new();
    for (info, file) in files {
        let CopiedFile::Lfs { oid, xet_hash } = file else {
            continue;
        };
        let Some(xet_hash) = xet_hash else {
            return Err(Error::validation(format!(
                "cannot copy `{}` from {} {}: only files in Xet storage can be copied between repositories",
                info.path, source.repo_type, source.repo_id
            )));
        };
        if seen.insert(*oid) {
            wanted.push(json!({"xetHash": xet_hash, "sha256": oid, "filename": info.path}));
        }
    }
    for batch in wanted.chunks(DUPLICATE_BATCH) {
        let request = cx
            .request(Request::post(source.api("lfs-files/duplicate")))
            .operation("duplicate_lfs_files")
            .idempotent(true)
            .json(&json!({
                "target": {"type": cx.target.repo_type.as_str(), "name": cx.target.repo_id.as_str()},
                "files": batch,
            }));
        let duplicated: Duplicated = cx.client.fetch(request).await?.json()?;
        if !duplicated.failed.is_empty() {
            let failed: Vec<String> = duplicated
                .failed
                .iter()
                .map(|f| format!("{}: {}", f.sha256, f.error))
                .collect();
            return Err(Error::new(
                ErrorKind::FileDuplication,
                format!(
                    "files of {} {} could not be copied to {}: {}",
                    source.repo_type,
                    source.repo_id,
                    cx.target.repo_id,
                    failed.join("; ")
                ),
            ));
        }
    }
    Ok(())
}
