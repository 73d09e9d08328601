//! Listing and downloading the files of buckets.

mod download;

use std::collections::HashMap;
use std::path::PathBuf;

use futures_util::{StreamExt, TryStreamExt};
use hf_transport::path;
use hf_types::{BucketFile, BucketFileMetadata, BucketId, BucketTreeEntry, Param};
use serde_json::json;

use super::buckets::{bucket, bucket_path};
use crate::call::{Context, Listing, Operation, Streaming};
use crate::{Call, Error, ErrorKind, HfApi, ItemStream, Request, Result};

/// The maximum number of paths or operations of one request.
pub(super) const BATCH: usize = 1000;

/// Lists the files and folders of a bucket.
///
/// `GET /api/buckets/{bucket_id}/tree/{prefix}`, page by page. The Hub compares
/// the prefix as text: `logs` matches `logs.json`, too.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for entry in api.list_bucket_tree("user/data").prefix("logs").recursive(true).await? {
///     println!("{}", entry.path());
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BucketNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = BucketTreeEntry)]
pub struct ListBucketTreeCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`.
    #[call(arg)]
    pub(super) bucket_id: Param<BucketId>,
    /// The text that paths must start with.
    pub(super) prefix: Option<String>,
    /// Whether to list the contents of its folders as well.
    pub(super) recursive: Option<bool>,
}

impl Listing for ListBucketTreeCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let mut target = bucket_path(&self.bucket_id, "/tree")?;
        if let Some(prefix) = self.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            target.push('/');
            target.push_str(&path::segment(prefix));
        }
        Ok(Request::get(target).query_some("recursive", self.recursive))
    }
}

/// Returns information about files of a bucket, by their paths.
///
/// A path that does not exist is left out.
///
/// `POST /api/buckets/{bucket_id}/paths-info`, 1,000 paths per request.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let files = api.get_bucket_paths_info("user/data", ["a.json", "b.json"]).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BucketNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = BucketFile)]
pub struct GetBucketPathsInfoCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`.
    #[call(arg)]
    bucket_id: Param<BucketId>,
    /// The paths.
    #[call(arg)]
    paths: Vec<String>,
}

impl Streaming for GetBucketPathsInfoCall {
    fn run(self, api: HfApi) -> ItemStream<BucketFile> {
        let target = match bucket_path(&self.bucket_id, "/paths-info") {
            Ok(target) => target,
            Err(error) => return futures_util::stream::iter([Err(error)]).boxed(),
        };
        let batches: Vec<Vec<String>> = self.paths.chunks(BATCH).map(<[String]>::to_vec).collect();
        futures_util::stream::iter(batches)
            .then(move |paths| {
                let (api, target) = (api.clone(), target.clone());
                async move {
                    let request = Request::post(target)
                        .json(&json!({"paths": paths}))
                        .idempotent(true)
                        .operation("get_bucket_paths_info");
                    let files: Vec<BucketFile> = api.fetch_json(request).await?;
                    Ok::<_, Error>(futures_util::stream::iter(files.into_iter().map(Ok)))
                }
            })
            .try_flatten()
            .boxed()
    }
}

/// Returns the error of a call that would have to move bytes of a bucket.
#[cfg(not(feature = "xet"))]
pub(super) fn no_xet(what: &str) -> Error {
    Error::new(
        ErrorKind::NotImplemented,
        format!("{what} needs Xet storage, and this program was built without it"),
    )
    .with_hint("build it with the feature `xet` of hf-api")
}

/// A file to download from a bucket to a local path.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BucketDownload {
    /// The path in the bucket.
    pub remote: String,
    /// The metadata of the file, if it is known already.
    pub file: Option<Box<BucketFile>>,
    /// The local path.
    pub local: PathBuf,
}

impl BucketDownload {
    /// Creates a download of the file at the path `remote` of the bucket to
    /// `local`.
    pub fn new(remote: impl Into<String>, local: impl Into<PathBuf>) -> Self {
        Self {
            remote: remote.into(),
            file: None,
            local: local.into(),
        }
    }

    /// Creates a download of a file that
    /// [`list_bucket_tree`](HfApi::list_bucket_tree) has returned, which saves
    /// the request for its metadata.
    pub fn file(file: impl Into<Box<BucketFile>>, local: impl Into<PathBuf>) -> Self {
        let file = file.into();
        Self {
            remote: file.path.clone(),
            file: Some(file),
            local: local.into(),
        }
    }
}

