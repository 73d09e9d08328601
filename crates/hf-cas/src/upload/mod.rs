//! Uploads: files become chunks, chunks xorbs, and a shard says what is what.
//!
//! Each byte is read once. A thread for each file reads it, hashes it and cuts it into chunks; another one looks for
//! each chunk in what is known of the store and collects the new ones in xorbs, which several files share; the calling
//! task sends them, and then the shards that make the files exist.
//!
//! An upload needs at most [`MAX_MEMORY`] bytes for all of its files, however large and many they are.

mod buffers;
mod cut;
mod drive;
mod known_chunks;
mod pack;
mod record;
mod shards;
mod source;
mod store;

use std::sync::Arc;

use futures_core::Stream;
use hf_transport::Result;

use crate::dedup::ShardCache;

pub use source::{UploadSource, Uploaded};
pub use store::{Store, UploadProgress};

/// The buffers and indexes of an upload have no more bytes than this together, at any number and size of files: 64 MiB
/// of xorbs, 28 MiB of blocks that are read ahead, 40 MiB for an index of the chunks of the last 32 GiB, and 4 MiB for
/// shards.
pub const MAX_MEMORY: usize = (64 + 28 + 40 + 4) * 1024 * 1024;

/// An upload of any number of files to a store.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use hf_cas::upload::{UploadSource, Store, Upload};
/// # async fn example(store: Arc<dyn Store>) -> hf_transport::Result<()> {
/// let files = [UploadSource::from_path("weights.safetensors")?, UploadSource::from_path("tokenizer.json")?];
/// Upload::new(store)
///     .run(futures_util::stream::iter(files), |file| {
///         println!("{} is {}", file.name, file.hash);
///         Ok(())
///     })
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Upload {
    store: Arc<dyn Store>,
    cache: Option<ShardCache>,
    progress: Option<Arc<dyn UploadProgress>>,
    with_sha256: bool,
    with_queries: bool,
    xorb_bytes: usize,
}

impl Upload {
    /// Returns an upload to `store`.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            cache: None,
            progress: None,
            with_sha256: true,
            with_queries: true,
            xorb_bytes: drive::XORB_BYTES,
        }
    }

    /// Sets where shards are kept for later uploads, which then send nothing that this one has sent.
    ///
    /// An upload that is interrupted continues from there.
    pub fn cache(mut self, cache: ShardCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Sets who receives the progress.
    pub fn progress(mut self, progress: Arc<dyn UploadProgress>) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Sets whether the SHA-256 of each file is computed and put into its shard, as it is by default. Repositories
    /// need it, buckets do not.
    pub fn with_sha256(mut self, with_sha256: bool) -> Self {
        self.with_sha256 = with_sha256;
        self
    }

    /// Sets whether the store is asked for chunks that other uploads have sent, as it is by default.
    pub fn with_queries(mut self, with_queries: bool) -> Self {
        self.with_queries = with_queries;
        self
    }

    /// Uploads all files of a stream, and reports each of them as soon as the store has accepted it.
    ///
    /// Files are taken from the stream as earlier ones are read. A stream that pauses does not keep files waiting: what
    /// was read until then is sent.
    ///
    /// Dropping the future ends the upload. What was accepted until then stays in the store, and the cache knows it.
    ///
    /// # Errors
    /// The first error of a source, the store or `on_file`. Files that were not reported do not exist.
    pub async fn run(
        &self,
        files: impl Stream<Item = UploadSource>,
        on_file: impl FnMut(Uploaded) -> Result<()>,
    ) -> Result<()> {
        drive::run(self, files, on_file).await
    }
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("cache", &self.cache)
            .field("with_sha256", &self.with_sha256)
            .finish_non_exhaustive()
    }
}
