//! The POST that makes the commit, once and only once.

use hf_transport::{Error, ErrorKind, Request, Result, Retryability};
use hf_types::{CommitHash, CommitInfo, Revision};
use serde::Deserialize;

use crate::blocking;
use crate::body::{Guard, execute_guarded};
use crate::copy::{CopiedFile, FilesToCopy};
use crate::hash::{git_blob, git_blob_of};
use crate::operation::{CommitOperation, UploadMode, invalid};
use crate::options::CommitOptions;
use crate::payload::Payload;
use crate::settle::{Fate, Wanted, WantedPaths, changed_between, find_commit, find_pull_request};
use crate::source::Source;
use crate::target::Context;
use crate::upload::no_repo_hint;

/// How often others may be faster before a rebase gives up.
const MAX_REBASES: u32 = 10;

/// A commit that is ready to be sent: modes known, large files in storage.
pub(crate) struct SendCommit<'a> {
    pub(crate) cx: &'a Context,
    pub(crate) operations: &'a [CommitOperation],
    pub(crate) copied: &'a FilesToCopy,
    pub(crate) message: &'a str,
    pub(crate) options: &'a CommitOptions,
    pub(crate) parent_commit: Option<String>,
    /// The head of the branch before, if it is known.
    pub(crate) before: Option<CommitHash>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    commit_url: String,
    commit_oid: String,
    pull_request_url: Option<String>,
}

