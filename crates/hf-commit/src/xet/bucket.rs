//! The contents of buckets.

use std::sync::Arc;

use futures_core::Stream;
use futures_util::StreamExt as _;
use hf_cas::client::{Access, TokenRoute};
use hf_cas::upload::{UploadSource, Uploaded};
use hf_transport::progress::{FileOutcome, ProgressSink};
use hf_transport::{Client, RequestOptions, Result};
use hf_types::BucketId;

use super::open_store;
use crate::context::Progress;

/// Brings contents to the storage of a bucket, from where a batch request gives them names there.
///
/// The contents come from a stream and need memory for a few of them at a time. Only what the storage does not have is
/// sent; an upload that was interrupted continues where it was.
///
/// `GET /api/buckets/{bucket_id}/xet-write-token`, then requests to the storage.
///
/// ```no_run
/// use futures_util::stream;
/// use hf_cas::upload::UploadSource;
/// use hf_commit::BucketUpload;
/// # async fn example(client: hf_transport::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let files = stream::iter([UploadSource::from_path("model.bin")?]);
/// BucketUpload::new("user/data".parse()?)
///     .run(&client, files, |file| {
///         println!("{}: {}", file.name, file.hash);
///         Ok(())
///     })
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "an upload does nothing until it is run"]
pub struct BucketUpload {
    bucket_id: BucketId,
    options: RequestOptions,
    progress: Progress,
}

impl BucketUpload {
    /// Creates an upload to the storage of a bucket.
    pub fn new(bucket_id: BucketId) -> Self {
        Self {
            bucket_id,
            options: RequestOptions::new(),
            progress: Progress::default(),
        }
    }

    /// Sets the options of requests to the Hub: the token, headers, limits of time.
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the progress sink.
    pub fn progress(mut self, sink: Arc<dyn ProgressSink>) -> Self {
        self.progress = Progress(Some(sink));
        self
    }

    /// Uploads all files of a stream, and reports each as soon as the storage has accepted it.
    ///
    /// # Errors
    /// What the Hub and the storage respond, the first error of a file, or that of `on_file`.
    pub async fn run(
        &self,
        client: &Client,
        files: impl Stream<Item = UploadSource>,
        mut on_file: impl FnMut(Uploaded) -> Result<()>,
    ) -> Result<()> {
        let route =
            TokenRoute::bucket(&self.bucket_id, Access::Write).options(self.options.clone());
        let upload = open_store(client, route, &self.progress).await?;
        let files = files.inspect(|file| self.progress.file_begin(file.name(), file.len()));
        // A bucket knows its files by their Xet hashes alone.
        upload
            .with_sha256(false)
            .run(files, |file| {
                self.progress.file_end(&file.name, FileOutcome::Done);
                on_file(file)
            })
            .await
    }
}
