//! What an upload needs of a store.

use bytes::Bytes;
use hf_transport::{BoxFuture, Result};

use crate::Hash;
use crate::client::CasClient;

/// A content store, as an upload needs it.
///
/// All three may be repeated with the same result: a store knows its objects by their content.
pub trait Store: Send + Sync + 'static {
    /// Sends a xorb. Succeeds as well if the store has it already.
    fn put_xorb(&self, hash: Hash, data: Bytes) -> BoxFuture<'_, Result<()>>;

    /// Sends a shard, whose files exist when this succeeds.
    fn put_shard(&self, data: Bytes) -> BoxFuture<'_, Result<()>>;

    /// Asks where the store has a chunk, and returns the shard that says so.
    fn query_dedup(&self, chunk: Hash) -> BoxFuture<'_, Result<Option<Bytes>>>;
}

/// Receives the progress of an upload, from several threads.
///
/// The bytes of a file that are sent and those that are deduplicated are those of the file together.
pub trait UploadProgress: Send + Sync + 'static {
    /// Bytes of a file were read and hashed.
    fn hashed(&self, _file: &str, _bytes: u64) {}

    /// Bytes of a file are in the store already, and are not sent.
    fn deduplicated(&self, _file: &str, _bytes: u64) {}

    /// Bytes of a file have arrived in the store.
    fn stored(&self, _file: &str, _bytes: u64) {}

    /// Bytes of xorbs and shards, as they are compressed, have gone over the network.
    fn sent(&self, _bytes: u64) {}

    /// A file is read once more: so many bytes of it that were reported as stored or deduplicated do not count.
    fn restarted(&self, _file: &str, _bytes: u64) {}
}

impl Store for CasClient {
    fn put_xorb(&self, hash: Hash, data: Bytes) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { Self::put_xorb(self, &hash, data).await.map(drop) })
    }

    fn put_shard(&self, data: Bytes) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.post_shard(data))
    }

    fn query_dedup(&self, chunk: Hash) -> BoxFuture<'_, Result<Option<Bytes>>> {
        Box::pin(async move { Self::query_dedup(self, &chunk).await })
    }
}
