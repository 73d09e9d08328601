//! What the tests of downloads share: an embedded Hub with a store, and a file in memory as the sink.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hf_cas::Hash;
use hf_cas::client::{Access, CasClient, TokenCache, TokenRoute};
use hf_cas::reconstruct::{DownloadSession, FileDownload, Sink};
use hf_testhub::TestHub;
use hf_transport::{Client, Config, Result, RetryConfig, Timeouts};

pub(crate) const BUCKET: &str = "user/b";

pub(crate) struct Setup {
    pub(crate) hub: TestHub,
    pub(crate) client: Client,
    pub(crate) store: CasClient,
}

impl Setup {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(
        change: impl FnOnce(hf_transport::ClientBuilder) -> hf_transport::ClientBuilder,
    ) -> Self {
        let hub = TestHub::start().await;
        hub.create_bucket(BUCKET);
        let config = Config::in_folder("/nowhere");
        let builder = Client::builder()
            .config(config)
            .endpoint(hub.endpoint())
            .token(hub.token())
            .timeouts(
                Timeouts::default()
                    .with_headers(Duration::from_secs(20))
                    .with_idle(Duration::from_millis(400)),
            )
            .retry(
                RetryConfig::default()
                    .with_max_retries(2)
                    .with_initial_backoff(Duration::from_millis(1))
                    .with_max_backoff(Duration::from_millis(5)),
            );
        let client = change(builder).build().unwrap();
        let store = CasClient::new(&client, &TokenCache::new(), route(Access::Read));
        Self { hub, client, store }
    }

    /// Adds content to the store.
    pub(crate) fn add(&self, content: &[u8]) -> FileDownload {
        let hash = self.hub.add_bucket_file(BUCKET, "f", content.to_vec());
        self.file(&hash, content.len() as u64)
    }

    pub(crate) fn file(&self, hash: &str, size: u64) -> FileDownload {
        let hash: Hash = hash.parse().unwrap();
        DownloadSession::default().file(&self.store, hash, size)
    }

    /// Downloads a whole file.
    pub(crate) async fn download(&self, file: &FileDownload) -> Result<Vec<u8>> {
        let mut memory = Memory::new(file.size());
        let verified = file.write_all(&mut memory).await?;
        assert_eq!(verified, hf_cas::reconstruct::Verified::File);
        Ok(memory.complete())
    }
}

impl Drop for Setup {
    /// Whatever a test does: no token goes where it does not belong.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.hub.leaked_tokens(), Vec::<String>::new());
        }
    }
}

pub(crate) fn route(access: Access) -> TokenRoute {
    TokenRoute::bucket(&BUCKET.parse().unwrap(), access)
}

/// A file in memory, each byte of which is written once.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<(Vec<u8>, Vec<bool>)>>);

impl Memory {
    pub(crate) fn new(size: u64) -> Self {
        let size = usize::try_from(size).unwrap();
        Self(Arc::new(Mutex::new((vec![0; size], vec![false; size]))))
    }

    pub(crate) fn written(&self) -> usize {
        self.0.lock().unwrap().1.iter().filter(|w| **w).count()
    }

    /// The content, of which nothing may be missing.
    pub(crate) fn complete(&self) -> Vec<u8> {
        let memory = self.0.lock().unwrap();
        assert!(memory.1.iter().all(|written| *written), "bytes are missing");
        memory.0.clone()
    }

    pub(crate) fn bytes(&self, range: std::ops::Range<usize>) -> Vec<u8> {
        let memory = self.0.lock().unwrap();
        assert!(memory.1[range.clone()].iter().all(|written| *written));
        memory.0[range].to_vec()
    }
}

impl Sink for Memory {
    async fn write_at(&mut self, offset: u64, bytes: Bytes) -> Result<()> {
        let place = usize::try_from(offset).unwrap();
        let place = place..place + bytes.len();
        let mut memory = self.0.lock().unwrap();
        assert!(
            memory.1[place.clone()].iter().all(|written| !written),
            "bytes were written twice"
        );
        memory.0[place.clone()].copy_from_slice(&bytes);
        memory.1[place].fill(true);
        Ok(())
    }
}

/// Bytes that neither repeat nor compress.
pub(crate) fn random(seed: u64, length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| random.u8(..))
        .take(length)
        .collect()
}

/// Text that compresses.
pub(crate) fn text(length: usize) -> Vec<u8> {
    let lines = (0..).flat_map(|i: u32| format!("line {i} of some text\n").into_bytes());
    lines.take(length).collect()
}
