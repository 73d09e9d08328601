//! `POST /commit`: creates the commit exactly once.

use std::time::Instant;

use hf_transport::{Error, ErrorKind, Request, Result, Retryability};
use hf_types::{CommitHash, CommitInfo, Revision};
use serde::Deserialize;

use crate::body::{BodyGuard, execute_guarded};
use crate::context::{Context, no_repo_hint};
use crate::lost_commit::{Before, LostCommit, changed_between, find_commit, find_pull_request};
use crate::operation::invalid;
use crate::options::CommitOptions;
use crate::paths_info::head;
use crate::payload::Payload;
use crate::plan::{CommitPlan, PlannedOperation, wanted_paths};

/// How often a rebase is attempted again because others were faster.
const MAX_REBASES: u32 = 10;

/// The name of the request.
const OPERATION: &str = "create_commit";

/// A commit to be sent.
pub(crate) struct PostCommit<'a> {
    pub(crate) cx: &'a Context,
    pub(crate) plan: CommitPlan,
    pub(crate) message: &'a str,
    pub(crate) options: &'a CommitOptions,
    /// Whether this commit opens a pull request.
    pub(crate) create_pr: bool,
    /// The parent that the caller requires.
    pub(crate) parent_commit: Option<String>,
    /// The head of the branch before the commit, if known.
    pub(crate) before: Option<CommitHash>,
    /// The head on which an earlier, larger commit was found missing. Should that one arrive late, this one
    /// is refused.
    pub(crate) guard: Option<CommitHash>,
}

/// Why a commit was not made, as far as is known.
#[derive(Debug)]
pub(crate) enum CommitFailure {
    /// The Hub refused it, or it could not be sent.
    Refused(Error),
    /// Its response was lost, and it is not on the branch, whose head is `head`.
    NotMade {
        error: Error,
        head: Option<CommitHash>,
    },
    /// Its response was lost, and it cannot be determined whether it was made. It must not be sent again.
    Unknown(Error),
}

