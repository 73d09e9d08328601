//! The index of the chunks that the store is known to have.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use hf_transport::Result;

use super::Upload;
use super::cut::Query;
use crate::dedup::ChunkIndex;
use crate::shard::Shard;

/// Returns the index with all that the cache knows.
pub(super) async fn load(upload: &Upload) -> Result<Arc<Mutex<ChunkIndex>>> {
    let mut index = ChunkIndex::new();
    if let Some(cache) = upload.cache.clone() {
        index = hf_transport::spawn_blocking(move || {
            cache.load(&mut index);
            Ok(index)
        })
        .await?;
    }
    Ok(Arc::new(Mutex::new(index)))
}

/// Asks the store for a chunk, and adds what it says to the index. Whoever waits for the response goes on then.
pub(super) async fn ask(upload: Upload, index: Arc<Mutex<ChunkIndex>>, query: Query) -> Result<()> {
    let Upload { store, cache, .. } = upload;
    let Query { chunk, answered } = query;
    if let Some(bytes) = store.query_dedup(chunk).await? {
        hf_transport::spawn_blocking(move || {
            let shard = Shard::parse(&bytes)?;
            index
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .add_shard(&shard, SystemTime::now());
            if let Some(cache) = cache {
                cache.add(&bytes);
            }
            Ok(())
        })
        .await?;
    }
    let _ = answered.send(());
    Ok(())
}
