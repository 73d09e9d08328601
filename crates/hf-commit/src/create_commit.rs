//! Turns operations into a commit: `create_commit`.

use std::collections::HashSet;
use std::sync::Arc;

use hf_transport::progress::{FileOutcome, ProgressEvent};
use hf_transport::{Client, Error, Result};
use hf_types::RepoType;

use crate::blocking::blocking;
use crate::commit_operation::{CommitOperation, overwriting_operations};
use crate::context::{Context, no_repo_hint};
use crate::copy::{CopiedFile, FetchedCopy, fetch_copies};
use crate::file::{CommitFile, IgnoredFile};
use crate::operation::{CommitOperationCopy, CommitOperationDelete, self_and_parents};
use crate::options::{CommitOptions, commit_setters};
use crate::outcome::CommitOutcome;
use crate::paths_info::head;
use crate::plan::{CommitPlan, PlannedOperation};
use crate::post_commit::{PostCommit, commit_info};
use crate::prepare::{PreparedFile, git_ignore_of, prepare};
use crate::readme::validate_readme;
use crate::target::RepoTarget;

/// Creates a commit from operations (`create_commit`).
///
/// The Hub decides how each file is stored (`POST .../preupload/{revision}`), large files are uploaded while
/// others are still being hashed, files that the repository already has are dropped, and one `POST
/// /api/{type}s/{repo}/commit/{revision}` commits the rest. If nothing is left, no commit is made.
///
/// If the response to that last request is lost, the branch is read before anything is sent again, so that
/// the commit is made exactly once.
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{CommitOperationAdd, CommitOperationDelete, CreateCommit, RepoTarget};
/// let operations = [
///     CommitOperationAdd::from_path("model.safetensors", "out/model.safetensors")?.into(),
///     CommitOperationDelete::new("old/")?.into(),
/// ];
/// let outcome = CreateCommit::new(RepoTarget::model("user/repo")?, operations, "New weights")
///     .create_pr(true)
///     .run(&client)
///     .await?;
/// if let Some(commit) = outcome.into_created() {
///     println!("{}", commit.pr_url.unwrap_or_default());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a call does nothing until it is run"]
pub struct CreateCommit {
    target: RepoTarget,
    operations: Vec<CommitOperation>,
    options: CommitOptions,
}

