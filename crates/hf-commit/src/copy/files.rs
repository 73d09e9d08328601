//! Copies files from one repository to another, or within one: `copy_files`.

use hf_transport::{Client, Error, ErrorKind, Result};

use super::target_path::{CopyDestination, resolve_copy_target_path};
use crate::commit_operation::CommitOperation;
use crate::context::Context;
use crate::create_commit::CreateCommit;
use crate::operation::CommitOperationCopy;
use crate::options::{CommitOptions, commit_setters};
use crate::outcome::CommitOutcome;
use crate::paths_info::paths_info;
use crate::target::RepoTarget;
use crate::tree::each_file;

/// Copies a file or folder from one repository to another, or within one, as a single commit (`copy_files`).
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{CopyFiles, RepoTarget};
/// let (from, to) = (RepoTarget::model("user/old")?, RepoTarget::model("user/new")?);
/// CopyFiles::new(from, "onnx/", to, "").run(&client).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct CopyFiles {
    source: RepoTarget,
    source_path: String,
    destination: RepoTarget,
    destination_path: String,
    options: CommitOptions,
}

impl CopyFiles {
    /// Creates a copy of `source_path` to `destination_path`. An empty source path means the whole
    /// repository, and a trailing `/` the contents of a folder without the folder itself. A destination with
    /// a trailing `/` is a folder.
    pub fn new(
        source: RepoTarget,
        source_path: impl Into<String>,
        destination: RepoTarget,
        destination_path: impl Into<String>,
    ) -> Self {
        Self {
            source,
            source_path: source_path.into(),
            destination,
            destination_path: destination_path.into(),
            options: CommitOptions::default(),
        }
    }

    fn map(mut self, set: impl FnOnce(CommitOptions) -> CommitOptions) -> Self {
        self.options = set(self.options);
        self
    }

    /// Copies the files and commits them.
    ///
    /// # Errors
    /// Returns `EntryNotFound` if there is no file at the source; otherwise the same as
    /// [`CreateCommit::run`].
    pub async fn run(self, client: &Client) -> Result<CommitOutcome> {
        self.options.check()?;
        let cx = self.options.context(client, self.destination.clone());
        let destination = find_destination(&cx, &self.destination_path).await?;
        let merge = self.source_path.is_empty() || self.source_path.ends_with('/');
        let root = self.source_path.trim_matches('/').to_owned();
        let files = source_files(&cx, &self.source, &root).await?;
        let same_repo = self.source.repo_id == self.destination.repo_id
            && self.source.repo_type == self.destination.repo_type;
        let mut operations = Vec::with_capacity(files.paths.len());
        for file in &files.paths {
            let src_root = (!root.is_empty() && !files.single).then_some(root.as_str());
            let to = resolve_copy_target_path(file, src_root, files.single, &destination, merge)?;
            let mut op =
                CommitOperationCopy::new(file, &to)?.src_revision(self.source.revision.clone());
            if !same_repo {
                op = op.src_repo(self.source.repo_id.clone(), self.source.repo_type);
            }
            operations.push(CommitOperation::Copy(op));
        }
        if operations.is_empty() {
            return Err(Error::new(
                ErrorKind::EntryNotFound,
                format!(
                    "there is no file at `{}` in {} {}",
                    self.source_path, self.source.repo_type, self.source.repo_id
                ),
            ));
        }
        let options = self.options.or_message(|| {
            format!(
                "Copy files from {}/{}",
                self.source.repo_type.api_plural(),
                self.source.repo_id
            )
        });
        CreateCommit::with_options(self.destination, operations, options)
            .run(client)
            .await
    }
}

commit_setters!(CopyFiles);

async fn find_destination(cx: &Context, given: &str) -> Result<CopyDestination> {
    let path = given.trim_matches('/');
    if path.is_empty() {
        return Ok(CopyDestination {
            path: String::new(),
            is_folder: true,
            exists_as_folder: true,
        });
    }
    let found = paths_info(cx, &cx.target, &[path]).await?;
    let exists_as_folder = match found.as_slice() {
        [info] => info.is_folder(),
        _ => false,
    };
    Ok(CopyDestination {
        path: path.to_owned(),
        is_folder: exists_as_folder || (found.is_empty() && given.ends_with('/')),
        exists_as_folder,
    })
}

struct SourceFiles {
    paths: Vec<String>,
    single: bool,
}

async fn source_files(cx: &Context, source: &RepoTarget, root: &str) -> Result<SourceFiles> {
    if !root.is_empty()
        && let [info] = paths_info(cx, source, &[root]).await?.as_slice()
        && !info.is_folder()
    {
        return Ok(SourceFiles {
            paths: vec![info.path.clone()],
            single: true,
        });
    }
    Ok(SourceFiles {
        paths: list_files(cx, source, root).await?,
        single: false,
    })
}

/// Returns the paths of all files below `root`.
async fn list_files(cx: &Context, target: &RepoTarget, root: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    each_file(cx, target, root, |file| {
        files.push(file);
        Ok(())
    })
    .await?;
    Ok(files)
}
