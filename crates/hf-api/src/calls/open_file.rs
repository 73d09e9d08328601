//! Reading parts of a file without downloading it.

use std::future::IntoFuture;

use hf_cache::{OpenRemoteFile, RemoteFile};
use hf_types::{Param, RepoId, RepoType, Revision};

use super::downloads::download_options;
use super::support::Repo;
use crate::call::Arg;
use crate::{CallFuture, HfApi, Result};

/// A call that opens a file on the Hub, made by [`HfApi::open_file`]. Awaiting it
/// returns a [`RemoteFile`].
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is awaited"]
pub struct OpenFileCall {
    api: HfApi,
    repo_id: Param<RepoId>,
    filename: String,
    repo_type: Arg<RepoType>,
    revision: Arg<Revision>,
}

impl OpenFileCall {
    /// Sets the type of the repository: `model` (the default), `dataset`,
    /// `space` or `kernel`.
    pub fn repo_type(mut self, repo_type: impl Into<Arg<RepoType>>) -> Self {
        self.repo_type = repo_type.into();
        self
    }

    /// Sets the branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    pub fn revision(mut self, revision: impl Into<Arg<Revision>>) -> Self {
        self.revision = revision.into();
        self
    }

    async fn run(self) -> Result<RemoteFile> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let mut open = OpenRemoteFile::new(repo.id, self.filename)
            .repo_type(repo.kind)
            .options(download_options(&self.api));
        if let Some(revision) = self.revision.get()? {
            open = open.revision(revision.clone());
        }
        open.run(self.api.client()).await
    }
}

impl IntoFuture for OpenFileCall {
    type Output = Result<RemoteFile>;
    type IntoFuture = CallFuture<RemoteFile>;

    fn into_future(self) -> CallFuture<RemoteFile> {
        Box::pin(self.run())
    }
}

/// # Reading remote files
impl HfApi {
    /// Opens a file, to read or stream parts of it without downloading it.
    ///
    /// `HEAD /{repo_id}/resolve/{revision}/{filename}`, then one `GET` for
    /// each part. All parts are of the commit that the revision stood for.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// let file = api.open_file("gpt2", "model.safetensors").await?;
    /// let header_length = file.read_range(0..8).await?;
    /// let body = file.range(1_000_000..2_000_000).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `EntryNotFound`, `RepositoryNotFound`, `GatedRepo`.
    pub fn open_file(
        &self,
        repo_id: impl Into<Param<RepoId>>,
        filename: impl Into<String>,
    ) -> OpenFileCall {
        OpenFileCall {
            api: self.with_options(self.options().clone().with_root_operation("open_file")),
            repo_id: repo_id.into(),
            filename: filename.into(),
            repo_type: Arg::default(),
            revision: Arg::default(),
        }
    }
}
