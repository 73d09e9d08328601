//! `copy_files` from one repository to another, or within one.

use futures_util::StreamExt as _;
use futures_util::pin_mut;
use hf_transport::{Client, Error, ErrorKind, Request, Result, path};
use hf_types::CommitInfo;
use serde::Deserialize;

use super::plan::{CopyDestination, resolve_copy_target_path};
use crate::commit::CreateCommit;
use crate::operation::{CommitOperation, CommitOperationCopy, invalid};
use crate::options::{CommitOptions, commit_setters};
use crate::paths_info::paths_info;
use crate::target::{Context, RepoTarget};

/// Copies a file or folder of a repository into a repository, as one commit (`copy_files`).
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
    /// Copies `source_path` (empty: everything; a trailing `/`: what the folder holds, not the folder) to
    /// `destination_path` (a trailing `/`: a folder).
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

    commit_setters!();

    /// Copies.
    pub async fn run(mut self, client: &Client) -> Result<CommitInfo> {
        self.options.check()?;
        let cx = self.options.context(client, self.destination.clone());
        let destination = look_at_destination(&cx, &self.destination_path).await?;
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
        self.options.message.get_or_insert_with(|| {
            format!(
                "Copy files from {}/{}",
                self.source.repo_type.api_plural(),
                self.source.repo_id
            )
        });
        CreateCommit::with_options(self.destination, operations, self.options)
            .run(client)
            .await
    }
}

async fn look_at_destination(cx: &Context, given: &str) -> Result<CopyDestination> {
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

/// An entry of a tree listing.
#[derive(Deserialize)]
pub(crate) struct TreeEntry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
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

/// The paths of all files below `root`.
async fn list_files(cx: &Context, target: &RepoTarget, root: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    each_file(cx, target, root, |file| {
        files.push(file);
        Ok(())
    })
    .await?;
    Ok(files)
}

/// Calls `each` with the path of every file below `root`.
pub(crate) async fn each_file(
    cx: &Context,
    target: &RepoTarget,
    root: &str,
    mut each: impl FnMut(String) -> Result<()>,
) -> Result<()> {
    let mut url = target.api_at("tree", target.revision.as_str());
    if !root.is_empty() {
        url = format!("{url}/{}", path::segment(root));
    }
    let request = cx
        .request(Request::get(url))
        .query("recursive", true)
        .query("expand", false)
        .operation("list_repo_tree");
    let entries = cx.client.pages::<TreeEntry>(request);
    pin_mut!(entries);
    while let Some(entry) = entries.next().await {
        let entry = entry?;
        if entry.kind == "file" {
            // Names become operations: checked like those of the user.
            crate::operation::normalize_path_in_repo(&entry.path).map_err(invalid)?;
            each(entry.path)?;
        }
    }
    Ok(())
}
