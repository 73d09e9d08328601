//! Commits the batches that the earlier stages have prepared, one after the other.

use std::sync::Arc;
use std::time::Instant;

use hf_transport::progress::FileOutcome;
use hf_transport::{BoxFuture, Error, ErrorKind, Request, Result, Retryability};
use hf_types::{CommitHash, CommitInfo, Revision};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

use super::batch::Batch;
use super::batch_size::BatchSizer;
use super::state::PullRequestState;
use crate::context::{Context, no_repo_hint};
use crate::file::CommitFile;
use crate::operation::CommitOperationDelete;
use crate::options::CommitOptions;
use crate::outcome::CommitOutcome;
use crate::paths_info::head;
use crate::plan::{CommitPlan, PlannedOperation};
use crate::post_commit::{CommitFailure, PostCommit, commit_info};

/// Creates the commits of one folder.
pub(super) struct Committer<'a> {
    pub(super) cx: Context,
    pub(super) options: &'a CommitOptions,
    pub(super) message: &'a str,
    /// Included in the first commit.
    pub(super) deletions: Vec<CommitOperationDelete>,
    pub(super) pr_state: PullRequestState,
    pub(super) sizer: BatchSizer,
    pub(super) done: Done,
}

/// What has been committed so far.
#[derive(Default)]
pub(super) struct Done {
    commits: u32,
    /// The URL of the pull request that all commits go to.
    pr_url: Option<String>,
    /// The head of the branch, if known.
    head: Option<CommitHash>,
    /// The head on which a commit was found missing after its response was lost. The request may still arrive
    /// late, so the next commit insists on this parent.
    guard: Option<CommitHash>,
    last: Option<CommitInfo>,
}

#[derive(Deserialize)]
struct PullRequest {
    num: u64,
    #[serde(default)]
    status: String,
}

