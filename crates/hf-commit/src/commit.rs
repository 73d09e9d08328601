//! `create_commit`: from operations to a commit.

use std::collections::HashSet;

use hf_transport::progress::{FileOutcome, ProgressEvent};
use hf_transport::{Client, Error, ErrorKind, Request, Result};
use hf_types::{CommitInfo, RepoType};
use serde::Deserialize;

use crate::blocking;
use crate::copy::{FilesToCopy, fetch_files_to_copy};
use crate::hash::git_blob_of;
use crate::operation::{
    CommitOperation, CommitOperationAdd, UploadMode, overwriting_operations, self_and_parents,
};
use crate::options::{CommitOptions, commit_setters};
use crate::paths_info::head;
use crate::send::{SendCommit, head_info};
use crate::target::{Context, RepoTarget};
use crate::upload::{PrepareOptions, git_ignore_of, no_repo_hint, prepare};

/// Makes a commit of any operations (`create_commit`).
///
/// Files are asked about (`preupload`), large ones go to storage while others are still hashed, files that are on the
/// Hub already as they are drop out, and one `POST /api/{type}s/{repo}/commit/{revision}` names what is left. If nothing
/// is, no commit is made and the head is returned.
///
/// The answer to that POST may get lost. Then the branch is looked at before anything is sent again, so that there is
/// one commit, not none and not two.
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{CommitOperationAdd, CommitOperationDelete, CreateCommit, RepoTarget};
/// let operations = [
///     CommitOperationAdd::from_path("model.safetensors", "out/model.safetensors")?.into(),
///     CommitOperationDelete::new("old/")?.into(),
/// ];
/// let commit = CreateCommit::new(RepoTarget::model("user/repo")?, operations, "New weights")
///     .create_pr(true)
///     .run(&client)
///     .await?;
/// println!("{}", commit.pr_url.unwrap_or_default());
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct CreateCommit {
    target: RepoTarget,
    operations: Vec<CommitOperation>,
    options: CommitOptions,
}

impl CreateCommit {
    /// A commit of `operations`, in their order, called `commit_message`.
    pub fn new(
        target: RepoTarget,
        operations: impl IntoIterator<Item = CommitOperation>,
        commit_message: impl Into<String>,
    ) -> Self {
        Self::with_options(
            target,
            operations.into_iter().collect(),
            CommitOptions {
                message: Some(commit_message.into()),
                ..CommitOptions::default()
            },
        )
    }

    pub(crate) fn with_options(
        target: RepoTarget,
        operations: Vec<CommitOperation>,
        options: CommitOptions,
    ) -> Self {
        Self {
            target,
            operations,
            options,
        }
    }

    commit_setters!(uploads);

    /// Uploads and commits.
    pub async fn run(self, client: &Client) -> Result<CommitInfo> {
        self.options.check()?;
        let cx = self.options.context(client, self.target);
        let adds: Vec<CommitOperationAdd> = self
            .operations
            .iter()
            .filter_map(|op| op.as_add().cloned())
            .collect();
        check_reuse(&adds)?;
        warn(&self.operations, cx.target.repo_type);
        cx.progress.event(&ProgressEvent::Begin {
            operation: "create_commit",
            files: Some(adds.len() as u64),
            bytes: Some(adds.iter().map(CommitOperationAdd::size).sum()),
        });
        validate_readme(&cx, &adds).await?;

        let prepare_options = PrepareOptions::new(
            self.options.create_pr,
            git_ignore_of(&adds).await?,
            self.options.transfer()?,
        );
        let prepared = prepare(&cx, &adds, &prepare_options).await?;
        let copied = fetch_files_to_copy(&cx, &self.operations).await?;
        let operations = without_unchanged(&cx, self.operations, &copied).await?;
        let message = self.options.message.clone().unwrap_or_default();
        let info = if operations.is_empty() {
            tracing::info!("no file has changed since the last commit: none is made");
            let head = head(&cx).await.map_err(no_repo_hint)?;
            head_info(&cx, head, message, self.options.description.clone())
        } else {
            SendCommit {
                cx: &cx,
                operations: &operations,
                copied: &copied,
                message: &message,
                options: &self.options,
                parent_commit: self.options.parent_commit.clone(),
                before: prepared.head,
            }
            .run()
            .await?
        };
        for op in operations.iter().filter_map(CommitOperation::as_add) {
            if op.should_ignore() {
                cx.progress
                    .file_end(op.path_in_repo(), FileOutcome::Present);
            } else if op.upload_mode() == Some(UploadMode::Regular) {
                cx.progress.file_end(op.path_in_repo(), FileOutcome::Done);
            }
        }
        if let Some(index) = &self.options.hash_index {
            index.remember(&adds);
        }
        for op in &adds {
            op.state().committed = true;
            prepare_options.small.release(op);
        }
        cx.progress.event(&ProgressEvent::End {
            operation: "create_commit",
        });
        Ok(info)
    }
}

