//! One commit after the other, of what the stages before have brought to storage.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use hf_transport::progress::FileOutcome;
use hf_transport::{Error, ErrorKind, Request, Result, Retryability};
use hf_types::{CommitInfo, Revision};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

use super::pacer::Pacer;
use super::pipeline::Head;
use super::state::OpenPullRequest;
use crate::copy::FilesToCopy;
use crate::operation::{CommitOperation, CommitOperationAdd, UploadMode};
use crate::options::CommitOptions;
use crate::paths_info::head;
use crate::preupload::SmallFiles;
use crate::send::{SendCommit, head_info};
use crate::target::Context;
use crate::transfer::BoxFuture;
use crate::upload::no_repo_hint;

/// Files of one commit.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) ops: Vec<CommitOperationAdd>,
    /// No other batch follows.
    pub(super) last: bool,
}

pub(super) struct Committer<'a> {
    cx: Context,
    options: &'a CommitOptions,
    message: &'a str,
    /// Made with the first commit.
    deletions: Vec<CommitOperation>,
    small: SmallFiles,
    open_pr: OpenPullRequest,
    pr_url: Option<String>,
    pacer: Pacer,
    /// Where the stage before reads how large a batch may be.
    target_files: Arc<AtomicUsize>,
    commits: u32,
    head: Head,
    last: Option<CommitInfo>,
}

#[derive(Deserialize)]
struct PullRequest {
    num: u64,
    #[serde(default)]
    status: String,
}

impl<'a> Committer<'a> {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn new(
        cx: &Context,
        options: &'a CommitOptions,
        message: &'a str,
        deletions: Vec<CommitOperation>,
        small: SmallFiles,
        open_pr: OpenPullRequest,
        pacer: Pacer,
        target_files: Arc<AtomicUsize>,
    ) -> Self {
        target_files.store(pacer.files(), Ordering::Relaxed);
        Self {
            cx: cx.clone(),
            options,
            message,
            deletions,
            small,
            open_pr,
            pr_url: None,
            pacer,
            target_files,
            commits: 0,
            head: None,
            last: None,
        }
    }

    /// All commits go to this pull request.
    pub(super) fn switch_to(&mut self, num: u64) {
        self.cx.target.revision = Revision::pull_request(num);
        self.pr_url = Some(format!(
            "{}{}/discussions/{num}",
            self.cx.client.endpoint(),
            self.cx.target.page()
        ));
    }

    pub(super) async fn run(mut self, mut batches: mpsc::Receiver<Batch>) -> Result<CommitInfo> {
        while let Some(batch) = batches.recv().await {
            if !batch.ops.is_empty() || !self.deletions.is_empty() {
                let alone = batch.last && self.commits == 0 && self.pr_url.is_none();
                self.commit_or_split(batch.ops, alone).await?;
            }
        }
        self.open_pr.clear();
        let mut info = if let Some(info) = self.last {
            info
        } else {
            tracing::info!("no file has changed since the last commit: none is made");
            let head = head(&self.cx).await.map_err(no_repo_hint)?;
            let description = self.options.description.clone();
            head_info(&self.cx, head, self.message.to_owned(), description)
        };
        info.pr_url = info.pr_url.or(self.pr_url);
        Ok(info)
    }

    /// Commits; where the Hub could not cope, in halves.
    fn commit_or_split(
        &mut self,
        ops: Vec<CommitOperationAdd>,
        alone: bool,
    ) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let count = ops.len();
            let error = match self.commit(&ops, alone).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            self.pacer.failed();
            self.target_files
                .store(self.pacer.files(), Ordering::Relaxed);
            if !Pacer::can_split(count) || !too_much(&error) {
                return Err(error);
            }
            tracing::warn!(%error, files = count, "the commit failed, trying in halves");
            let (first, second) = ops.split_at(count / 2);
            let (first, second) = (first.to_vec(), second.to_vec());
            self.commit_or_split(first, false).await?;
            self.commit_or_split(second, false).await
        })
    }

    async fn commit(&mut self, ops: &[CommitOperationAdd], alone: bool) -> Result<()> {
        let create_pr = self.options.create_pr && self.pr_url.is_none();
        if create_pr && !alone {
            self.open_pull_request().await?;
        }
        // There may be very many deletions: they are moved, not cloned.
        let deleted = self.deletions.len();
        let mut operations = std::mem::take(&mut self.deletions);
        operations.extend(ops.iter().cloned().map(CommitOperation::Add));
        let message = match self.commits {
            0 => self.message.to_owned(),
            n => format!("{} (part {})", self.message, n + 1),
        };
        let options = CommitOptions {
            create_pr: create_pr && alone,
            ..self.options.clone()
        };
        let started = Instant::now();
        let sent = SendCommit {
            cx: &self.cx,
            operations: &operations,
            copied: &FilesToCopy::default(),
            message: &message,
            options: &options,
            parent_commit: self
                .options
                .parent_commit
                .clone()
                .filter(|_| self.commits == 0),
            before: self.head,
        }
        .run()
        .await;
        let info = match sent {
            Ok(info) => info,
            Err(error) => {
                operations.truncate(deleted);
                self.deletions = operations;
                return Err(error);
            }
        };
        drop(operations);
        self.commits += 1;
        self.head = info.oid.parse().ok();
        self.last = Some(info);
        self.pacer.succeeded(started.elapsed(), ops.len());
        self.target_files
            .store(self.pacer.files(), Ordering::Relaxed);
        if let Some(index) = &self.options.hash_index {
            index.remember(ops);
        }
        for op in ops {
            op.state().committed = true;
            self.small.release(op);
            if op.upload_mode() == Some(UploadMode::Regular) {
                self.cx
                    .progress
                    .file_end(op.path_in_repo(), FileOutcome::Done);
            }
        }
        Ok(())
    }

    /// Opens the pull request that all commits go to, and notes it before the first of them.
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
        let answer = self.cx.client.fetch(request).await.map_err(no_repo_hint)?;
        let pr: PullRequest = answer.json()?;
        self.open_pr.store(pr.num)?;
        self.switch_to(pr.num);
        Ok(())
    }
}

/// The pull request of a run that did not end, if it is open still.
pub(super) async fn unfinished(cx: &Context, open_pr: &OpenPullRequest) -> Result<Option<u64>> {
    let Some(num) = open_pr.load() else {
        return Ok(None);
    };
    let request = cx
        .request(Request::get(cx.target.api(&format!("discussions/{num}"))))
        .operation("get_discussion_details");
    match cx.client.fetch(request).await {
        Ok(answer) => {
            let pr: PullRequest = answer.json()?;
            if matches!(pr.status.as_str(), "open" | "draft") {
                tracing::info!(
                    num,
                    "going on with the pull request of an unfinished upload"
                );
                return Ok(Some(num));
            }
        }
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(no_repo_hint(error)),
    }
    open_pr.clear();
    Ok(None)
}

/// Whether fewer files may help.
fn too_much(error: &Error) -> bool {
    error.retryability() == Retryability::IfIdempotent
        || error.kind() == ErrorKind::Timeout
        || error.status().is_some_and(|status| status.as_u16() == 413)
}