impl From<CommitFailure> for Error {
    fn from(failure: CommitFailure) -> Self {
        match failure {
            CommitFailure::Refused(error)
            | CommitFailure::NotMade { error, .. }
            | CommitFailure::Unknown(error) => error,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommitResponse {
    #[serde(default, deserialize_with = "hf_types::lenient::text")]
    commit_url: Option<String>,
    #[serde(default, deserialize_with = "hf_types::lenient::text")]
    commit_oid: Option<String>,
    #[serde(default, deserialize_with = "hf_types::lenient::text")]
    pull_request_url: Option<String>,
}

impl CommitResponse {
    /// Returns the id of the commit, from wherever the response has it.
    fn oid(&self) -> Option<String> {
        let in_url = || {
            let (_, name) = self.commit_url.as_deref()?.rsplit_once('/')?;
            name.parse::<CommitHash>()
                .ok()
                .filter(CommitHash::is_hash)?;
            Some(name.to_owned())
        };
        self.commit_oid.clone().or_else(in_url)
    }
}

impl PostCommit<'_> {
    /// Sends the commit. If its response is lost, searches the branch before it is sent again.
    pub(crate) async fn run(mut self) -> Result<CommitInfo, CommitFailure> {
        let retry = *self.cx.client.retry();
        // The delay before the branch is read; it doubles each time.
        let mut backoff = retry.initial_backoff();
        let (mut posts, mut rebases) = (0, 0);
        let before = Before {
            head: self.before,
            sent: Instant::now(),
        };
        // A parent that only guards against our own second attempt.
        let mut guard = self.guard.filter(|_| self.parent_commit.is_none());
        loop {
            posts += 1;
            let guard_text = guard.map(|head| head.to_string());
            let parent = self.parent_commit.as_deref().or(guard_text.as_deref());
            let error = match self.post(parent).await {
                Ok(info) => return Ok(info),
                Err(error) => error,
            };
            let refused = error.kind() == ErrorKind::PreconditionFailed;
            // The parent was our guard: either our first attempt has arrived late, or others have committed.
            let guard_refused = refused && self.parent_commit.is_none() && guard.is_some();
            let lost = error.retryability() == Retryability::IfIdempotent
                || error.kind() == ErrorKind::Decode;
            if lost || guard_refused {
                let delay = backoff + backoff.mul_f64(fastrand::f64());
                if posts <= retry.max_retries() {
                    let requests = self.cx.requests.clone().with_operation(OPERATION);
                    requests.report_retry(posts, delay, error.message());
                }
                tokio::time::sleep(delay).await;
                backoff = (backoff * 2).min(retry.max_backoff());
                let head = match self.find(before).await {
                    Ok(LostCommit::Made { oid, pr }) => return Ok(self.found(oid, pr)),
                    Ok(LostCommit::NotMade { head }) => head,
                    Err(finding) => {
                        tracing::debug!(%finding, "the branch could not be read");
                        return Err(CommitFailure::Unknown(self.unknown(error)));
                    }
                };
                if self.create_pr && may_arrive_late(&error) {
                    // No parent can guard against a second pull request.
                    return Err(CommitFailure::Unknown(self.unknown(error)));
                }
                if posts > retry.max_retries() {
                    let error = self.explain(error);
                    return Err(CommitFailure::NotMade { error, head });
                }
                tracing::debug!(%error, "the commit was not made; sending it again");
                if !self.create_pr {
                    // Should the first attempt arrive after all, this one is refused.
                    guard = head;
                }
                continue;
            }
            if refused
                && self.options.rebase
                && !self.create_pr
                && rebases < MAX_REBASES
                && let Some(parent) = self.parent_commit.clone()
            {
                rebases += 1;
                let head = self.rebased(&parent, error).await;
                self.parent_commit = Some(head.map_err(CommitFailure::Refused)?);
                continue;
            }
            return Err(CommitFailure::Refused(self.explain(error)));
        }
    }

    async fn post(&self, parent: Option<&str>) -> Result<CommitInfo> {
        let guard = BodyGuard::default();
        let description = &self.options.description;
        let body = Payload::new(self.message, description, parent, &self.plan)?.into_body(
            self.plan.clone(),
            self.options.hash_index.is_some(),
            &guard,
        );
        let target = &self.cx.target;
        let mut request = self
            .cx
            .request(Request::post(
                target.api_at("commit", target.revision.as_str()),
            ))
            .operation(OPERATION)
            .idempotent(false)
            .header_timeout(self.options.commit_timeout)
            .body(body)
            .header("content-type", "application/x-ndjson");
        if self.create_pr {
            request = request.query("create_pr", 1);
        }
        if self.options.hot_reload {
            request = request.query("hot_reload", 1);
        }
        let response = execute_guarded(&self.cx.client, request, &guard).await?;
        let response: CommitResponse = response.json().await?;
        let oid = response.oid();
        let pr_url = response.pull_request_url.filter(|_| self.create_pr);
        let mut info = match (oid, response.commit_url) {
            (Some(oid), url) => {
                let mut info = self.info(&oid);
                info.commit_url = url.unwrap_or(info.commit_url);
                info
            }
            // The response is a success, so the commit was made; only its id is missing.
            (None, url) => {
                let oid = self.name_of_commit(pr_url.as_deref()).await?;
                let mut info = self.info(oid.as_str());
                info.commit_url = url.unwrap_or(info.commit_url);
                info
            }
        };
        info.pr_url = pr_url;
        Ok(info)
    }

    /// Returns the commit that was just made, if the response does not contain its id: the head of the target
    /// revision.
    async fn name_of_commit(&self, pr_url: Option<&str>) -> Result<CommitHash> {
        let mut cx = self.cx.clone();
        if self.create_pr {
            let num = pr_url.and_then(|url| url.rsplit('/').next()?.parse().ok());
            let num = num.ok_or_else(|| {
                Error::decode(
                    "the response to a commit names neither the commit nor the pull request",
                )
            })?;
            cx.target.revision = Revision::pull_request(num);
        }
        head(&cx).await
    }

    /// Searches the branch for the commit.
    async fn find(&self, before: Before) -> Result<LostCommit> {
        let wanted = wanted_paths(&self.plan).await?;
        if self.create_pr {
            find_pull_request(self.cx, self.message, before, &wanted).await
        } else {
            find_commit(self.cx, self.message, before, &wanted).await
        }
    }

    /// Returns the new head to commit on, if none of our paths has changed since `parent`.
    async fn rebased(&self, parent: &str, conflict: Error) -> Result<String> {
        let head = head(self.cx).await?;
        let wanted = wanted_paths(&self.plan).await?;
        let ours: Revision = parent.parse().map_err(invalid)?;
        let changed = changed_between(self.cx, &wanted, ours, head.into()).await?;
        if changed.is_empty() {
            tracing::debug!(%head, "others committed without changing our paths; committing on top");
            return Ok(head.to_string());
        }
        Err(conflict
            .with_context(format!(
                "others changed {} since {parent}",
                quoted(&changed)
            ))
            .with_hint("merge their changes, then commit on the new head"))
    }

    fn found(&self, oid: CommitHash, pr: Option<u64>) -> CommitInfo {
        tracing::debug!(%oid, "the commit was made; only its response was lost");
        let mut info = self.info(oid.as_str());
        info.pr_url = pr.map(|num| self.cx.discussion_url(num));
        info
    }

    fn info(&self, oid: &str) -> CommitInfo {
        let description = self.options.description.clone();
        commit_info(self.cx, oid, self.message.to_owned(), description)
    }

    /// Returns the error of a commit that may have been made, which must not be sent again by any layer.
    fn unknown(&self, error: Error) -> Error {
        let hint = if self.create_pr {
            "it is unknown whether the pull request was opened; look at the pull requests of the repository before trying again"
        } else {
            "it is unknown whether the commit was made; look at the history of the branch before trying again"
        };
        self.explain(error)
            .with_hint(hint)
            .with_retryability(Retryability::Never)
    }

    fn explain(&self, error: Error) -> Error {
        let deletes = |op: &PlannedOperation| matches!(op, PlannedOperation::Delete(_));
        match error.kind() {
            ErrorKind::RepositoryNotFound => no_repo_hint(error),
            ErrorKind::PreconditionFailed if self.parent_commit.is_some() => error.with_hint(
                "others committed after parent_commit; review their changes, or set rebase(true) to commit on top if no path was changed by both",
            ),
            ErrorKind::PreconditionFailed => error.with_hint(
                "others kept committing to the branch while this commit was sent again after a lost response; try again later",
            ),
            ErrorKind::EntryNotFound if self.plan.iter().any(deletes) => {
                error.with_hint("to delete a folder, end its path with `/` or set is_folder")
            }
            _ => error,
        }
    }
}

/// Returns whether a request may still take effect after this error, because the response did not come from
/// the Hub itself.
fn may_arrive_late(error: &Error) -> bool {
    // A gateway (502, 504 and the 52x of a CDN) responds for a server that may still be working.
    error
        .status()
        .is_none_or(|status| matches!(status.as_u16(), 408 | 502 | 504 | 520..=527))
}

fn quoted(paths: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text: Vec<String> = paths.iter().take(SHOWN).map(|p| format!("`{p}`")).collect();
    if paths.len() > SHOWN {
        text.push(format!("{} more", paths.len() - SHOWN));
    }
    text.join(", ")
}

/// Returns the commit `oid` of the repository, as the result of a call.
pub(crate) fn commit_info(
    cx: &Context,
    oid: &str,
    message: String,
    description: String,
) -> CommitInfo {
    let endpoint = cx.client.endpoint().to_string();
    let page = format!("{endpoint}{}/commit/{oid}", cx.target.page());
    let mut info = CommitInfo::new(page, oid);
    info.commit_message = message;
    info.commit_description = description;
    info.endpoint = endpoint;
    info
}
