//! What all the transfers of one call share: the client, the limits, and where progress is told.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hf_transport::progress::{FileOutcome, ProgressEvent, ProgressSink};
use hf_transport::{Client, Error, ErrorKind, Result, TokenMode};
use hf_types::CommitHash;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::choice::{Chosen, Transfers};
use super::chunk::Pool;
use crate::call::place::FileSpec;

/// Bytes that may be in memory between the network and the disk, over all transfers of a call.
const BUFFERED: usize = 8 * 1024 * 1024;
/// Connections for one large file.
pub(crate) const RANGES_PER_FILE: usize = 8;
/// Connections of a call unless `max_workers` says otherwise.
pub(crate) const DEFAULT_WORKERS: usize = 32;

/// Where a call's events go, if anywhere.
#[derive(Clone, Default)]
pub(crate) struct Teller(pub(crate) Option<Arc<dyn ProgressSink>>);

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "sink" } else { "none" })
    }
}

impl Teller {
    pub(crate) fn tell(&self, event: ProgressEvent<'_>) {
        if let Some(sink) = &self.0 {
            sink.on_event(&event);
        }
    }
}

/// Shared by all files of one call.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) token: TokenMode,
    /// One permit for each answer that is being read.
    pub(crate) connections: Arc<Semaphore>,
    buffered: Arc<Semaphore>,
    pub(crate) buffers: Pool,
    limiter: Option<Arc<Limiter>>,
    pub(crate) progress: Teller,
    transfers: Option<Arc<Transfers>>,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("connections", &self.connections.available_permits())
            .finish_non_exhaustive()
    }
}

impl Context {
    pub(crate) fn new(
        client: &Client,
        token: TokenMode,
        workers: usize,
        max_bytes_per_second: Option<u64>,
        progress: Option<Arc<dyn ProgressSink>>,
    ) -> Self {
        Self {
            client: client.clone(),
            token,
            connections: Arc::new(Semaphore::new(workers.clamp(1, Semaphore::MAX_PERMITS))),
            buffered: Arc::new(Semaphore::new(BUFFERED)),
            buffers: Pool::default(),
            limiter: max_bytes_per_second.map(|rate| Arc::new(Limiter::new(rate))),
            progress: Teller(progress),
            transfers: None,
        }
    }

    /// The same with other ways than HTTP for the files.
    pub(crate) fn with_transfers(mut self, transfers: Transfers) -> Self {
        self.transfers = (!transfers.list.is_empty()).then(|| Arc::new(transfers));
        self
    }

    /// The ways that come before HTTP for this file; `None` where HTTP is the way.
    pub(crate) fn choose(&self, commit: &CommitHash, spec: &FileSpec) -> Option<Chosen> {
        self.transfers.as_deref()?.choose(commit, spec)
    }

    pub(crate) fn tell(&self, event: ProgressEvent<'_>) {
        self.progress.tell(event);
    }

    /// Tells of a file that is there already.
    pub(crate) fn tell_present(&self, file: &str, size: Option<u64>) {
        if let Some(size) = size {
            self.tell(ProgressEvent::FileBegin {
                file,
                bytes: Some(size),
                already: size,
            });
        }
        self.tell(ProgressEvent::FileEnd {
            file,
            outcome: FileOutcome::Present,
        });
    }

    /// Waits for a place among the connections.
    pub(crate) async fn connection(&self) -> Result<OwnedSemaphorePermit> {
        self.connections
            .clone()
            .acquire_owned()
            .await
            .map_err(closed)
    }

    /// A place among the connections if one is free: what the other files need comes first.
    pub(crate) fn spare_connection(&self) -> Option<OwnedSemaphorePermit> {
        self.connections.clone().try_acquire_owned().ok()
    }

    /// Waits until `bytes` more may be in memory and the bandwidth limit allows them.
    pub(crate) async fn admit(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        self.pace(bytes).await;
        self.room(bytes).await
    }

    /// Waits until `bytes` more may be in memory.
    pub(crate) async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let permits = u32::try_from(bytes.min(BUFFERED)).unwrap_or(u32::MAX);
        self.buffered
            .clone()
            .acquire_many_owned(permits)
            .await
            .map_err(closed)
    }

    /// The bandwidth limit alone, for bytes that stay in the caller's hands.
    pub(crate) async fn pace(&self, bytes: usize) {
        if let Some(limiter) = &self.limiter {
            limiter.pass(bytes as u64).await;
        }
    }
}

fn closed(err: tokio::sync::AcquireError) -> Error {
    Error::new(ErrorKind::Io, "the transfer was closed").with_source(err)
}

/// Lets so many bytes pass in a second, over all transfers of a call.
pub(crate) struct Limiter {
    bytes_per_second: f64,
    free_at: Mutex<Option<Instant>>,
}

/// Bytes may be this far ahead of the rate, so that short pauses are made up for.
const BURST: Duration = Duration::from_millis(100);

impl Limiter {
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub(crate) fn new(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second: bytes_per_second.max(1) as f64,
            free_at: Mutex::new(None),
        }
    }

    async fn pass(&self, bytes: u64) {
        let until = self.reserve(bytes, Instant::now());
        tokio::time::sleep_until(until).await;
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    fn reserve(&self, bytes: u64, now: Instant) -> Instant {
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second);
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let start = free_at.map_or(now, |at| at.max(now.checked_sub(BURST).unwrap_or(now)));
        let end = start + cost;
        *free_at = Some(end);
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_holds_over_all_and_a_pause_earns_little() {
        let limiter = Limiter::new(1000);
        let now = Instant::now();
        assert_eq!(limiter.reserve(500, now), now + Duration::from_millis(500));
        assert_eq!(limiter.reserve(500, now), now + Duration::from_secs(1));
        let later = now + Duration::from_secs(60);
        assert_eq!(
            limiter.reserve(1000, later),
            later + Duration::from_millis(900)
        );
    }
}