impl CreateCommit {
    /// Creates a commit of `operations`, in order, with the title `commit_message`.
    pub fn new(
        target: RepoTarget,
        operations: impl IntoIterator<Item = CommitOperation>,
        commit_message: impl Into<String>,
    ) -> Self {
        Self::with_options(
            target,
            operations.into_iter().collect(),
            CommitOptions::new().commit_message(commit_message),
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

    fn map(mut self, set: impl FnOnce(CommitOptions) -> CommitOptions) -> Self {
        // The title is an argument, so options without a title do not remove it.
        let message = self.options.message.take();
        self.options = set(CommitOptions {
            message: message.clone(),
            ..self.options
        });
        self.options.message = self.options.message.or(message);
        self
    }

    /// Uploads the files and creates the commit.
    ///
    /// # Errors
    /// Returns `RepositoryNotFound`; `Forbidden` without write access; `PreconditionFailed` if
    /// `parent_commit` is no longer the head; `Upload` or `FileNotFound` for a file that changes or vanishes
    /// during the upload; `Validation` if the Hub rejects the metadata in a README.md. In all these cases
    /// nothing was committed, unless the hint says that this is unknown.
    pub async fn run(self, client: &Client) -> Result<CommitOutcome> {
        self.options.check()?;
        let cx = self.options.context(client, self.target);
        warn(&self.operations, cx.target.repo_type);
        let added = || self.operations.iter().filter_map(CommitOperation::added);
        cx.progress.event(&ProgressEvent::Begin {
            operation: "create_commit",
            files: Some(added().count() as u64),
            bytes: Some(added().map(|(_, size)| size).fold(0, u64::saturating_add)),
        });
        let readable = || self.operations.iter().filter_map(CommitOperation::readable);
        validate_readme(&cx, readable()).await?;
        let git_ignore = git_ignore_of(readable()).await?;

        let mut adds = Vec::new();
        let mut steps = Vec::with_capacity(self.operations.len());
        for operation in self.operations {
            steps.push(match operation {
                CommitOperation::Add(add) => {
                    adds.push(add);
                    Step::Add
                }
                CommitOperation::Preuploaded(file) => Step::Prepared(file.into_inner()),
                CommitOperation::Delete(op) => Step::Delete(op),
                CommitOperation::Copy(op) => Step::Copy(op),
            });
        }
        let transfer = self.options.transfer_options()?;
        let prepared = prepare(&cx, adds, self.options.create_pr, git_ignore, &transfer).await?;
        let copied = fetch_copies(&cx, steps.iter().filter_map(Step::as_copy)).await?;
        let Planned {
            plan,
            ignored,
            unchanged,
        } = plan(&cx, steps, prepared.files, copied).await?;
        let message = self.options.message.clone().unwrap_or_default();
        // If the Hub excludes all files, Python creates a commit without files.
        let outcome = if plan.is_empty() && (ignored.is_empty() || !unchanged.is_empty()) {
            tracing::warn!("no file has changed since the last commit; skipping the commit");
            let head = head(&cx).await.map_err(no_repo_hint)?;
            let description = self.options.description.clone();
            CommitOutcome::Unchanged(commit_info(&cx, head.as_str(), message, description))
        } else {
            let post = PostCommit {
                cx: &cx,
                plan: Arc::clone(&plan),
                message: &message,
                options: &self.options,
                create_pr: self.options.create_pr,
                parent_commit: self.options.parent_commit.clone(),
                before: prepared.head,
                guard: None,
            };
            CommitOutcome::Created(post.run().await.map_err(Error::from)?)
        };
        for file in &ignored {
            let path = &file.path_in_repo;
            cx.progress.file_end(path, FileOutcome::Present);
        }
        let committed = plan.iter().filter_map(PlannedOperation::as_file);
        for file in committed.clone() {
            // Progress of large files is reported by the transfer.
            if let CommitFile::Regular(file) = file {
                cx.progress.file_end(&file.path_in_repo, FileOutcome::Done);
            }
        }
        if let Some(index) = &self.options.hash_index {
            index.remember(committed.chain(&unchanged).filter_map(CommitFile::known));
        }
        cx.progress.event(&ProgressEvent::End {
            operation: "create_commit",
        });
        Ok(outcome)
    }
}

commit_setters!(CreateCommit);

/// An operation. Additions and copies refer to the prepared files, in order.
enum Step {
    /// The next addition.
    Add,
    Prepared(PreparedFile),
    Delete(CommitOperationDelete),
    Copy(CommitOperationCopy),
}

impl Step {
    fn as_copy(&self) -> Option<&CommitOperationCopy> {
        match self {
            Self::Copy(op) => Some(op),
            _ => None,
        }
    }
}

/// The operations that remain for a commit, and the files that are not part of it.
struct Planned {
    plan: CommitPlan,
    ignored: Vec<IgnoredFile>,
    unchanged: Vec<CommitFile>,
}

/// Assembles the commit without files that `.gitignore` excludes or that the repository already has.
async fn plan(
    cx: &Context,
    steps: Vec<Step>,
    added: Vec<PreparedFile>,
    copied: Vec<FetchedCopy>,
) -> Result<Planned> {
    let (mut added, mut copied) = (added.into_iter(), copied.into_iter());
    let mut ignored = Vec::new();
    let mut operations = Vec::with_capacity(steps.len());
    for step in steps {
        let file = match step {
            Step::Add => added.next(),
            Step::Prepared(file) => Some(file),
            Step::Delete(op) => {
                operations.push((PlannedOperation::Delete(op), false));
                continue;
            }
            Step::Copy(_) => {
                operations.extend(copied.next().map(|copy| (copy_line(&copy), copy.unchanged)));
                continue;
            }
        };
        match file {
            Some(PreparedFile::Ready(file)) => {
                operations.push((PlannedOperation::File(file), false));
            }
            Some(PreparedFile::Ignored(file)) => ignored.push(file),
            None => {}
        }
    }
    let progress = cx.progress.clone();
    let (plan, unchanged) = blocking(move || {
        let contested = contested_paths(operations.iter().map(|(op, _)| op));
        let mut plan = Vec::with_capacity(operations.len());
        let mut unchanged = Vec::new();
        for (operation, copy_is_unchanged) in operations {
            if is_contested(operation.path_in_repo(), &contested) {
                plan.push(operation);
                continue;
            }
            match operation {
                PlannedOperation::File(file) if file.is_unchanged()? => {
                    tracing::debug!(path = file.path_in_repo(), "unchanged");
                    // Progress of large files is reported by the transfer.
                    if let CommitFile::Regular(file) = &file {
                        progress.file_end(&file.path_in_repo, FileOutcome::Present);
                    }
                    unchanged.push(file);
                }
                _ if copy_is_unchanged => {}
                operation => plan.push(operation),
            }
        }
        Ok((plan.into(), unchanged))
    })
    .await?;
    Ok(Planned {
        plan,
        ignored,
        unchanged,
    })
}

fn copy_line(copy: &FetchedCopy) -> PlannedOperation {
    let path_in_repo = Arc::clone(&copy.path_in_repo);
    match &copy.file {
        CopiedFile::Regular(content) => PlannedOperation::CopyRegular {
            path_in_repo,
            content: content.clone(),
        },
        CopiedFile::Lfs { oid, .. } => PlannedOperation::CopyLfs {
            path_in_repo,
            oid: *oid,
        },
    }
}

/// Returns the paths that more than one operation affects: those that are deleted, and those written twice.
///
/// What the repository has at such a path before the commit says nothing about the operations after the
/// first.
fn contested_paths<'a>(operations: impl Iterator<Item = &'a PlannedOperation>) -> HashSet<String> {
    let mut contested = HashSet::new();
    let mut written: HashSet<&str> = HashSet::new();
    for operation in operations {
        let path = operation.path_in_repo().trim_end_matches('/');
        match operation {
            PlannedOperation::Delete(_) => {
                contested.insert(path.to_owned());
            }
            _ if !written.insert(path) => {
                contested.insert(path.to_owned());
            }
            _ => {}
        }
    }
    contested
}

fn is_contested(path: &str, contested: &HashSet<String>) -> bool {
    !contested.is_empty() && self_and_parents(path).any(|path| contested.contains(path))
}

/// Logs a warning about operations that look like mistakes.
fn warn(operations: &[CommitOperation], repo_type: RepoType) {
    for warning in overwriting_operations(operations) {
        tracing::warn!("{warning}");
    }
    if repo_type != RepoType::Dataset {
        for (path, _) in operations.iter().filter_map(CommitOperation::added) {
            if [".arrow", ".parquet"].iter().any(|end| path.ends_with(end)) {
                tracing::warn!(
                    path,
                    "a data file in a {repo_type} repository; datasets have repo_type `dataset`"
                );
            }
        }
    }
}
