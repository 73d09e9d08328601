//! The state shared by all transfers of a call: the client, and limits on connections, memory and bandwidth.

use std::fmt;
use std::sync::Arc;

use hf_transport::{
    Bandwidth, Client, ConcurrencyConfig, ConcurrencyPermit, Error, ErrorKind, HostConcurrency,
    Request, Response, Result,
};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::chunk::Pool;
use super::progress::Reporter;
use super::request::RequestSettings;

/// The maximum number of bytes in memory between the network and the disk, over all transfers of a call.
const BUFFERED: usize = 8 * 1024 * 1024;
/// The default for `max_workers`: how many responses a call reads at the same time.
pub(crate) const DEFAULT_WORKERS: usize = 32;
/// How many it reads where that brings more throughput, as it does over a long distance.
pub(crate) const MAX_WORKERS: usize = 64;

/// The state shared by all files of one call. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) requests: Arc<RequestSettings>,
    pub(crate) reporter: Reporter,
    /// One permit per response that is being read.
    connections: HostConcurrency,
    buffered: Arc<Semaphore>,
    pub(crate) buffers: Pool,
    bandwidth: Option<Bandwidth>,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("requests", &self.requests)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// Creates the state of a call that reads one response at a time.
    pub(crate) fn new(client: &Client, requests: RequestSettings) -> Self {
        Self {
            client: client.clone(),
            reporter: Reporter::new(requests.options.progress().cloned()),
            requests: Arc::new(requests),
            connections: HostConcurrency::new(ConcurrencyConfig::fixed(1)),
            buffered: Arc::new(Semaphore::new(BUFFERED)),
            buffers: Pool::default(),
            bandwidth: None,
        }
    }

    pub(crate) fn with_limits(
        mut self,
        connections: ConcurrencyConfig,
        max_bytes_per_second: Option<u64>,
    ) -> Self {
        self.connections = HostConcurrency::new(connections);
        self.bandwidth = max_bytes_per_second.map(Bandwidth::new);
        self
    }

    /// Prepares a request for the metadata of a file or repository.
    pub(crate) fn metadata_request(&self, request: Request) -> Request {
        self.requests
            .metadata(request, self.client.config().etag_timeout)
    }

    /// Sends a request to the Hub for the bytes of a file.
    pub(crate) async fn request_content(&self, request: Request) -> Result<Response> {
        self.client.execute(self.requests.content(request)).await
    }

    /// Sends a request to the storage that the Hub redirected to.
    pub(crate) async fn request_storage(&self, request: Request) -> Result<Response> {
        self.client.execute(self.requests.storage(request)).await
    }

    /// Returns how many responses may be read at the same time at most.
    pub(crate) fn max_connections(&self) -> usize {
        self.connections.config().max()
    }

    /// Waits for a connection permit.
    pub(crate) async fn connection(&self) -> Connection {
        Connection(Some(self.connections.acquire().await))
    }

    /// Returns a connection permit if one is free. Other files take precedence over additional connections
    /// for one file.
    pub(crate) fn spare_connection(&self) -> Option<Connection> {
        self.connections
            .try_acquire()
            .map(|permit| Connection(Some(permit)))
    }

    /// Waits until `bytes` more fit into the memory budget and the bandwidth limit permits them.
    pub(crate) async fn admit(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        self.pace(bytes).await;
        self.reserve_memory(bytes).await
    }

    /// Waits until `bytes` more fit into the memory budget.
    pub(crate) async fn reserve_memory(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let permits = u32::try_from(bytes.min(BUFFERED)).unwrap_or(u32::MAX);
        let buffered = self.buffered.clone();
        buffered.acquire_many_owned(permits).await.map_err(closed)
    }

    /// Waits until the bandwidth limit permits `bytes`.
    pub(crate) async fn pace(&self, bytes: usize) {
        if let Some(bandwidth) = &self.bandwidth {
            bandwidth.acquire(bytes as u64).await;
        }
    }
}

/// The permission to read a response, until it is dropped.
#[derive(Debug)]
pub(crate) struct Connection(Option<ConcurrencyPermit>);

impl Connection {
    /// Reports that the response did not come or broke off. A host with too much to do gets fewer requests.
    pub(crate) fn failed(mut self, error: &Error) {
        if let Some(permit) = self.0.take() {
            permit.failed(error);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(permit) = self.0.take() {
            permit.succeeded();
        }
    }
}

fn closed(err: AcquireError) -> Error {
    Error::new(ErrorKind::Io, "the transfer was closed").with_source(err)
}
