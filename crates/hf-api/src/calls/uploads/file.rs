//! Commits of one file.

use hf_commit::{CommitOptions, CommitOutcome, UploadFile};
use hf_types::{Param, RepoId, RepoType, Revision};

use super::{FileSource, commit_options, target, upload_setters};
use crate::call::{Arg, Context, Operation};
use crate::{Call, HfApi, Result};

/// Uploads a file, in one commit.
///
/// Text names a local path; bytes are content.
///
/// `POST /api/{repo_type}s/{repo_id}/commit/{revision}`, after the requests
/// that upload a large file.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use std::path::Path;
/// api.upload_file(Path::new("out/config.json"), "config.json", "user/name").await?;
/// api.upload_file(b"{}".to_vec(), "empty.json", "user/name").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// Those of [`create_commit`](HfApi::create_commit).
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = CommitOutcome, progress)]
pub struct UploadFileCall {
    #[call(context)]
    ctx: Context,
    /// The local path, or the content as `{"content": TEXT}` or
    /// `{"base64": BASE64}`.
    #[call(arg)]
    path_or_fileobj: FileSource,
    /// The path in the repository.
    #[call(arg)]
    path_in_repo: String,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, or a pull request (`refs/pr/1`). By default, `main`.
    revision: Arg<Revision>,
    /// The title of the commit.
    commit_message: Option<String>,
    /// The description of the commit.
    commit_description: Option<String>,
    /// Whether to open a pull request with the commit.
    create_pr: Option<bool>,
    /// The commit that must still be the head.
    parent_commit: Option<String>,
    /// Whether to try a hot reload of a Space instead of a restart.
    #[call(name = "_hot_reload")]
    hot_reload: Option<bool>,
    /// Whether to commit on top of commits that others made after
    /// `parent_commit`, if no path of this commit has changed since.
    rebase: bool,
    #[call(rust_only)]
    options: CommitOptions,
}

impl Operation for UploadFileCall {
    async fn run(self, api: HfApi) -> Result<CommitOutcome> {
        let target = target(&self.repo_id, &self.repo_type, &self.revision)?;
        let file = self.path_or_fileobj.into_operation(&self.path_in_repo)?;
        let options =
            commit_options!(self, api, self.options).hot_reload(self.hot_reload == Some(true));
        let upload = UploadFile::new(target, file).options(options);
        upload.run(api.client()).await
    }
}

upload_setters!(UploadFileCall);

/// # Uploading one file
impl HfApi {
    upload_file!();
}
