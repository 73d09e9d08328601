//! Files in buckets: listing, batches, metadata.

mod download;

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::SystemTime;

use futures_util::{StreamExt, TryStreamExt};
use hf_transport::path;
use hf_types::{BucketFile, BucketFileMetadata, BucketId, BucketTreeEntry, Param};
use serde_json::{Value, json};

use super::buckets::{bucket, bucket_path};
use super::uploads::FileSource;
use crate::call::{Context, Listing, Operation, Streaming};
use crate::{Call, Error, ErrorKind, HfApi, ItemStream, Request, Result};

/// The maximum number of paths or operations of one request.
const BATCH: usize = 1000;

/// The maximum number of failures that an error message lists.
const LISTED_FAILURES: usize = 10;

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

/// What [`batch_bucket_files`](HfApi::batch_bucket_files) copies: a file that
/// is in storage already.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketCopy {
    /// `model`, `dataset`, `space` or `bucket`.
    pub source_repo_type: String,
    /// The repository or bucket it is in.
    pub source_repo_id: String,
    /// Its Xet hash.
    pub xet_hash: String,
    /// Its path in the bucket.
    pub destination: String,
}

impl BucketCopy {
    /// Copies the content with this Xet hash, which is in a repository or
    /// bucket already, to the path `destination`.
    pub fn new(
        source_repo_type: impl Into<String>,
        source_repo_id: impl Into<String>,
        xet_hash: impl Into<String>,
        destination: impl Into<String>,
    ) -> Self {
        Self {
            source_repo_type: source_repo_type.into(),
            source_repo_id: source_repo_id.into(),
            xet_hash: xet_hash.into(),
            destination: destination.into(),
        }
    }
}

/// What [`batch_bucket_files`](HfApi::batch_bucket_files) adds: content and
/// where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketAdd {
    /// A local file, or bytes.
    pub source: FileSource,
    /// Its path in the bucket.
    pub destination: String,
}

impl BucketAdd {
    /// Adds `source` at the path `destination`.
    pub fn new(source: impl Into<FileSource>, destination: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            destination: destination.into(),
        }
    }
}

/// Copies files into a bucket and deletes files from it, in batches.
///
/// Copies come first, then deletions. Adding files needs Xet storage to move
/// their bytes, which is not available yet and refused before anything is sent.
///
/// `POST /api/buckets/{bucket_id}/batch`, 1,000 operations per request.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.batch_bucket_files("user/data").delete(["old.json"]).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `NotImplemented` with `add`; `BucketBatch` if the Hub refused some of the
/// operations, which does not stop the others.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ())]
pub struct BatchBucketFilesCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`.
    #[call(arg)]
    pub(super) bucket_id: Param<BucketId>,
    /// The files to add, `[[source, destination], ...]`: not available yet.
    pub(super) add: Option<Vec<BucketAdd>>,
    /// The files to copy, `[[source_repo_type, source_repo_id, xet_hash,
    /// destination], ...]`.
    pub(super) copy: Option<Vec<BucketCopy>>,
    /// The paths to delete.
    pub(super) delete: Option<Vec<String>>,
}

/// Returns the error of a call that would have to move bytes of a bucket.
pub(super) fn no_xet(what: &str) -> Error {
    Error::new(
        ErrorKind::NotImplemented,
        format!("{what} needs Xet storage to move bytes, which is not available yet"),
    )
}

impl Operation for BatchBucketFilesCall {
    async fn run(self, api: HfApi) -> Result<()> {
        let target = bucket_path(&self.bucket_id, "/batch")?;
        if self.add.is_some_and(|add| !add.is_empty()) {
            return Err(no_xet("adding files to a bucket"));
        }
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_millis());
        let copies = self.copy.unwrap_or_default().into_iter().map(|copy| {
            json!({
                "type": "copyFile",
                "path": copy.destination,
                "xetHash": copy.xet_hash,
                "mtime": u64::try_from(now).unwrap_or(u64::MAX),
                "sourceRepoType": copy.source_repo_type,
                "sourceRepoId": copy.source_repo_id,
            })
        });
        let deletions = self.delete.unwrap_or_default().into_iter();
        let deletions = deletions.map(|path| json!({"type": "deleteFile", "path": path}));
        let (copies, deletions): (Vec<_>, Vec<_>) = (copies.collect(), deletions.collect());
        let sent = copies.len() + deletions.len();
        let batches: Vec<Vec<Value>> = if sent <= BATCH {
            vec![copies.into_iter().chain(deletions).collect()]
        } else {
            let chunks = copies.chunks(BATCH).chain(deletions.chunks(BATCH));
            chunks.map(<[Value]>::to_vec).collect()
        };
        let mut failures = Failures::default();
        for batch in batches.iter().filter(|batch| !batch.is_empty()) {
            failures.add(send_batch(&api, &target, batch).await?);
        }
        failures.into_result(bucket(&self.bucket_id)?, sent)
    }
}

