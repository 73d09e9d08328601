//! How transfers report their progress: one trait and one type of event, for downloads and uploads.

mod meter;

use std::time::Duration;

pub use meter::{ProgressMeter, ProgressSummary};

/// Something that happened to a transfer.
///
/// Bytes are differences: a sink adds them up. Names are paths in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgressEvent<'a> {
    /// A call begins to work on its files.
    Begin {
        /// The call: `"snapshot_download"`, `"create_commit"`, ...
        operation: &'static str,
        /// How many files there are, if known.
        files: Option<u64>,
        /// How many bytes they have together, if known.
        bytes: Option<u64>,
    },
    /// Work on one file begins; or begins again, after [`Restarted`](Self::Restarted) has taken back what was
    /// reported.
    FileBegin {
        /// The file.
        file: &'a str,
        /// Its size in bytes, if known.
        bytes: Option<u64>,
        /// How many of them need no transfer: an earlier attempt has left them, or they are there already.
        already: u64,
    },
    /// Bytes of a file were read from the disk and hashed: before an upload, of what an earlier attempt has
    /// left, or to verify them. What is hashed on its way from the network is not reported.
    Hashed {
        /// The file.
        file: &'a str,
        /// How many bytes.
        bytes: u64,
    },
    /// Bytes of a file went over the network.
    Transferred {
        /// The file.
        file: &'a str,
        /// How many bytes.
        bytes: u64,
    },
    /// The transfer of a file starts over: this many bytes reported before do not count.
    Restarted {
        /// The file.
        file: &'a str,
        /// How many bytes.
        bytes: u64,
    },
    /// The transfer of a file broke off and is resumed.
    Retry {
        /// The file.
        file: &'a str,
        /// Which attempt without progress it was, from 1.
        attempt: u32,
        /// Why, without secrets.
        reason: &'a str,
    },
    /// A request failed and is sent again after a delay.
    RequestRetry {
        /// The name of the request: `"preupload"`, `"create_commit"`, ...
        operation: &'static str,
        /// The number of the attempt that failed, from 1.
        attempt: u32,
        /// How long the client waits before the next one.
        delay: Duration,
        /// Why it failed, without secrets.
        reason: &'a str,
    },
    /// Work on one file has ended.
    FileEnd {
        /// The file.
        file: &'a str,
        /// How.
        outcome: FileOutcome,
    },
    /// The call has ended.
    End {
        /// The call, as in `Begin`.
        operation: &'static str,
    },
}

/// How the work on one file ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileOutcome {
    /// It was transferred.
    Done,
    /// It was there already, nothing was transferred.
    Present,
    /// It failed; the call returns the error.
    Failed,
}

/// Receives the events of a transfer: draws a bar, writes lines, counts.
///
/// It is called often and from several threads: it must be quick and must not block. Any
/// `Fn(&ProgressEvent)` is one.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use hf_transport::progress::{ProgressEvent, ProgressSink};
/// let total = AtomicU64::new(0);
/// let sink = |event: &ProgressEvent<'_>| {
///     if let ProgressEvent::Transferred { bytes, .. } = event {
///         total.fetch_add(*bytes, Ordering::Relaxed);
///     }
/// };
/// sink.on_event(&ProgressEvent::Transferred { file: "config.json", bytes: 7 });
/// assert_eq!(total.into_inner(), 7);
/// ```
pub trait ProgressSink: Send + Sync {
    /// Receives one event.
    fn on_event(&self, event: &ProgressEvent<'_>);
}

impl<F: Fn(&ProgressEvent<'_>) + Send + Sync> ProgressSink for F {
    fn on_event(&self, event: &ProgressEvent<'_>) {
        self(event);
    }
}
