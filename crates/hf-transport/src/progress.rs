//! Progress reporting: one trait and one event type for downloads and uploads.

mod meter;

use std::time::Duration;

pub use meter::{ProgressMeter, ProgressSummary};

/// An event in the course of a transfer.
///
/// Byte counts are increments, which a sink adds up. Names are paths in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgressEvent<'a> {
    /// A call starts to work on its files.
    Begin {
        /// The call: `"snapshot_download"`, `"create_commit"`, ...
        operation: &'static str,
        /// How many files there are, if known.
        files: Option<u64>,
        /// Their total size in bytes, if known.
        bytes: Option<u64>,
    },
    /// Work on one file starts, or starts again after [`Restarted`](Self::Restarted) has taken back what was
    /// reported.
    FileBegin {
        /// The file.
        file: &'a str,
        /// Its size in bytes, if known.
        bytes: Option<u64>,
        /// How many of them need no transfer, because an earlier attempt left them or they already exist.
        already: u64,
    },
    /// Bytes of a file were read from disk and hashed: before an upload, or to verify what an earlier attempt
    /// left. Bytes that are hashed while they arrive from the network are not reported.
    Hashed {
        /// The file.
        file: &'a str,
        /// How many bytes.
        bytes: u64,
    },
    /// Bytes of a file were sent or received.
    Transferred {
        /// The file.
        file: &'a str,
        /// How many bytes.
        bytes: u64,
    },
    /// Bytes of a file need no transfer: the storage has them, from this file or another one.
    Deduplicated {
        /// The file.
        file: &'a str,
        /// How many bytes.
        bytes: u64,
    },
    /// Objects that several files may share went to the storage. The bytes are those on the network, after compression;
    /// [`Transferred`](Self::Transferred) reports what they are of each file.
    Sent {
        /// How many bytes.
        bytes: u64,
    },
    /// The transfer of a file starts over. This many bytes reported earlier no longer count.
    Restarted {
        /// The file.
        file: &'a str,
        /// How many bytes.
        bytes: u64,
    },
    /// The transfer of a file was interrupted and is resumed.
    Retry {
        /// The file.
        file: &'a str,
        /// The number of consecutive attempts without progress, from 1.
        attempt: u32,
        /// The reason, without secrets.
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
        /// The reason of the failure, without secrets.
        reason: &'a str,
    },
    /// Work on one file has ended.
    FileEnd {
        /// The file.
        file: &'a str,
        /// The outcome.
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
    /// The file was transferred.
    Done,
    /// The file already existed; nothing was transferred.
    Present,
    /// The transfer failed; the call returns the error.
    Failed,
}

/// Receives the events of a transfer, for example to draw a progress bar.
///
/// Events arrive often and from several threads, so a sink must be quick and must not block. Any
/// `Fn(&ProgressEvent)` is a sink.
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
