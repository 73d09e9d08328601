//! Downloads of files and whole repositories.

use std::path::PathBuf;
use std::sync::Arc;

use hf_cache::{DownloadOptions, DownloadTransfer, HfHubDownload, SnapshotDownload};
use hf_types::{DryRunFileInfo, HfFileMetadata, Param, RepoId, RepoType, Revision};

use super::support::Repo;
use crate::call::{Arg, Context, OneOrMany, Operation, Plan, Seconds};
use crate::{Call, HfApi, Result};

/// The setters that both downloads have beside Python's parameters.
macro_rules! download_setters {
    ($call:ident) => {
        impl $call {
            /// Sets whether contents must have the hash that the Hub
            /// announces. On by default. Content that does not is stored under
            /// its own hash if this is off, and never mistaken for the
            /// announced one.
            #[must_use]
            pub fn verify(mut self, verify: bool) -> Self {
                self.options = self.options.verify(verify);
                self
            }

            /// Limits the bytes per second, over all connections of the call.
            #[must_use]
            pub fn max_bytes_per_second(mut self, bytes: u64) -> Self {
                self.options = self.options.max_bytes_per_second(bytes);
                self
            }

            /// Adds a way of fetching contents. Those added later are tried
            /// first; plain HTTP is the final fallback.
            #[must_use]
            pub fn transfer(mut self, transfer: Arc<dyn DownloadTransfer>) -> Self {
                self.options = self.options.transfer(transfer);
                self
            }
        }
    };
}

/// Returns the options of a call, as hf-cache takes them: everything that
/// every call accepts, so that nothing is lost on the way.
pub(super) fn download_options(api: &HfApi) -> DownloadOptions {
    DownloadOptions::new().requests(api.options().clone())
}

/// Downloads a file into the cache that the Python client shares, or into a
/// folder.
///
/// The bytes are checked against the file's hash while they arrive. An
/// interrupted download resumes where it stopped.
///
/// At most one `HEAD /{repo_id}/resolve/{revision}/{filename}` and one `GET`
/// of the same; none for a cached file of a commit.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let config = api.hf_hub_download("gpt2", "config.json").await?;
/// println!("{}", config.display());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `EntryNotFound`, `GatedRepo`;
/// `LocalEntryNotFound` if the Hub cannot be reached and the file is not
/// cached; `Checksum` for bytes that are not the file's.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = PathBuf, progress, dry_run)]
pub struct HfHubDownloadCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The path of the file in the repository.
    #[call(arg)]
    filename: String,
    /// The folder of the file in the repository.
    subfolder: Option<String>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    pub(super) revision: Arg<Revision>,
    /// The cache folder. By default, `HF_HUB_CACHE`.
    cache_dir: Option<PathBuf>,
    /// The folder to put the file into, instead of the cache.
    local_dir: Option<PathBuf>,
    /// Whether to download a file that is there already.
    force_download: bool,
    /// The maximum time to wait for the file's metadata: a `Duration`, or
    /// seconds.
    etag_timeout: Option<Seconds>,
    /// Whether to use the cache only, without a request.
    local_files_only: bool,
    #[call(rust_only)]
    options: DownloadOptions,
}

download_setters!(HfHubDownloadCall);

impl HfHubDownloadCall {
    fn download(self, api: &HfApi) -> Result<HfHubDownload> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let mut options = self
            .options
            .requests(api.options().clone())
            .force_download(self.force_download)
            .local_files_only(self.local_files_only);
        if let Some(value) = self.etag_timeout {
            options = options.etag_timeout(value.get("etag_timeout")?);
        }
        let mut download = HfHubDownload::new(repo.id, self.filename)
            .repo_type(repo.kind)
            .revision(self.revision.or(Revision::default())?)
            .options(options);
        if let Some(subfolder) = self.subfolder {
            download = download.subfolder(subfolder);
        }
        if let Some(folder) = self.cache_dir {
            download = download.cache_dir(folder);
        }
        if let Some(folder) = self.local_dir {
            download = download.local_dir(folder);
        }
        Ok(download)
    }
}

impl Operation for HfHubDownloadCall {
    async fn run(self, api: HfApi) -> Result<PathBuf> {
        self.download(&api)?.run(api.client()).await
    }
}

impl Plan for HfHubDownloadCall {
    type Plan = DryRunFileInfo;

