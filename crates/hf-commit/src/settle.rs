//! What became of a commit whose answer was lost.
//!
//! Sending it again blindly could make it twice; giving up could lose it. So the branch is looked at: a commit with our
//! title, under which every touched path is as we wanted it, is ours.

use std::collections::HashMap;

use hf_transport::{Request, Result};
use hf_types::{CommitHash, GitSha1, Revision, Sha256};
use serde::Deserialize;

use crate::paths_info::{HistoryEntry, PathInfo, history, paths_info};
use crate::target::Context;

/// How many commits (or pull requests) with our title are examined.
const MAX_CANDIDATES: usize = 5;

/// What a path should be after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Blob(GitSha1),
    Object(Sha256),
    Gone,
}

/// Paths in the order of the operations; a later one for the same path counts.
pub(crate) type WantedPaths = HashMap<String, Wanted>;

/// Where a commit ended.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It is there.
    Landed {
        oid: CommitHash,
        /// The number of the pull request it opened.
        pr: Option<u64>,
    },
    /// It is not there; this is the head.
    Missing { head: Option<CommitHash> },
}

/// Looks for a commit called `title` with `wanted` on the branch, among those newer than `before`.
pub(crate) async fn find_commit(
    cx: &Context,
    title: &str,
    before: Option<CommitHash>,
    wanted: &WantedPaths,
) -> Result<Fate> {
    find_on(cx, cx.target.revision.as_str(), title, before, wanted).await
}

async fn find_on(
    cx: &Context,
    revision: &str,
    title: &str,
    before: Option<CommitHash>,
    wanted: &WantedPaths,
) -> Result<Fate> {
    let commits = history(cx, revision).await?;
    let head = commits.first().map(|commit| commit.id);
    for commit in candidates(&commits, title, before) {
        if is_as_wanted(cx, commit.id.into(), wanted).await? {
            return Ok(Fate::Landed {
                oid: commit.id,
                pr: None,
            });
        }
    }
    Ok(Fate::Missing { head })
}

fn candidates<'a>(
    commits: &'a [HistoryEntry],
    title: &'a str,
    before: Option<CommitHash>,
) -> impl Iterator<Item = &'a HistoryEntry> {
    let title = title.lines().next().unwrap_or_default().trim();
    commits
        .iter()
        .take_while(move |commit| Some(commit.id) != before)
        .filter(move |commit| commit.title.trim() == title)
        .take(MAX_CANDIDATES)
}

#[derive(Deserialize)]
struct Discussions {
    #[serde(default)]
    discussions: Vec<Discussion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Discussion {
    num: u64,
    #[serde(default)]
    title: String,
    #[serde(default)]
    is_pull_request: bool,
}

/// Looks for a pull request called `title` with `wanted`.
pub(crate) async fn find_pull_request(
    cx: &Context,
    title: &str,
    wanted: &WantedPaths,
) -> Result<Fate> {
    let request = cx
        .request(Request::get(cx.target.api("discussions")))
        .query("p", 0)
        .operation("get_repo_discussions");
    let page: Discussions = cx.client.fetch(request).await?.json()?;
    let ours = page
        .discussions
        .iter()
        .filter(|d| d.is_pull_request && d.title.trim() == title.trim());
    for discussion in ours.take(MAX_CANDIDATES) {
        let revision = Revision::pull_request(discussion.num);
        if let Fate::Landed { oid, .. } =
            find_on(cx, revision.as_str(), title, None, wanted).await?
        {
            return Ok(Fate::Landed {
                oid,
                pr: Some(discussion.num),
            });
        }
    }
    Ok(Fate::Missing { head: None })
}

/// Whether every path is as wanted at `revision`.
async fn is_as_wanted(cx: &Context, revision: Revision, wanted: &WantedPaths) -> Result<bool> {
    let mut target = cx.target.clone();
    target.revision = revision;
    let paths: Vec<&str> = wanted
        .keys()
        .map(|path| path.trim_end_matches('/'))
        .collect();
    let found = paths_info(cx, &target, &paths).await?;
    let found: HashMap<&str, &PathInfo> = found.iter().map(|i| (i.path.as_str(), i)).collect();
    Ok(wanted
        .iter()
        .all(|(path, wanted)| matches(found.get(path.trim_end_matches('/')).copied(), *wanted)))
}

fn matches(found: Option<&PathInfo>, wanted: Wanted) -> bool {
    match (wanted, found) {
        (Wanted::Gone, found) => found.is_none(),
        (Wanted::Blob(id), Some(found)) => found.lfs.is_none() && found.oid == id.as_str(),
        (Wanted::Object(oid), Some(found)) => found
            .lfs
            .as_ref()
            .is_some_and(|lfs| lfs.oid == oid.as_str()),
        (_, None) => false,
    }
}

/// The paths among `wanted` that are not the same at `ours` and `theirs`.
pub(crate) async fn changed_between(
    cx: &Context,
    wanted: &WantedPaths,
    ours: Revision,
    theirs: Revision,
) -> Result<Vec<String>> {
    let paths: Vec<&str> = wanted
        .keys()
        .map(|path| path.trim_end_matches('/'))
        .collect();
    let at = |revision| {
        let (mut target, paths) = (cx.target.clone(), &paths);
        target.revision = revision;
        async move {
            let found = paths_info(cx, &target, paths).await?;
            Ok::<HashMap<String, String>, hf_transport::Error>(
                found.into_iter().map(|i| (i.path, i.oid)).collect(),
            )
        }
    };
    let (before, after) = tokio::try_join!(at(ours), at(theirs))?;
    let mut changed: Vec<String> = paths
        .iter()
        .filter(|path| before.get(**path) != after.get(**path))
        .map(|path| (*path).to_owned())
        .collect();
    changed.sort_unstable();
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(n: u8, title: &str) -> HistoryEntry {
        HistoryEntry {
            id: CommitHash::from([n; 20]),
            title: title.into(),
        }
    }

    #[test]
    fn only_newer_commits_with_our_title_are_candidates() {
        let commits = [commit(3, "other"), commit(2, "ours"), commit(1, "ours")];
        let found = |before: Option<u8>| -> Vec<u8> {
            candidates(
                &commits,
                "ours\nmore text",
                before.map(|n| CommitHash::from([n; 20])),
            )
            .map(|c| c.id.as_str()[..2].parse().unwrap())
            .collect()
        };
        assert_eq!(found(Some(1)), [2]);
        assert_eq!(found(None), [2, 1]);
        assert_eq!(found(Some(3)), [0u8; 0]);
    }

    #[test]
    fn what_counts_as_wanted() {
        let info = |oid: &str, lfs: Option<&str>| -> PathInfo {
            let lfs = lfs.map(|oid| serde_json::json!({"oid": oid, "size": 1}));
            let info = serde_json::json!({"type": "file", "path": "a", "oid": oid, "lfs": lfs});
            serde_json::from_value(info).unwrap()
        };
        let (blob, object) = (GitSha1::from([1; 20]), Sha256::from([2; 32]));
        assert!(matches(
            Some(&info(blob.as_str(), None)),
            Wanted::Blob(blob)
        ));
        assert!(!matches(
            Some(&info(blob.as_str(), Some("x"))),
            Wanted::Blob(blob)
        ));
        assert!(matches(
            Some(&info("p", Some(object.as_str()))),
            Wanted::Object(object)
        ));
        assert!(!matches(Some(&info("p", None)), Wanted::Object(object)));
        assert!(!matches(None, Wanted::Object(object)));
        assert!(matches(None, Wanted::Gone));
        assert!(!matches(Some(&info("p", None)), Wanted::Gone));
    }
}
