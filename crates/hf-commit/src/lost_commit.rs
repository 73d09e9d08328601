//! Determines whether a commit was made whose response was lost.
//!
//! Sending it again blindly could create it twice, and giving up could lose it. So the branch is read: a
//! commit is ours if it is newer than the state of the branch before the request, has our title, and has the
//! intended content at every path that we touched.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hf_transport::{BufferedResponse, Request, Result};
use hf_types::{CommitHash, GitSha1, Revision, Sha256};
use serde::Deserialize;

use crate::context::Context;
use crate::paths_info::{HistoryEntry, PathInfo, history, paths_info};

/// Servers report the time in whole seconds, and the clocks of one Hub's servers may differ by as much.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// The intended content of a path after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Blob(GitSha1),
    Object(Sha256),
    Gone,
}

/// Every path that a commit touches, with its intended content.
pub(crate) type WantedPaths = HashMap<String, Wanted>;

/// What was known before the request was sent. Only something newer can be its effect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    /// The head of the branch.
    pub(crate) head: Option<CommitHash>,
    /// When the first request was sent.
    pub(crate) sent: Instant,
}

/// Whether a commit was made.
#[derive(Debug)]
pub(crate) enum LostCommit {
    Made {
        oid: CommitHash,
        /// The number of the pull request that it opened.
        pr: Option<u64>,
    },
    NotMade {
        /// The current head of the branch.
        head: Option<CommitHash>,
    },
}

/// Returns the server's time when the first request was sent, estimated from its responses.
fn server_time_of(sent: Instant, response: &BufferedResponse) -> SystemTime {
    let now = response
        .header("date")
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
        .and_then(|date| SystemTime::try_from(date.timestamp()).ok())
        .unwrap_or_else(SystemTime::now);
    now.checked_sub(sent.elapsed() + CLOCK_TOLERANCE)
        .unwrap_or(UNIX_EPOCH)
}

/// Returns whether something with the date `date` can be newer than `earliest`. Without a readable date, it
/// can.
fn is_recent(date: Option<&str>, earliest: SystemTime) -> bool {
    date.and_then(|date| date.parse::<jiff::Timestamp>().ok())
        .and_then(|date| SystemTime::try_from(date).ok())
        .is_none_or(|date| date >= earliest)
}

/// Searches the branch for a commit with the title `title` that has the content `wanted`.
pub(crate) async fn find_commit(
    cx: &Context,
    title: &str,
    before: Before,
    wanted: &WantedPaths,
) -> Result<LostCommit> {
    let (commits, response) = history(cx, cx.target.revision.as_str()).await?;
    let head = commits.first().map(|commit| commit.id);
    let earliest = server_time_of(before.sent, &response);
    for commit in candidates(&commits, title, before.head, earliest) {
        // Without the previous head, an older commit of ours could appear as recent as the clocks can
        // resolve. It then counts only if the branch still has the intended content; if not, sending the
        // commit again is right either way.
        let revision = match before.head {
            Some(_) => Some(commit.id),
            None => head,
        };
        if let Some(revision) = revision
            && is_as_wanted(cx, revision.into(), wanted).await?
        {
            return Ok(LostCommit::Made {
                oid: commit.id,
                pr: None,
            });
        }
    }
    Ok(LostCommit::NotMade { head })
}

/// Returns the commits that can be ours, the newest first.
fn candidates<'a>(
    commits: &'a [HistoryEntry],
    title: &'a str,
    before: Option<CommitHash>,
    earliest: SystemTime,
) -> impl Iterator<Item = &'a HistoryEntry> {
    let title = title.lines().next().unwrap_or_default().trim();
    commits
        .iter()
        .take_while(move |commit| Some(commit.id) != before)
        .filter(move |commit| {
            commit.title.trim() == title
                && (before.is_some() || is_recent(commit.date.as_deref(), earliest))
        })
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
    #[serde(default)]
    status: String,
    created_at: Option<String>,
}