/// Sends operations, and returns the failures that the Hub lists, with its
/// status.
async fn send_batch(api: &HfApi, target: &str, batch: &[Value]) -> Result<(u16, Vec<Value>)> {
    let mut body = String::new();
    for operation in batch {
        body.push_str(&operation.to_string());
        body.push('\n');
    }
    // The same operations, repeated, have the same result.
    let request = Request::post(target)
        .header("content-type", "application/x-ndjson")
        .body(body)
        .idempotent(true)
        .operation("batch_bucket_files");
    match api.fetch(request).await {
        Ok(response) => Ok((response.status().as_u16(), failed(response.body()))),
        Err(error) => {
            let failed = failed(error.body());
            match error.status().map(|status| status.as_u16()) {
                Some(422) if !failed.is_empty() => Ok((422, failed)),
                _ => Err(error),
            }
        }
    }
}

/// Returns the failed operations that a response lists.
fn failed(body: &[u8]) -> Vec<Value> {
    match hf_transport::json::from_slice(body) {
        Ok(Value::Object(mut response)) => match response.remove("failed") {
            Some(Value::Array(failed)) => failed,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The operations that the Hub refused, of all batches.
#[derive(Default)]
struct Failures {
    status: u16,
    list: Vec<Value>,
}

impl Failures {
    fn add(&mut self, (status, failed): (u16, Vec<Value>)) {
        if !failed.is_empty() {
            self.status = status;
            self.list.extend(failed);
        }
    }

    fn into_result(self, bucket: &BucketId, sent: usize) -> Result<()> {
        if self.list.is_empty() {
            return Ok(());
        }
        let mut text = format!(
            "{} of {sent} operations on bucket {bucket} failed",
            self.list.len()
        );
        for failure in self.list.iter().take(LISTED_FAILURES) {
            let text_of = |key: &str| failure.get(key).and_then(Value::as_str).unwrap_or("?");
            let _ = write!(text, "\n  {}: {}", text_of("path"), text_of("error"));
        }
        if let Some(more @ 1..) = self.list.len().checked_sub(LISTED_FAILURES) {
            let _ = write!(text, "\n  and {more} more");
        }
        Err(Error::new(ErrorKind::BucketBatch, text)
            .with_status(http::StatusCode::from_u16(self.status).unwrap_or_default()))
    }
}

/// A file to download from a bucket, and where it goes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BucketDownload {
    /// The path in the bucket.
    pub remote: String,
    /// What is known of it, where that is known already.
    pub file: Option<BucketFile>,
    /// The local path.
    pub local: PathBuf,
}

impl BucketDownload {
    /// Downloads the file at the path `remote` of the bucket to `local`.
    pub fn new(remote: impl Into<String>, local: impl Into<PathBuf>) -> Self {
        Self {
            remote: remote.into(),
            file: None,
            local: local.into(),
        }
    }

    /// Downloads a file as [`list_bucket_tree`](HfApi::list_bucket_tree) lists
    /// it, which saves looking it up.
    pub fn file(file: BucketFile, local: impl Into<PathBuf>) -> Self {
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
        let mut known = HashMap::new();
        if !unknown.is_empty() {
            let found = api.get_bucket_paths_info(bucket, unknown.clone()).await?;
            let paths: HashSet<&str> = found.iter().map(|file| file.path.as_str()).collect();
            let missing: Vec<&str> = unknown
                .iter()
                .map(String::as_str)
                .filter(|path| !paths.contains(path))
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
            known.extend(found.into_iter().map(|file| (file.path.clone(), file)));
        }
        let files = self.files.into_iter().filter_map(|wanted| {
            let file = wanted.file.or_else(|| known.get(&wanted.remote).cloned())?;
            Some((file, wanted.local))
        });
        let files: Vec<_> = files.collect();
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
/// `BucketNotFound`, `EntryNotFound`; `Validation` if the response lacks them.
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
    batch_bucket_files!();
    download_bucket_files!();
    get_bucket_file_metadata!();
}
