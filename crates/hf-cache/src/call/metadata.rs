//! Reads the metadata of files, and parts of them, without downloading them.

use std::ops::Range;

use hf_transport::{Client, Error, ErrorKind, Result};
use hf_types::{CommitHash, Etag, HfFileMetadata, RepoId, RepoPath, RepoType, Revision};

use super::folders::repo_path;
use crate::fetch::context::Context;
use crate::fetch::file_part::{FilePart, fetch_part};
use crate::fetch::head;
use crate::fetch::metadata::resolve_target;
use crate::fetch::remote_file::RemoteFile;
use crate::fetch::source::Attempts;
use crate::options::{DownloadOptions, option_setters};

/// Returns the metadata of the file at `url` (from [`hf_hub_url`](crate::hf_hub_url)), without downloading
/// it.
///
/// Sends `HEAD` to the URL, or `GET` if the server does not support `HEAD`. Redirects within the Hub are
/// followed. A redirect to storage is not; its URL is returned as `location`.
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
/// Returns the error of the Hub (`EntryNotFound`, `RevisionNotFound`, `RepositoryNotFound`, `GatedRepo`), or
/// `FileMetadata` if the ETag, commit or size is invalid.
pub async fn get_hf_file_metadata(
    client: &Client,
    url: &str,
    options: &DownloadOptions,
) -> Result<HfFileMetadata> {
    let cx = Context::new(client, options.requests.clone());
    head::file_metadata(&cx, url, Attempts::Configured).await
}

/// Returns whether a file exists. Sends one `HEAD` request.
///
/// Also returns `false` if the repository or revision does not exist or is not visible.
///
/// # Errors
/// Returns an error if the question cannot be decided: the network fails, the token is refused, the
/// repository is gated.
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

/// Returns the bytes in `range` of the file at `url` (from [`hf_hub_url`](crate::hf_hub_url), or relative to
/// the endpoint). Sends one `GET` request, follows its redirect, and repeats it if the response is cut off.
///
/// Never reads beyond the end of the range, even from a server that ignores it and sends the whole file, and
/// never keeps more bytes than the range has.
///
/// # Errors
/// Returns the error of the Hub, or `Network` if the response is inconsistent or keeps being cut off.
pub async fn fetch_range_bounded(
    client: &Client,
    url: &str,
    range: Range<u64>,
    options: &DownloadOptions,
) -> Result<FilePart> {
    let cx = Context::new(client, options.requests.clone());
    fetch_part(&cx, url, range).await
}

/// Opens a file on the Hub in order to read parts of it; see [`RemoteFile`].
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

    /// Sets all options shared by downloads. Those that concern content on disk have no effect here.
    pub fn options(mut self, options: DownloadOptions) -> Self {
        self.options = options;
        self
    }

    /// Opens the file. Sends one `HEAD` request; no content is read yet.
    ///
    /// # Errors
    /// The same as [`get_hf_file_metadata`], and `FileMetadata` if the Hub does not report the commit, ETag
    /// and size.
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
        let file = self.filename.clone();
        let file = RemoteFile::new(cx, pinned, file, Some(commit), etag, size);
        #[cfg(feature = "xet")]
        let file = {
            let xet = metadata.xet_file_data.as_ref();
            self.with_xet(client, file, commit, xet.map(|xet| xet.file_hash.as_str()))
        };
        Ok(file)
    }

    /// Returns the file as a file list describes it. Sends no request.
    ///
    /// With `xet_hash`, the file's hash in Xet storage, parts are read from there as
    /// [`RemoteFile::stream`] says.
    ///
    /// # Errors
    /// Returns `Validation` for a path that no file can have.
    pub fn known(
        &self,
        client: &Client,
        commit: CommitHash,
        etag: Etag,
        size: u64,
        #[cfg_attr(not(feature = "xet"), expect(unused_variables))] xet_hash: Option<&str>,
    ) -> Result<RemoteFile> {
        let path = repo_path(None, &self.filename)?;
        let cx = Context::new(client, self.options.requests.clone());
        let target = resolve_target(self.repo_type, &self.repo_id, commit.as_str(), &path);
        let file = RemoteFile::new(cx, target, self.filename.clone(), Some(commit), etag, size);
        #[cfg(feature = "xet")]
        let file = self.with_xet(client, file, commit, xet_hash);
        Ok(file)
    }

    #[cfg(feature = "xet")]
    fn with_xet(
        &self,
        client: &Client,
        file: RemoteFile,
        commit: CommitHash,
        xet_hash: Option<&str>,
    ) -> RemoteFile {
        use hf_cas::client::{Access, TokenRoute};
        let Ok(revision) = commit.as_str().parse() else {
            return file;
        };
        let route = TokenRoute::repo(self.repo_type, &self.repo_id, &revision, Access::Read);
        crate::fetch::xet::part_of(client, &self.options, file, route, xet_hash)
    }
}