    async fn plan(self, api: HfApi) -> Result<DryRunFileInfo> {
        self.download(&api)?.plan(api.client()).await
    }
}

/// Downloads a repository, or its files that match patterns, into the cache
/// that the Python client shares, or into a folder.
///
/// The revision is resolved first, so that all files are of one commit.
///
/// `GET /api/{repo_type}s/{repo_id}/revision/{revision}` and the pages of
/// `GET /api/{repo_type}s/{repo_id}/tree/{revision}`, then one `GET` for each
/// file that is not cached.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let folder = api
///     .snapshot_download("gpt2")
///     .allow_patterns(["*.json", "*.safetensors"])
///     .await?;
/// println!("{}", folder.display());
/// # Ok(()) }
/// ```
///
/// # Errors
/// Those of [`hf_hub_download`](HfApi::hf_hub_download); `IncompleteSnapshot`
/// if the Hub cannot be reached and files are missing.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = PathBuf, progress, dry_run)]
pub struct SnapshotDownloadCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    revision: Arg<Revision>,
    /// The cache folder. By default, `HF_HUB_CACHE`.
    cache_dir: Option<PathBuf>,
    /// The folder to put the files into, instead of the cache.
    local_dir: Option<PathBuf>,
    /// The maximum time to wait for the files' metadata: a `Duration`, or
    /// seconds.
    etag_timeout: Option<Seconds>,
    /// Whether to download files that are there already.
    force_download: bool,
    /// Whether to use the cache only, without a request.
    local_files_only: bool,
    /// The patterns of which a path must match one.
    allow_patterns: Option<OneOrMany<String>>,
    /// The patterns of paths to leave out.
    ignore_patterns: Option<OneOrMany<String>>,
    /// The maximum number of files that are downloaded at once.
    max_workers: Option<usize>,
    #[call(rust_only)]
    options: DownloadOptions,
}

download_setters!(SnapshotDownloadCall);

impl SnapshotDownloadCall {
    fn download(self, api: &HfApi) -> Result<SnapshotDownload> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let mut options = self
            .options
            .requests(api.options().clone())
            .force_download(self.force_download)
            .local_files_only(self.local_files_only);
        if let Some(value) = self.etag_timeout {
            options = options.etag_timeout(value.get("etag_timeout")?);
        }
        if let Some(workers) = self.max_workers {
            options = options.max_workers(workers);
        }
        let mut download = SnapshotDownload::new(repo.id)
            .repo_type(repo.kind)
            .revision(self.revision.or(Revision::default())?)
            .options(options);
        if let Some(folder) = self.cache_dir {
            download = download.cache_dir(folder);
        }
        if let Some(folder) = self.local_dir {
            download = download.local_dir(folder);
        }
        if let Some(patterns) = self.allow_patterns {
            download = download.allow_patterns(patterns.into_vec());
        }
        if let Some(patterns) = self.ignore_patterns {
            download = download.ignore_patterns(patterns.into_vec());
        }
        Ok(download)
    }
}

impl Operation for SnapshotDownloadCall {
    async fn run(self, api: HfApi) -> Result<PathBuf> {
        self.download(&api)?.run(api.client()).await
    }
}

impl Plan for SnapshotDownloadCall {
    type Plan = Vec<DryRunFileInfo>;

    async fn plan(self, api: HfApi) -> Result<Vec<DryRunFileInfo>> {
        self.download(&api)?.plan(api.client()).await
    }
}

/// Returns the size, the hash and the commit of the file at a URL of the Hub.
///
/// `HEAD` of the URL.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let url = "/gpt2/resolve/main/config.json";
/// let metadata = api.get_hf_file_metadata(url).await?;
/// println!("{:?} bytes", metadata.size);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `EntryNotFound`, `RepositoryNotFound`, `GatedRepo`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = HfFileMetadata, timeout)]
pub struct GetHfFileMetadataCall {
    #[call(context)]
    ctx: Context,
    /// The URL, as [`hf_cache::hf_hub_url`] makes it, or its path.
    #[call(arg)]
    url: String,
}

impl Operation for GetHfFileMetadataCall {
    async fn run(self, api: HfApi) -> Result<HfFileMetadata> {
        hf_cache::get_hf_file_metadata(api.client(), &self.url, &download_options(&api)).await
    }
}

/// # Downloads
impl HfApi {
    hf_hub_download!();
    snapshot_download!();
    get_hf_file_metadata!();
}
