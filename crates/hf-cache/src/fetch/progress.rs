//! Progress reporting whose sums stay correct even if bytes are downloaded twice.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hf_transport::progress::{FileOutcome, ProgressEvent, ProgressSink};

/// The sink of a call's events, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Reporter(Option<Arc<dyn ProgressSink>>);

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "sink" } else { "none" })
    }
}

impl Reporter {
    pub(crate) fn new(sink: Option<Arc<dyn ProgressSink>>) -> Self {
        Self(sink)
    }

    pub(crate) fn report(&self, event: ProgressEvent<'_>) {
        if let Some(sink) = &self.0 {
            sink.on_event(&event);
        }
    }

    /// Reports bytes that were read from disk and hashed.
    pub(crate) fn hashed(&self, file: &str, bytes: u64) {
        self.report(ProgressEvent::Hashed { file, bytes });
    }

    /// Reports a file that already existed.
    pub(crate) fn present(&self, file: &str, size: Option<u64>) {
        if let Some(size) = size {
            self.report(ProgressEvent::FileBegin {
                file,
                bytes: Some(size),
                already: size,
            });
        }
        self.report(ProgressEvent::FileEnd {
            file,
            outcome: FileOutcome::Present,
        });
    }
}

/// The progress of one file. It counts the reported bytes, so that a restart takes back exactly those.
#[derive(Debug)]
pub(crate) struct FileProgress {
    reporter: Reporter,
    file: String,
    size: Option<u64>,
    /// Bytes that were reported and still count.
    counted: AtomicU64,
}

impl FileProgress {
    pub(crate) fn new(reporter: &Reporter, file: &str, size: Option<u64>) -> Self {
        Self {
            reporter: reporter.clone(),
            file: file.to_owned(),
            size,
            counted: AtomicU64::new(0),
        }
    }

    /// Returns the path in the repository, which names the file in messages and events.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Reports the start of an attempt with `already` bytes on disk.
    pub(crate) fn begin(&self, already: u64) {
        self.restart();
        self.counted.store(already, Ordering::Relaxed);
        self.reporter.report(ProgressEvent::FileBegin {
            file: &self.file,
            bytes: self.size,
            already,
        });
    }

    pub(crate) fn transferred(&self, bytes: u64) {
        self.counted.fetch_add(bytes, Ordering::Relaxed);
        self.reporter.report(ProgressEvent::Transferred {
            file: &self.file,
            bytes,
        });
    }

    /// Takes back everything reported so far.
    pub(crate) fn restart(&self) {
        let bytes = self.counted.swap(0, Ordering::Relaxed);
        if bytes > 0 {
            self.reporter.report(ProgressEvent::Restarted {
                file: &self.file,
                bytes,
            });
        }
    }

    pub(crate) fn retry(&self, attempt: u32, reason: &str) {
        self.reporter.report(ProgressEvent::Retry {
            file: &self.file,
            attempt,
            reason,
        });
    }

    pub(crate) fn end(&self, succeeded: bool) {
        let outcome = if succeeded {
            FileOutcome::Done
        } else {
            FileOutcome::Failed
        };
        self.reporter.report(ProgressEvent::FileEnd {
            file: &self.file,
            outcome,
        });
    }
}