/// Downloads files from a bucket.
///
/// All paths are looked up first. A file is written beside its destination and
/// gets its name when it is complete and has its Xet hash. What an interrupted
/// call has left is continued by the next one, and a destination that has the
/// content already is left as it is.
///
/// `POST /api/buckets/{bucket_id}/paths-info`, 1,000 paths per request, then
/// `GET /api/buckets/{bucket_id}/xet-read-token` and the requests of the store.
/// Files of up to 256 KiB: `GET /buckets/{bucket_id}/resolve/{path}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::calls::bucket_files::BucketDownload;
/// let files = [BucketDownload::new("a.json", "local/a.json")];
/// api.download_bucket_files("user/data", files).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `EntryNotFound` for a file that does not exist, with
/// `raise_on_missing_files`; `Io` for a destination that is a folder, and for the
/// disk; `Checksum` for bytes that are not the announced ones.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ())]
pub struct DownloadBucketFilesCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`.
    #[call(arg)]
    bucket_id: Param<BucketId>,
    /// The files, `[[remote, local], ...]`.
    #[call(arg)]
    files: Vec<BucketDownload>,
    /// Whether to fail if a file does not exist.
    raise_on_missing_files: bool,
}

impl Operation for DownloadBucketFilesCall {
    async fn run(self, api: HfApi) -> Result<()> {
        let bucket = bucket(&self.bucket_id)?;
        let unknown = self.files.iter().filter(|file| file.file.is_none());
        let unknown: Vec<String> = unknown.map(|file| file.remote.clone()).collect();
        // There may be many: what is known of each is in memory once.
        let mut known = HashMap::new();
        if !unknown.is_empty() {
            let mut found = api.get_bucket_paths_info(bucket, unknown).stream();
            while let Some(file) = found.try_next().await? {
                known.insert(file.path.clone(), file);
            }
            let missing: Vec<&str> = self
                .files
                .iter()
                .filter(|wanted| wanted.file.is_none() && !known.contains_key(&wanted.remote))
                .map(|wanted| wanted.remote.as_str())
                .collect();
            if !missing.is_empty() && self.raise_on_missing_files {
                return Err(Error::new(
                    ErrorKind::EntryNotFound,
                    format!("not in bucket {bucket}: {}", missing.join(", ")),
                ));
            }
            for path in missing {
                tracing::warn!("{path:?} is not in bucket {bucket} and is left out");
            }
        }
        let files = self.files.into_iter().filter_map(move |wanted| {
            let file = match wanted.file {
                Some(file) => *file,
                None => known.get(&wanted.remote)?.clone(),
            };
            Some((file, wanted.local))
        });
        download::download(&api, bucket, files).await
    }
}

/// Returns the size and the Xet hash of a file in a bucket.
///
/// `HEAD /buckets/{bucket_id}/resolve/{remote_path}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let metadata = api.get_bucket_file_metadata("user/data", "a.json").await?;
/// println!("{} bytes", metadata.size);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `EntryNotFound`; `Validation` if the response lacks
/// the metadata.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = BucketFileMetadata)]
pub struct GetBucketFileMetadataCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`.
    #[call(arg)]
    bucket_id: Param<BucketId>,
    /// The path of the file in the bucket.
    #[call(arg)]
    remote_path: String,
}

impl Operation for GetBucketFileMetadataCall {
    async fn run(self, api: HfApi) -> Result<BucketFileMetadata> {
        let bucket = bucket(&self.bucket_id)?;
        let file = path::segment(&self.remote_path);
        let target = format!("/buckets/{bucket}/resolve/{file}");
        let options = super::downloads::download_options(&api);
        let metadata = hf_cache::get_hf_file_metadata(api.client(), &target, &options).await?;
        match (metadata.size, metadata.xet_file_data) {
            (Some(size), Some(xet)) => Ok(BucketFileMetadata::new(size, xet)),
            _ => Err(Error::validation(format!(
                "the response for {:?} in bucket {bucket} lacks the size or the Xet hash",
                self.remote_path
            ))),
        }
    }
}

/// # Files in buckets
impl HfApi {
    list_bucket_tree!();
    get_bucket_paths_info!();
    download_bucket_files!();
    get_bucket_file_metadata!();
}