impl Discussion {
    /// Returns whether this can be the pull request opened with our commit. A closed or merged one is from
    /// earlier.
    fn can_be_ours(&self, title: &str, earliest: SystemTime) -> bool {
        self.is_pull_request
            && matches!(self.status.as_str(), "open" | "draft")
            && self.title.trim() == title.trim()
            && is_recent(self.created_at.as_deref(), earliest)
    }
}

/// Searches for a pull request with the title `title` that has the content `wanted`.
pub(crate) async fn find_pull_request(
    cx: &Context,
    title: &str,
    before: Before,
    wanted: &WantedPaths,
) -> Result<LostCommit> {
    let request = cx
        .request(Request::get(cx.target.api("discussions")))
        .query("p", 0)
        .operation("get_repo_discussions");
    let response = cx.client.fetch(request).await?;
    let earliest = server_time_of(before.sent, &response);
    let page: Discussions = response.json()?;
    for discussion in &page.discussions {
        if !discussion.can_be_ours(title, earliest) {
            continue;
        }
        let revision = Revision::pull_request(discussion.num);
        let (commits, _response) = history(cx, revision.as_str()).await?;
        if let Some(head) = commits.first()
            && head.title.trim() == title.lines().next().unwrap_or_default().trim()
            && is_as_wanted(cx, head.id.into(), wanted).await?
        {
            return Ok(LostCommit::Made {
                oid: head.id,
                pr: Some(discussion.num),
            });
        }
    }
    Ok(LostCommit::NotMade { head: None })
}

/// Returns whether every path has the intended content at `revision`.
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

/// Returns the paths among `wanted` that differ between `ours` and `theirs`.
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

    fn commit(n: u8, title: &str, date: &str) -> HistoryEntry {
        HistoryEntry {
            id: CommitHash::from([n; 20]),
            title: title.into(),
            date: Some(date.into()),
        }
    }

    #[test]
    fn only_newer_commits_with_our_title_are_candidates() {
        let commits = [
            commit(3, "other", "2026-01-01T00:00:30.000Z"),
            commit(2, "ours", "2026-01-01T00:00:20.000Z"),
            commit(1, "ours", "2026-01-01T00:00:10.000Z"),
        ];
        let time =
            |text: &str| SystemTime::try_from(text.parse::<jiff::Timestamp>().unwrap()).unwrap();
        let found = |before: Option<u8>, earliest: &str| -> Vec<u8> {
            candidates(
                &commits,
                "ours\nmore text",
                before.map(|n| CommitHash::from([n; 20])),
                time(earliest),
            )
            .map(|c| u8::from_str_radix(&c.id.as_str()[..2], 16).unwrap())
            .collect()
        };
        // With the head before the request, clocks do not matter.
        assert_eq!(found(Some(1), "2030-01-01T00:00:00Z"), [2]);
        assert_eq!(found(Some(3), "2000-01-01T00:00:00Z"), [0u8; 0]);
        assert_eq!(found(None, "2026-01-01T00:00:00Z"), [2, 1]);
        assert_eq!(found(None, "2026-01-01T00:00:15Z"), [2]);
        assert_eq!(found(None, "2026-01-01T00:00:25Z"), [0u8; 0]);
    }

    #[test]
    fn which_pull_request_can_be_ours() {
        let earliest = "2026-01-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
        let earliest = SystemTime::try_from(earliest).unwrap();
        for (status, title, is_pull_request, created, expected) in [
            ("open", "Ours", true, Some("2026-01-01T00:00:01Z"), true),
            ("draft", " Ours", true, None, true),
            ("closed", "Ours", true, Some("2026-01-01T00:00:01Z"), false),
            ("merged", "Ours", true, Some("2026-01-01T00:00:01Z"), false),
            ("open", "Other", true, Some("2026-01-01T00:00:01Z"), false),
            ("open", "Ours", false, Some("2026-01-01T00:00:01Z"), false),
            ("open", "Ours", true, Some("2025-12-31T23:59:00Z"), false),
        ] {
            let discussion = Discussion {
                num: 1,
                title: title.into(),
                is_pull_request,
                status: status.into(),
                created_at: created.map(Into::into),
            };
            assert_eq!(
                discussion.can_be_ours("Ours", earliest),
                expected,
                "{status} {title} {created:?}"
            );
        }
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
