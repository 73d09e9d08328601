//! Files of the repository that are deleted by pattern.

use std::sync::Arc;

use hf_transport::{Client, Result};
use hf_types::{CommitInfo, PatternSet};

use crate::blocking;
use crate::commit::CreateCommit;
use crate::copy::each_file;
use crate::hash::sha256;
use crate::operation::{CommitOperation, CommitOperationDelete};
use crate::options::{CommitOptions, commit_setters};
use crate::target::{Context, RepoTarget};
use crate::walk::Walk;

/// The file that the Hub needs to tell large files from others; patterns never delete it.
const GIT_ATTRIBUTES: &str = ".gitattributes";

/// Deletes the files below `prefix` that match `patterns`, but for those that `kept` names, by their path below
/// `prefix`. The list of files passes by; only what is deleted stays.
async fn deletions(
    cx: &Context,
    prefix: &str,
    patterns: &[String],
    kept: impl Fn(&str) -> bool,
) -> Result<Vec<CommitOperation>> {
    let wanted = PatternSet::new(Some(patterns), None::<[&str; 0]>);
    let mut operations = Vec::new();
    each_file(cx, &cx.target, "", |file| {
        if file != GIT_ATTRIBUTES
            && file
                .strip_prefix(prefix)
                .is_some_and(|relative| wanted.matches(relative) && !kept(relative))
        {
            operations.push(CommitOperationDelete::file(&file)?.into());
        }
        Ok(())
    })
    .await?;
    Ok(operations)
}

/// The same, for files that `walk` will not upload.
pub(super) async fn deletions_without(
    cx: &Context,
    prefix: &str,
    patterns: &[String],
    walk: &Arc<Walk>,
) -> Result<Vec<CommitOperation>> {
    let wanted = PatternSet::new(Some(patterns), None::<[&str; 0]>);
    let walk = Arc::clone(walk);
    let local = blocking(move || {
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

/// 16 bytes that stand for a name, however long: a million names take little.
fn shortened(name: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&sha256(name.as_bytes()).to_bytes()[..16]);
    short
}

/// Deletes all files that match patterns (`delete_files`).
///
/// `.gitattributes` stays. HTTP: the tree, then the commit.
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{DeleteFiles, RepoTarget};
/// DeleteFiles::new(RepoTarget::model("user/repo")?, ["*.bin", "logs/"]).run(&client).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct DeleteFiles {
    target: RepoTarget,
    patterns: Vec<String>,
    options: CommitOptions,
}

impl DeleteFiles {
    /// Deletes what matches one of `delete_patterns`.
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

    commit_setters!();

    /// Commits the deletions.
    pub async fn run(self, client: &Client) -> Result<CommitInfo> {
        let mut options = self.options;
        options.check()?;
        let cx = options.context(client, self.target.clone());
        let operations = deletions(&cx, "", &self.patterns, |_| false).await?;
        options.message.get_or_insert_with(|| {
            format!(
                "Delete files {} with huggingface_hub",
                self.patterns.join(" ")
            )
        });
        CreateCommit::with_options(self.target, operations, options)
            .run(client)
            .await
    }
}
