//! Where the bytes of a file come from, and what all downloads of a session share.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use hf_transport::Result;
use tokio::sync::Semaphore;

use super::chunk_cache::ChunkCache;
use super::plan::Reconstruction;
use super::settings::DownloadSettings;
use crate::Hash;
use crate::client::CasClient;

/// Decompressed bytes that wait for their sink, over all files of a session.
pub(super) const MEMORY: usize = 32 << 20;

/// What the files of a session share. Clones are the same.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) settings: DownloadSettings,
    pub(super) memory: Arc<Semaphore>,
    /// By the store's URL.
    chunk_caches: Arc<Mutex<HashMap<String, ChunkCache>>>,
}

impl Shared {
    pub(super) fn new(settings: DownloadSettings) -> Self {
        Self {
            settings,
            memory: Arc::new(Semaphore::new(MEMORY)),
            chunk_caches: Arc::default(),
        }
    }
}

/// A file in a store.
pub(super) struct Source {
    pub(super) shared: Shared,
    pub(super) store: CasClient,
    pub(super) hash: Hash,
    pub(super) size: u64,
}

impl Source {
    /// Returns the chunks of the store that are on disk, if the settings say that there are any.
    pub(super) async fn chunk_cache(&self) -> Option<ChunkCache> {
        let max_bytes = self.shared.settings.chunk_cache_bytes();
        if max_bytes == 0 {
            return None;
        }
        let token = self.store.token().await.ok()?;
        let url = token.url().as_str();
        let caches = self.shared.chunk_caches.lock();
        let mut caches = caches.unwrap_or_else(PoisonError::into_inner);
        if let Some(cache) = caches.get(url) {
            return Some(cache.clone());
        }
        let folder = &self.store.client().config().xet_cache;
        let cache = ChunkCache::new(folder, url, max_bytes);
        caches.insert(url.to_owned(), cache.clone());
        Some(cache)
    }

    /// Asks the store how a part of the file is put together.
    pub(super) async fn plan(&self, range: Range<u64>) -> Result<Reconstruction> {
        self.store.reconstruct(&self.hash, range, self.size).await
    }
}
