//! The numbers that bound an upload, each with its reason.

use std::time::Duration;

use hf_transport::{Error, Result};

/// Requests that carry file contents at the same time, unless the caller says otherwise: enough to hide a latency of
/// 40 ms, few enough for one disk and one server.
pub(crate) const DEFAULT_CONCURRENCY: usize = 16;

/// How long the Hub may take to answer a commit, and storage to assemble the parts of a file. Both do work in
/// proportion to the number of files or parts before the first byte of the response.
pub(crate) const COMMIT_TIMEOUT: Duration = Duration::new(5 * 60, 0);

/// Files in one preupload request; the Hub's limit.
pub(crate) const PREUPLOAD_BATCH: usize = 256;

/// Preupload requests in flight.
pub(crate) const PREUPLOAD_CONCURRENCY: usize = 4;

/// Large files that wait for a transfer. Bounded, so that the walk does not run ahead of the network.
pub(crate) const TRANSFER_QUEUE: usize = 64;

/// As many hashing threads as there are cores: hashing is bound by the processor.
pub(crate) fn hash_threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// The number of requests that may carry file contents at the same time.
pub(crate) fn concurrency(num_threads: Option<usize>) -> Result<usize> {
    match num_threads {
        None => Ok(DEFAULT_CONCURRENCY),
        Some(0) => Err(Error::validation("num_threads must be at least 1, not 0")),
        Some(n) => Ok(n),
    }
}
