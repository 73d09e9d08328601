//! Deletes files of the repository that match patterns.

use std::sync::Arc;

use hf_transport::{Client, Result};
use hf_types::PatternSet;

use crate::blocking::on_thread;
use crate::commit_operation::CommitOperation;
use crate::context::Context;
use crate::create_commit::CreateCommit;
use crate::hash::sha256;
use crate::operation::CommitOperationDelete;
use crate::options::{CommitOptions, commit_setters};
use crate::outcome::CommitOutcome;
use crate::target::RepoTarget;
use crate::tree::each_file;
use crate::walk::Walk;

/// The file by which the Hub distinguishes large files from others. Patterns never delete it.
const GIT_ATTRIBUTES: &str = ".gitattributes";

/// Returns deletions of the files below `prefix` that match `patterns`, except those for which `kept` returns
/// true for the path relative to `prefix`. The list of files is streamed; only the deletions are kept in
/// memory.
async fn deletions(
    cx: &Context,
    prefix: &str,
    patterns: &[String],
    kept: impl Fn(&str) -> bool,
) -> Result<Vec<CommitOperationDelete>> {
    let wanted = PatternSet::new(Some(patterns), None::<[&str; 0]>);
    let mut operations = Vec::new();
    each_file(cx, &cx.target, "", |file| {
        if file != GIT_ATTRIBUTES
            && file
                .strip_prefix(prefix)
                .is_some_and(|relative| wanted.matches(relative) && !kept(relative))
        {
            operations.push(CommitOperationDelete::listed(file)?);
        }
        Ok(())
    })
    .await?;
    Ok(operations)
}

/// Returns deletions of the files that match `patterns` and that `walk` will not upload.
pub(super) async fn deletions_without(
    cx: &Context,
    prefix: &str,
    patterns: &[String],
    walk: &Arc<Walk>,
) -> Result<Vec<CommitOperationDelete>> {
    let wanted = PatternSet::new(Some(patterns), None::<[&str; 0]>);
    let walk = Arc::clone(walk);
    let local = on_thread("hf-upload-walk", move || {
        let mut local = Vec::new();
        walk.run(&mut |file| {
            if wanted.matches(&file.relative) {
                local.push(shortened(&file.relative));
            }
            Ok(true)
        })?;
        local.sort_unstable();
        Ok(local)
    })
    .await?;
    deletions(cx, prefix, patterns, |relative| {
        local.binary_search(&shortened(relative)).is_ok()
    })
    .await
}

/// Returns a 16-byte hash of a name, so that a million names take little memory.
fn shortened(name: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&sha256(name.as_bytes()).to_bytes()[..16]);
    short
}

/// Deletes all files that match patterns (`delete_files`).
///
/// `.gitattributes` is never deleted. Sends requests for the tree, and then one for the commit.
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{DeleteFiles, RepoTarget};
/// DeleteFiles::new(RepoTarget::model("user/repo")?, ["*.bin", "logs/"]).run(&client).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a call does nothing until it is run"]
pub struct DeleteFiles {
    target: RepoTarget,
    patterns: Vec<String>,
    options: CommitOptions,
}

impl DeleteFiles {
    /// Creates the deletion of the files whose path matches one of `delete_patterns`.
    pub fn new(
        target: RepoTarget,
        delete_patterns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            target,
            patterns: delete_patterns.into_iter().map(Into::into).collect(),
            options: CommitOptions::default(),
        }
    }

    fn map(mut self, set: impl FnOnce(CommitOptions) -> CommitOptions) -> Self {
        self.options = set(self.options);
        self
    }

    /// Commits the deletions, if any file matches.
    ///
    /// # Errors
    /// The same as [`CreateCommit::run`].
    pub async fn run(self, client: &Client) -> Result<CommitOutcome> {
        self.options.check()?;
        let cx = self.options.context(client, self.target.clone());
        let deletions = deletions(&cx, "", &self.patterns, |_| false).await?;
        let operations = deletions.into_iter().map(CommitOperation::Delete);
        let options = self.options.or_message(|| {
            format!(
                "Delete files {} with huggingface_hub",
                self.patterns.join(" ")
            )
        });
        CreateCommit::with_options(self.target, operations.collect(), options)
            .run(client)
            .await
    }
}

commit_setters!(DeleteFiles);
