//! Changing the files of buckets, many at a time.

#[cfg(feature = "xet")]
mod add;
#[cfg(feature = "xet")]
mod content_type;

use std::fmt::Write as _;
use std::time::SystemTime;

use hf_types::{BucketId, Param};
use serde_json::{Value, json};

use super::bucket_files::BATCH;
#[cfg(not(feature = "xet"))]
use super::bucket_files::no_xet;
use super::buckets::{bucket, bucket_path};
use super::uploads::FileSource;
use crate::call::{Context, Operation};
use crate::{Call, Error, ErrorKind, HfApi, Request, Result};

/// The maximum number of failures that an error message lists.
const LISTED_FAILURES: usize = 10;

/// A file that [`batch_bucket_files`](HfApi::batch_bucket_files) copies: its
/// content is in storage already.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketCopy {
    /// The type of the source: `model`, `dataset`, `space` or `bucket`.
    pub source_repo_type: String,
    /// The repository or bucket that contains it.
    pub source_repo_id: String,
    /// The Xet hash.
    pub xet_hash: String,
    /// The path in the bucket.
    pub destination: String,
}

impl BucketCopy {
    /// Creates a copy of the content with this Xet hash, which is in a
    /// repository or bucket already, to the path `destination`.
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

/// A file that [`batch_bucket_files`](HfApi::batch_bucket_files) adds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketAdd {
    /// The content: a local file, or bytes.
    pub source: FileSource,
    /// The path in the bucket.
    pub destination: String,
}

impl BucketAdd {
    /// Creates an addition of `source` at the path `destination`.
    pub fn new(source: impl Into<FileSource>, destination: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            destination: destination.into(),
        }
    }
}

/// Adds files to a bucket, copies files into it and deletes files from it, in
/// batches.
///
/// What the storage has already is not sent. Of more than 1,000 operations,
/// copies come first, then additions as their contents arrive, then deletions;
/// fewer are one request.
///
/// `GET /api/buckets/{bucket_id}/xet-write-token` and requests to the storage
/// for additions, `POST /api/buckets/{bucket_id}/batch`, 1,000 operations per
/// request.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::calls::bucket_batch::BucketAdd;
/// api.batch_bucket_files("user/data")
///     .add([BucketAdd::new("out/new.json", "new.json")])
///     .delete(["old.json"])
///     .await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BucketBatch` if the Hub refused some of the operations, which does not stop
/// the others; `NotImplemented` with `add` if the feature `xet` is off.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ())]
pub struct BatchBucketFilesCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`.
    #[call(arg)]
    pub(super) bucket_id: Param<BucketId>,
    /// The files to add, `[[source, destination], ...]`.
    pub(super) add: Option<Vec<BucketAdd>>,
    /// The files to copy, `[[source_repo_type, source_repo_id, xet_hash,
    /// destination], ...]`.
    pub(super) copy: Option<Vec<BucketCopy>>,
    /// The paths to delete.
    pub(super) delete: Option<Vec<String>>,
}

impl Operation for BatchBucketFilesCall {
    async fn run(self, api: HfApi) -> Result<()> {
        let target = bucket_path(&self.bucket_id, "/batch")?;
        let bucket = bucket(&self.bucket_id)?;
        let adds = self.add.unwrap_or_default();
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
        let sent = adds.len() + copies.len() + deletions.len();
        let mut failures = Failures::default();
        if sent <= BATCH {
            let mut batch = added(&api, bucket, adds).await?;
            batch.extend(copies.into_iter().chain(deletions));
            if !batch.is_empty() {
                failures.add(send_batch(&api, &target, &batch).await?);
            }
        } else {
            for batch in copies.chunks(BATCH) {
                failures.add(send_batch(&api, &target, batch).await?);
            }
            add_in_batches(&api, bucket, adds, &target, &mut failures).await?;
            for batch in deletions.chunks(BATCH) {
                failures.add(send_batch(&api, &target, batch).await?);
            }
        }
        failures.into_result(bucket, sent)
    }
}

/// Uploads contents, and returns the operations that give them names.
#[cfg(feature = "xet")]
async fn added(api: &HfApi, bucket: &BucketId, adds: Vec<BucketAdd>) -> Result<Vec<Value>> {
    if adds.is_empty() {
        return Ok(Vec::new());
    }
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    add::upload(api, bucket, adds, sender).await?;
    let mut operations = Vec::new();
    while let Some(operation) = receiver.recv().await {
        operations.push(operation);
    }
    operations.sort_by_key(|(index, _)| *index);
    Ok(operations
        .into_iter()
        .map(|(_, operation)| operation)
        .collect())
}

/// Uploads contents, and gives them names while others are on their way.
#[cfg(feature = "xet")]
async fn add_in_batches(
    api: &HfApi,
    bucket: &BucketId,
    adds: Vec<BucketAdd>,
    target: &str,
    failures: &mut Failures,
) -> Result<()> {
    if adds.is_empty() {
        return Ok(());
    }
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let sending = async {
        loop {
            let mut batch = Vec::new();
            while batch.len() < BATCH
                && let Some((_, operation)) = receiver.recv().await
            {
                batch.push(operation);
            }
            if batch.is_empty() {
                return Ok(());
            }
            failures.add(send_batch(api, target, &batch).await?);
        }
    };
    futures_util::try_join!(add::upload(api, bucket, adds, sender), sending).map(drop)
}

#[cfg(not(feature = "xet"))]
async fn added(_api: &HfApi, _bucket: &BucketId, adds: Vec<BucketAdd>) -> Result<Vec<Value>> {
    if adds.is_empty() {
        return Ok(Vec::new());
    }
    Err(no_xet("adding files to a bucket"))
}

#[cfg(not(feature = "xet"))]
async fn add_in_batches(
    api: &HfApi,
    bucket: &BucketId,
    adds: Vec<BucketAdd>,
    _target: &str,
    _failures: &mut Failures,
) -> Result<()> {
    added(api, bucket, adds).await.map(drop)
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

/// # Changing files in buckets
impl HfApi {
    batch_bucket_files!();
}
