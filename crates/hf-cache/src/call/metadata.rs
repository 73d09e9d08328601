//! Asking about files, and reading parts of them, without downloading them.

use std::ops::Range;

use hf_transport::{Client, Error, ErrorKind, Result};
use hf_types::{HfFileMetadata, RepoId, RepoPath, RepoType, Revision};

use super::folders::repo_path;
use crate::fetch::context::Context;
use crate::fetch::file_part::{FilePart, fetch_part};
use crate::fetch::head;
use crate::fetch::metadata::resolve_target;
use crate::fetch::remote_file::RemoteFile;
use crate::fetch::source::Attempts;
use crate::options::{DownloadOptions, option_setters};

/// Returns what the Hub says about the file at `url` (from [`hf_hub_url`](crate::hf_hub_url)), without fetching it.
///
/// `HEAD` on the URL, or `GET` where the server has no `HEAD`. Redirects within the Hub are followed; one that leads to a
/// storage is not, and its URL is the `location`.
///
/// ```no_run
/// use hf_cache::{DownloadOptions, get_hf_file_metadata};
/// # async fn example(client: hf_transport::Client) -> hf_transport::Result<()> {
/// let url = "https://huggingface.co/openai-community/gpt2/resolve/main/config.json";
/// let metadata = get_hf_file_metadata(&client, url, &DownloadOptions::new()).await?;
/// println!("{:?} bytes", metadata.size);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `EntryNotFound`, `RevisionNotFound`, `RepositoryNotFound`, `GatedRepo` as the Hub responds; `FileMetadata` if an ETag,
/// commit or size is not one that a file can have.
pub async fn get_hf_file_metadata(
    client: &Client,
    url: &str,
    options: &DownloadOptions,
) -> Result<HfFileMetadata> {
    let cx = Context::new(client, options.requests.clone());
    head::file_metadata(&cx, url, Attempts::Configured).await
}

/// Returns whether a file exists. One `HEAD`.
///
/// A repository or revision that does not exist, or is not visible, is `false` too.
///
/// # Errors
/// Whatever leaves the question open: no network, a refused token, a gated repository.
pub async fn file_exists(
    client: &Client,
    repo_type: RepoType,
    repo_id: &RepoId,
    revision: &Revision,
    filename: &RepoPath,
    options: &DownloadOptions,
) -> Result<bool> {
    let cx = Context::new(client, options.requests.clone());
    let target = resolve_target(repo_type, repo_id, revision.as_str(), filename);
    head::exists(&cx, &target).await
}

/// Returns the bytes of `range` of the file at `url` (from [`hf_hub_url`](crate::hf_hub_url), or relative to the endpoint).
/// One `GET`, and what it redirects to; again if the response breaks off.
///
/// Never more is read than up to the end of the range, even from a server that ignores it and sends the whole file; never
/// more is kept than the range is long.
///
/// # Errors
/// As the Hub responds; `Network` for a response that makes no sense, or keeps breaking off.
pub async fn fetch_range_bounded(
    client: &Client,
    url: &str,
    range: Range<u64>,
    options: &DownloadOptions,
) -> Result<FilePart> {
    let cx = Context::new(client, options.requests.clone());
    fetch_part(&cx, url, range).await
}

/// Opens a file on the Hub, to read parts of it: see [`RemoteFile`].
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is run"]
pub struct OpenRemoteFile {
    repo_id: RepoId,
    filename: String,
    repo_type: RepoType,
    revision: Revision,
    options: DownloadOptions,
}

option_setters!(OpenRemoteFile, self.options);

impl OpenRemoteFile {
    /// Creates a call that opens `filename` on the default branch of the model `repo_id`.
    pub fn new(repo_id: RepoId, filename: impl Into<String>) -> Self {
        Self {
            repo_id,
            filename: filename.into(),
            repo_type: RepoType::Model,
            revision: Revision::default(),
            options: DownloadOptions::default(),
        }
    }

    /// Sets the type of the repository. By default, a model.
    pub fn repo_type(mut self, repo_type: RepoType) -> Self {
        self.repo_type = repo_type;
        self
    }

    /// Sets the branch, tag, pull request reference or commit. By default, `main`.
    pub fn revision(mut self, revision: Revision) -> Self {
        self.revision = revision;
        self
    }

    /// Sets all options that downloads share; those about contents on disk have no meaning here.
    pub fn options(mut self, options: DownloadOptions) -> Self {
        self.options = options;
        self
    }

    /// Opens the file. `HEAD` on it; nothing is read yet.
    ///
    /// # Errors
    /// As [`get_hf_file_metadata`]; `FileMetadata` if the Hub does not say which commit, content and size it is.
    pub async fn run(&self, client: &Client) -> Result<RemoteFile> {
        let path = repo_path(None, &self.filename)?;
        let cx = Context::new(client, self.options.requests.clone());
        let target =
            |revision: &str| resolve_target(self.repo_type, &self.repo_id, revision, &path);
        let metadata =
            head::file_metadata(&cx, &target(self.revision.as_str()), Attempts::Configured).await?;
        let (Some(commit), Some(etag), Some(size)) =
            (metadata.commit_hash, metadata.etag, metadata.size)
        else {
            return Err(Error::new(
                ErrorKind::FileMetadata,
                format!("the Hub does not say which commit, content and size `{path}` has"),
            ));
        };
        let pinned = target(commit.as_str());
        Ok(RemoteFile::new(
            cx,
            pinned,
            self.filename.clone(),
            commit,
            etag,
            size,
        ))
    }
}