impl Committer<'_> {
    /// Sends all commits to this pull request.
    pub(super) fn switch_to(&mut self, num: u64) {
        self.cx.target.revision = Revision::pull_request(num);
        self.done.pr_url = Some(self.cx.discussion_url(num));
    }

    pub(super) async fn run(mut self, mut batches: mpsc::Receiver<Batch>) -> Result<CommitOutcome> {
        while let Some(batch) = batches.recv().await {
            self.done.head = self.done.head.or(batch.head);
            if !batch.files.is_empty() || !self.deletions.is_empty() {
                let done = &self.done;
                let alone = batch.last && done.commits == 0 && done.pr_url.is_none();
                self.commit_or_split(batch.files, alone).await?;
            }
        }
        self.pr_state.clear().await;
        if let Some(mut info) = self.done.last {
            info.pr_url = info.pr_url.or(self.done.pr_url);
            return Ok(CommitOutcome::Created(info));
        }
        tracing::warn!("no file has changed since the last commit; skipping the commit");
        let head = head(&self.cx).await.map_err(no_repo_hint)?;
        let description = self.options.description.clone();
        let mut info = commit_info(
            &self.cx,
            head.as_str(),
            self.message.to_owned(),
            description,
        );
        info.pr_url = self.done.pr_url;
        Ok(CommitOutcome::Unchanged(info))
    }

    /// Commits the files or, if they were too many for the Hub, commits them in halves.
    fn commit_or_split(
        &mut self,
        files: Vec<CommitFile>,
        alone: bool,
    ) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let count = files.len();
            let (failure, mut files) = match self.commit(files, alone).await? {
                Ok(()) => return Ok(()),
                Err(failed) => failed,
            };
            self.sizer.failed();
            if let CommitFailure::NotMade { head, .. } = &failure {
                self.done.guard = *head;
            }
            if !BatchSizer::can_split(count) || !may_be_too_much(&failure) {
                return Err(failure.into());
            }
            let error = Error::from(failure);
            tracing::warn!(%error, files = count, "the commit failed, trying in halves");
            let second = files.split_off(count / 2);
            self.commit_or_split(files, false).await?;
            self.commit_or_split(second, false).await
        })
    }

    /// Creates one commit. If it fails, returns the files.
    async fn commit(
        &mut self,
        files: Vec<CommitFile>,
        alone: bool,
    ) -> Result<Result<(), (CommitFailure, Vec<CommitFile>)>> {
        let create_pr = self.options.create_pr && self.done.pr_url.is_none();
        if create_pr && !alone {
            self.open_pull_request().await?;
        }
        // There may be a great many deletions, so they are moved, not cloned.
        let deletions = std::mem::take(&mut self.deletions);
        let plan: CommitPlan = deletions
            .into_iter()
            .map(PlannedOperation::Delete)
            .chain(files.into_iter().map(PlannedOperation::File))
            .collect();
        let message = match self.done.commits {
            0 => self.message.to_owned(),
            n => format!("{} (part {})", self.message, n + 1),
        };
        let parent_commit = self.options.parent_commit.clone();
        let started = Instant::now();
        let post = PostCommit {
            cx: &self.cx,
            plan: Arc::clone(&plan),
            message: &message,
            options: self.options,
            create_pr: create_pr && alone,
            parent_commit: parent_commit.filter(|_| self.done.commits == 0),
            before: self.done.head,
            guard: self.done.guard,
        };
        let info = match post.run().await {
            Ok(info) => info,
            Err(failure) => {
                let mut files = Vec::with_capacity(plan.len());
                for operation in plan.iter() {
                    match operation {
                        PlannedOperation::File(file) => files.push(file.clone()),
                        PlannedOperation::Delete(op) => self.deletions.push(op.clone()),
                        PlannedOperation::CopyRegular { .. } | PlannedOperation::CopyLfs { .. } => {
                        }
                    }
                }
                return Ok(Err((failure, files)));
            }
        };
        let committed = || plan.iter().filter_map(PlannedOperation::as_file);
        self.done.commits += 1;
        self.done.head = info.oid.parse().ok();
        self.done.guard = None;
        self.done.last = Some(info);
        self.sizer.succeeded(started.elapsed(), committed().count());
        if let Some(index) = &self.options.hash_index {
            index.remember(committed().filter_map(CommitFile::known));
        }
        for file in committed() {
            // Progress of large files is reported by the transfer.
            if let CommitFile::Regular(file) = file {
                let progress = &self.cx.progress;
                progress.file_end(&file.path_in_repo, FileOutcome::Done);
            }
        }
        Ok(Ok(()))
    }

    /// Opens the pull request that all commits go to, and records it on disk before the first commit.
    async fn open_pull_request(&mut self) -> Result<()> {
        let description = match self.options.description.trim() {
            "" => "Pull request opened by an upload of a folder",
            text => text,
        };
        let request = self
            .cx
            .request(Request::post(self.cx.target.api("discussions")))
            .operation("create_pull_request")
            .json(&json!({
                "title": self.message.trim(),
                "description": description,
                "pullRequest": true,
            }));
        let response = self.cx.client.fetch(request).await.map_err(no_repo_hint)?;
        let pr: PullRequest = response.json()?;
        self.pr_state.store(pr.num).await?;
        self.switch_to(pr.num);
        Ok(())
    }
}

/// Returns the pull request of an interrupted run, if it is still open.
pub(super) async fn unfinished(cx: &Context, state: &PullRequestState) -> Result<Option<u64>> {
    let Some(num) = state.load().await? else {
        return Ok(None);
    };
    let request = cx
        .request(Request::get(cx.target.api(&format!("discussions/{num}"))))
        .operation("get_discussion_details");
    match cx.client.fetch(request).await {
        Ok(response) => {
            let pr: PullRequest = response.json()?;
            if matches!(pr.status.as_str(), "open" | "draft") {
                tracing::info!(
                    num,
                    "continuing with the pull request of an unfinished upload"
                );
                return Ok(Some(num));
            }
        }
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(no_repo_hint(error)),
    }
    state.clear().await;
    Ok(None)
}

/// Returns whether fewer files may help. If it is unknown whether the commit was made, it must not be split,
/// because its halves could be committed twice.
fn may_be_too_much(failure: &CommitFailure) -> bool {
    match failure {
        CommitFailure::Unknown(_) => false,
        CommitFailure::NotMade { .. } => true,
        CommitFailure::Refused(error) => {
            error.retryability() == Retryability::IfIdempotent
                || error.kind() == ErrorKind::Timeout
                || error.status().is_some_and(|status| status.as_u16() == 413)
        }
    }
}
