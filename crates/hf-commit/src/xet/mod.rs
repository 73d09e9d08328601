//! Uploads to Xet storage.

mod bucket;
mod transfer;

use std::sync::{Arc, LazyLock};

use hf_cas::client::{CasClient, TokenCache, TokenRoute};
use hf_cas::dedup::ShardCache;
use hf_cas::upload::{Upload, UploadProgress};
use hf_transport::progress::ProgressEvent;
use hf_transport::{Client, Result};

pub use bucket::BucketUpload;
pub use transfer::XetUploadTransfer;

use crate::context::Progress;

/// The tokens of the program: calls that follow each other need one.
static TOKENS: LazyLock<TokenCache> = LazyLock::new(TokenCache::new);

/// Returns an upload to the storage that `route` leads to.
async fn open_store(client: &Client, route: TokenRoute, progress: &Progress) -> Result<Upload> {
    let store = CasClient::new(client, &TOKENS, route);
    let token = store.token().await?;
    let cache = ShardCache::new(&client.config().xet_cache, token.url().as_str());
    let cache = cache.with_limit_of_env()?;
    let upload = Upload::new(Arc::new(store)).cache(cache);
    Ok(match &progress.0 {
        Some(_) => upload.progress(Arc::new(Reported(progress.clone()))),
        None => upload,
    })
}

/// Tells the sink of the call.
struct Reported(Progress);

impl UploadProgress for Reported {
    fn hashed(&self, file: &str, bytes: u64) {
        self.0.hashed(file, bytes);
    }

    fn deduplicated(&self, file: &str, bytes: u64) {
        self.0.event(&ProgressEvent::Deduplicated { file, bytes });
    }

    fn stored(&self, file: &str, bytes: u64) {
        self.0.transferred(file, bytes);
    }

    fn sent(&self, bytes: u64) {
        self.0.event(&ProgressEvent::Sent { bytes });
    }

    fn restarted(&self, file: &str, bytes: u64) {
        self.0.restarted(file, bytes);
    }
}
