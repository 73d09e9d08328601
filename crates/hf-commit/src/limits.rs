//! The limits of an upload, each with its reason.

use std::time::Duration;

use hf_transport::{ConcurrencyConfig, Error, Result};

/// The default number of concurrent requests that carry file content, as long as nothing is known of what more
/// of them bring: few enough for one disk and one server.
const DEFAULT_CONCURRENCY: usize = 16;

/// The default maximum, reached while more requests bring more throughput, as they do over a long distance.
const MAX_CONCURRENCY: usize = 64;

/// How long the Hub may take to respond to a commit, and storage to assemble the parts of a file. In both
/// cases, the server works in proportion to the number of files or parts before it sends the first byte of
/// the response.
pub(crate) const COMMIT_TIMEOUT: Duration = Duration::new(5 * 60, 0);

/// The number of files in one preupload request, which is the Hub's limit.
pub(crate) const PREUPLOAD_BATCH: usize = 256;

/// The maximum number of preupload requests in flight.
pub(crate) const PREUPLOAD_CONCURRENCY: usize = 4;

/// The number of large files queued for a transfer. Bounded, so that the walk does not run far ahead of the
/// network.
pub(crate) const TRANSFER_QUEUE: usize = 64;

/// Returns the number of hashing threads: one per core, because hashing is bound by the processor.
pub(crate) fn hash_threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Returns the number of concurrent requests that may carry file content.
pub(crate) fn concurrency(num_threads: Option<usize>) -> Result<ConcurrencyConfig> {
    match num_threads {
        None => Ok(ConcurrencyConfig::fixed(DEFAULT_CONCURRENCY).with_max(MAX_CONCURRENCY)),
        Some(0) => Err(Error::validation("num_threads must be at least 1, not 0")),
        Some(n) => Ok(ConcurrencyConfig::fixed(n)),
    }
}