pub(crate) fn check_reuse(adds: &[CommitOperationAdd]) -> Result<()> {
    match adds.iter().find(|op| op.is_committed()) {
        Some(op) => Err(Error::validation(format!(
            "the operation on `{}` is part of a commit already; build a new one",
            op.path_in_repo()
        ))),
        None => Ok(()),
    }
}

fn warn(operations: &[CommitOperation], repo_type: RepoType) {
    for warning in overwriting_operations(operations) {
        tracing::warn!("{warning}");
    }
    if repo_type != RepoType::Dataset {
        for op in operations.iter().filter_map(CommitOperation::as_add) {
            let path = op.path_in_repo();
            if [".arrow", ".parquet"].iter().any(|end| path.ends_with(end)) {
                tracing::warn!(
                    path,
                    "a data file in a {repo_type} repository; datasets have repo_type `dataset`"
                );
            }
        }
    }
}

#[derive(Deserialize, Default)]
struct YamlAnswer {
    #[serde(default)]
    errors: Vec<YamlMessage>,
    #[serde(default)]
    warnings: Vec<YamlMessage>,
}

#[derive(Deserialize)]
struct YamlMessage {
    message: String,
}

/// Lets the Hub check the metadata of a README.md before anything is uploaded.
pub(crate) async fn validate_readme(cx: &Context, adds: &[CommitOperationAdd]) -> Result<()> {
    let Some(readme) = adds.iter().find(|op| op.path_in_repo() == "README.md") else {
        return Ok(());
    };
    validate_yaml(cx, readme.read_text().await?).await
}

pub(crate) async fn validate_yaml(cx: &Context, content: String) -> Result<()> {
    let request = cx
        .request(Request::post("/api/validate-yaml"))
        .operation("validate_yaml")
        .idempotent(true)
        .json(&serde_json::json!({
            "content": content,
            "repoType": cx.target.repo_type.as_str(),
        }));
    match cx.client.fetch(request).await {
        Ok(answer) => {
            // Warnings only inform; an answer of another form has none.
            for warning in answer.json::<YamlAnswer>().unwrap_or_default().warnings {
                tracing::warn!("metadata in README.md: {}", warning.message);
            }
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::BadRequest => {
            let answer: YamlAnswer = serde_json::from_slice(error.body()).unwrap_or_default();
            let errors: Vec<&str> = answer.errors.iter().map(|e| e.message.as_str()).collect();
            Err(Error::validation(format!(
                "invalid metadata in README.md: {}",
                errors.join("; ")
            ))
            .with_hint("mend the YAML block at its top")
            .with_source(error))
        }
        Err(error) => Err(error),
    }
}

/// Drops files that are on the Hub as they are, unless the same commit deletes them.
async fn without_unchanged(
    cx: &Context,
    operations: Vec<CommitOperation>,
    copied: &FilesToCopy,
) -> Result<Vec<CommitOperation>> {
    let deleted: HashSet<String> = operations
        .iter()
        .filter_map(|op| match op {
            CommitOperation::Delete(op) => Some(op.path_in_repo().trim_end_matches('/').to_owned()),
            _ => None,
        })
        .collect();
    let progress = cx.progress.clone();
    let (kept, deleted) = blocking(move || {
        let mut kept = Vec::with_capacity(operations.len());
        for op in operations {
            let unchanged = match &op {
                CommitOperation::Add(op) => is_unchanged(op)?,
                CommitOperation::Delete(_) | CommitOperation::Copy(_) => false,
            };
            if !unchanged || is_deleted(op.path_in_repo(), &deleted) {
                kept.push(op);
            } else {
                let path = op.path_in_repo();
                tracing::debug!(path, "unchanged");
                // The transfer tells of large files.
                if op
                    .as_add()
                    .is_some_and(|op| op.upload_mode() == Some(UploadMode::Regular))
                {
                    progress.file_end(path, FileOutcome::Present);
                }
            }
        }
        Ok((kept, deleted))
    })
    .await?;
    Ok(kept
        .into_iter()
        .filter(|op| match op {
            CommitOperation::Copy(copy) => {
                !copied.is_unchanged(copy) || is_deleted(copy.path_in_repo(), &deleted)
            }
            _ => true,
        })
        .collect())
}

fn is_deleted(path: &str, deleted: &HashSet<String>) -> bool {
    !deleted.is_empty() && self_and_parents(path).any(|path| deleted.contains(path))
}

/// Whether the Hub has these bytes at this path. Blocking.
pub(crate) fn is_unchanged(op: &CommitOperationAdd) -> Result<bool> {
    let (mode, remote) = {
        let state = op.state();
        (state.mode, state.remote_oid.clone())
    };
    let Some(remote) = remote else {
        return Ok(false);
    };
    Ok(match mode {
        Some(UploadMode::Lfs) => op.sha256().is_some_and(|oid| *oid.as_str() == *remote),
        Some(UploadMode::Regular) => *git_blob_of(op)?.as_str() == *remote,
        None => false,
    })
}
