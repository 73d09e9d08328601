//! Uploads of folders of any size.

use std::path::PathBuf;

use hf_commit::{CommitOptions, CommitOutcome, LinksOutside, UploadFolder};
use hf_types::{Param, RepoId, RepoType, Revision};

use super::super::support::exclusive;
use super::{commit_options, target, upload_setters};
use crate::call::{Arg, Context, OneOrMany, Operation};
use crate::{Call, HfApi, Result};

/// Uploads a folder of any size.
///
/// Files are hashed, sent and committed at the same time, in as many commits as
/// necessary. An interrupted upload resumes where it stopped when the call is
/// repeated. `.git` and `.cache/huggingface` are left out; symbolic links
/// within the folder are followed.
///
/// `POST /api/{repo_type}s/{repo_id}/commit/{revision}` for each batch of
/// files, after the requests that upload large files.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::transport::progress::ProgressEvent;
/// api.upload_folder("user/name", "out")
///     .allow_patterns("*.safetensors")
///     .on_progress(|event: &ProgressEvent<'_>| {
///         if let ProgressEvent::FileEnd { file, outcome } = event {
///             println!("{file}: {outcome:?}");
///         }
///     })
///     .await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// Those of [`create_commit`](HfApi::create_commit); `Validation` for a file
/// name that is not UTF-8.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = CommitOutcome, progress)]
pub struct UploadFolderCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The local folder.
    #[call(arg)]
    folder_path: PathBuf,
    /// The folder in the repository. By default, the root.
    path_in_repo: Option<String>,
    /// The title of the commit.
    commit_message: Option<String>,
    /// The description of the commit.
    commit_description: Option<String>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, or a pull request (`refs/pr/1`). By default, `main`.
    revision: Arg<Revision>,
    /// Whether to open a pull request with the files.
    create_pr: Option<bool>,
    /// The commit that must still be the head.
    parent_commit: Option<String>,
    /// Whether to commit on top of commits that others made after
    /// `parent_commit`, if no path of this commit has changed since.
    rebase: bool,
    /// The patterns of which a path must match one.
    allow_patterns: Option<OneOrMany<String>>,
    /// The patterns of paths to leave out.
    ignore_patterns: Option<OneOrMany<String>>,
    /// The patterns of files in the repository to delete, unless they are
    /// uploaded.
    delete_patterns: Option<OneOrMany<String>>,
    /// The handling of symbolic links that lead out of the folder: `refuse` the
    /// upload and name the link (the default), or `follow` them.
    links_outside: Option<LinksOutside>,
    /// The maximum number of files in the first commit. Later commits adapt to
    /// the speed of the Hub.
    files_per_commit: Option<usize>,
    #[call(rust_only)]
    options: CommitOptions,
}

impl Operation for UploadFolderCall {
    async fn run(self, api: HfApi) -> Result<CommitOutcome> {
        exclusive(
            self.create_pr == Some(true)
                && self
                    .revision
                    .get()?
                    .is_some_and(|revision| *revision != Revision::default()),
            "`create_pr` opens a pull request against `main` and cannot be combined with `revision`",
        )?;
        let target = target(&self.repo_id, &self.repo_type, &self.revision)?;
        let mut upload = UploadFolder::new(target, self.folder_path);
        if let Some(path) = self.path_in_repo {
            upload = upload.path_in_repo(path);
        }
        if let Some(patterns) = self.allow_patterns {
            upload = upload.allow_patterns(patterns.into_vec());
        }
        if let Some(patterns) = self.ignore_patterns {
            upload = upload.ignore_patterns(patterns.into_vec());
        }
        if let Some(patterns) = self.delete_patterns {
            upload = upload.delete_patterns(patterns.into_vec());
        }
        if let Some(links) = self.links_outside {
            upload = upload.links_outside(links);
        }
        if let Some(files) = self.files_per_commit {
            upload = upload.files_per_commit(files);
        }
        let options = commit_options!(self, api, self.options);
        upload.options(options).run(api.client()).await
    }
}

upload_setters!(UploadFolderCall);

/// # Uploading folders
impl HfApi {
    upload_folder!();
}