impl SendCommit<'_> {
    pub(crate) async fn run(mut self) -> Result<CommitInfo> {
        let retry = *self.cx.client.retry();
        // Before the branch is looked at; doubles each time.
        let mut pause = retry.initial_backoff();
        let (mut posts, mut rebases) = (0, 0);
        // A parent that only guards our own second try.
        let mut guard_parent: Option<String> = None;
        loop {
            posts += 1;
            let parent = guard_parent.as_deref().or(self.parent_commit.as_deref());
            let error = match self.post(parent).await {
                Ok(info) => return Ok(info),
                Err(error) => error,
            };
            let guarded_conflict =
                guard_parent.is_some() && error.kind() == ErrorKind::PreconditionFailed;
            let unknown = error.retryability() == Retryability::IfIdempotent
                || error.kind() == ErrorKind::Decode;
            if unknown || guarded_conflict {
                // It may have been made. Looking is safe; sending again is not, until we know.
                tokio::time::sleep(pause + pause.mul_f64(fastrand::f64())).await;
                pause = (pause * 2).min(retry.max_backoff());
                let fate = match self.look().await {
                    Ok(fate) => fate,
                    Err(looking) => {
                        tracing::debug!(%looking, "the branch could not be looked at");
                        return Err(self.explain(error).with_hint(
                            "it is unknown whether the commit was made; look at the branch before trying again",
                        ));
                    }
                };
                match fate {
                    Fate::Landed { oid, pr } => return Ok(self.landed(oid, pr)),
                    Fate::Missing { head } => {
                        if posts > retry.max_retries() {
                            return Err(self.explain(error));
                        }
                        tracing::debug!(%error, "the commit was not made, sending it again");
                        if self.parent_commit.is_none() && !self.options.create_pr {
                            // Should the first one arrive after all, this one is refused.
                            guard_parent = head.map(|head| head.to_string());
                        }
                        self.before = head.or(self.before);
                        continue;
                    }
                }
            }
            if error.kind() == ErrorKind::PreconditionFailed
                && self.options.rebase
                && !self.options.create_pr
                && rebases < MAX_REBASES
                && let Some(parent) = self.parent_commit.clone()
            {
                rebases += 1;
                self.parent_commit = Some(self.rebased(&parent, error).await?);
                continue;
            }
            return Err(self.explain(error));
        }
    }

    async fn post(&self, parent: Option<&str>) -> Result<CommitInfo> {
        let guard = Guard::default();
        let body = self.payload(parent)?.into_body(&guard);
        let target = &self.cx.target;
        let mut request = self
            .cx
            .request(Request::post(
                target.api_at("commit", target.revision.as_str()),
            ))
            .operation("create_commit")
            .idempotent(false)
            .header_timeout(self.options.commit_timeout)
            .body(body)
            .header("content-type", "application/x-ndjson");
        if self.options.create_pr {
            request = request.query("create_pr", 1);
        }
        if self.options.hot_reload {
            request = request.query("hot_reload", 1);
        }
        let answer = execute_guarded(&self.cx.client, request, &guard).await?;
        let answer: Answer = answer.json().await?;
        Ok(CommitInfo {
            commit_url: answer.commit_url,
            commit_message: self.message.to_owned(),
            commit_description: self.options.description.clone(),
            oid: answer.commit_oid,
            endpoint: self.cx.client.endpoint().to_string(),
            pr_url: answer.pull_request_url.filter(|_| self.options.create_pr),
            extra: hf_types::Extra::default(),
        })
    }

    fn payload(&self, parent: Option<&str>) -> Result<Payload> {
        let mut payload = Payload::new(self.message, &self.options.description, parent);
        for operation in self.operations {
            match operation {
                CommitOperation::Add(op) => {
                    let state = op.state();
                    if state.should_ignore {
                        continue;
                    }
                    match state.mode {
                        Some(UploadMode::Lfs) => {
                            let oid = state.sha256.ok_or_else(|| unprepared(op.path_in_repo()))?;
                            payload.lfs_file(op.path_in_repo(), &oid, Some(op.size()));
                        }
                        Some(UploadMode::Regular) => {
                            let (source, stamp) = match &state.content {
                                Some(content) => (Source::Bytes(content.clone()), None),
                                None => (state.source.clone(), state.stamp),
                            };
                            let learner = self.options.hash_index.is_some().then(|| op.clone());
                            payload.file(op.path_in_repo(), source, stamp, op.size(), learner);
                        }
                        None => return Err(unprepared(op.path_in_repo())),
                    }
                }
                CommitOperation::Delete(op) => {
                    payload.deleted(op.path_in_repo(), op.deletes_folder());
                }
                CommitOperation::Copy(op) => match self.copied.get(op) {
                    Some(CopiedFile::Regular(bytes)) => {
                        let size = bytes.len() as u64;
                        let source = Source::Bytes(bytes.clone());
                        payload.file(op.path_in_repo(), source, None, size, None);
                    }
                    Some(CopiedFile::Lfs { oid, .. }) => {
                        payload.lfs_file(op.path_in_repo(), oid, None);
                    }
                    None => return Err(unprepared(op.path_in_repo())),
                },
            }
        }
        Ok(payload)
    }

    /// Whether the commit is on the branch after all.
    async fn look(&self) -> Result<Fate> {
        let wanted = self.wanted().await?;
        if self.options.create_pr {
            find_pull_request(self.cx, self.message, &wanted).await
        } else {
            find_commit(self.cx, self.message, self.before, &wanted).await
        }
    }

    /// What the touched paths are after the commit.
    async fn wanted(&self) -> Result<WantedPaths> {
        let mut wanted = WantedPaths::with_capacity(self.operations.len());
        for operation in self.operations {
            let path = operation.path_in_repo().to_owned();
            let state = match operation {
                CommitOperation::Add(op) => {
                    if op.should_ignore() {
                        continue;
                    }
                    if let (Some(UploadMode::Lfs), Some(oid)) = (op.upload_mode(), op.sha256()) {
                        Wanted::Object(oid)
                    } else {
                        let op = op.clone();
                        Wanted::Blob(blocking(move || git_blob_of(&op)).await?)
                    }
                }
                CommitOperation::Delete(_) => Wanted::Gone,
                CommitOperation::Copy(op) => match self.copied.get(op) {
                    Some(CopiedFile::Regular(bytes)) => Wanted::Blob(git_blob(bytes)),
                    Some(CopiedFile::Lfs { oid, .. }) => Wanted::Object(*oid),
                    None => continue,
                },
            };
            wanted.insert(path, state);
        }
        Ok(wanted)
    }

    /// The new head to commit on, if none of our paths has changed since `parent`.
    async fn rebased(&self, parent: &str, conflict: Error) -> Result<String> {
        let head = crate::paths_info::head(self.cx).await?;
        let wanted = self.wanted().await?;
        let ours: Revision = parent.parse().map_err(invalid)?;
        let changed = changed_between(self.cx, &wanted, ours, head.into()).await?;
        if changed.is_empty() {
            tracing::debug!(%head, "others committed, none of our paths changed: committing on top");
            return Ok(head.to_string());
        }
        Err(conflict
            .with_context(format!(
                "others changed {} since {parent}",
                quoted(&changed)
            ))
            .with_hint("take their changes in, then commit on the new head"))
    }

    fn landed(&self, oid: CommitHash, pr: Option<u64>) -> CommitInfo {
        tracing::debug!(%oid, "the commit was made, only its answer was lost");
        let mut info = head_info(
            self.cx,
            oid,
            self.message.to_owned(),
            self.options.description.clone(),
        );
        info.pr_url = pr.map(|num| {
            let page = self.cx.target.page();
            format!("{}{page}/discussions/{num}", self.cx.client.endpoint())
        });
        info
    }

    fn explain(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::RepositoryNotFound => no_repo_hint(error),
            ErrorKind::PreconditionFailed => error.with_hint(
                "others committed after parent_commit: look at their changes, or let rebase(true) commit on top where paths do not clash",
            ),
            ErrorKind::EntryNotFound
                if self.operations.iter().any(|op| matches!(op, CommitOperation::Delete(_))) =>
            {
                error.with_hint("a folder to be deleted is written with a trailing `/`, or is_folder")
            }
            _ => error,
        }
    }
}

fn unprepared(path: &str) -> Error {
    Error::validation(format!("`{path}` was not prepared for the commit"))
}

fn quoted(paths: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text: Vec<String> = paths.iter().take(SHOWN).map(|p| format!("`{p}`")).collect();
    if paths.len() > SHOWN {
        text.push(format!("{} more", paths.len() - SHOWN));
    }
    text.join(", ")
}

/// The commit `oid` of the repository, as the outcome of a call.
pub(crate) fn head_info(
    cx: &Context,
    oid: CommitHash,
    message: String,
    description: String,
) -> CommitInfo {
    let endpoint = cx.client.endpoint().to_string();
    CommitInfo {
        commit_url: format!("{endpoint}{}/commit/{oid}", cx.target.page()),
        commit_message: message,
        commit_description: description,
        oid: oid.to_string(),
        endpoint,
        pr_url: None,
        extra: hf_types::Extra::default(),
    }
}
