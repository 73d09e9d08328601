//! Decides how many files go into one commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The limit of the first commit. Most folders fit into it, since the Hub commits thousands of files within
/// seconds.
const FIRST_FILES: usize = 2000;
const MIN_FILES: usize = 20;
const MAX_FILES: usize = 5000;
/// The target duration of a commit, well below the time after which gateways time out.
const TARGET: Duration = Duration::from_secs(40);

/// The maximum size of regular files in one commit.
pub(super) const REGULAR_BYTES_BUDGET: u64 = 100 * 1024 * 1024;
/// A batch older than this is committed as it is, so that an interruption loses little.
pub(super) const MAX_AGE: Duration = Duration::new(5 * 60, 0);

/// Adapts the size of the next commit to the duration of the previous ones.
#[derive(Debug)]
pub(super) struct BatchSizer {
    files: Arc<AtomicUsize>,
}

/// The current limit of a [`BatchSizer`], shared with the stage that fills the batches.
#[derive(Debug, Clone)]
pub(super) struct BatchLimit(Arc<AtomicUsize>);

impl BatchLimit {
    pub(super) fn files(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl BatchSizer {
    pub(super) fn new(first: Option<usize>) -> Self {
        Self {
            files: Arc::new(AtomicUsize::new(first.unwrap_or(FIRST_FILES).max(1))),
        }
    }

    pub(super) fn limit(&self) -> BatchLimit {
        BatchLimit(Arc::clone(&self.files))
    }

    pub(super) fn succeeded(&mut self, took: Duration, files: usize) {
        let limit = self.files.load(Ordering::Relaxed);
        if took > TARGET {
            self.set((limit.saturating_mul(2) / 3).max(MIN_FILES.min(limit)));
        } else if took < TARGET / 2 && files >= limit {
            self.set((limit.saturating_mul(3) / 2).min(MAX_FILES.max(limit)));
        }
    }

    pub(super) fn failed(&mut self) {
        let limit = self.files.load(Ordering::Relaxed);
        self.set((limit / 2).max(MIN_FILES.min(limit)));
    }

    fn set(&self, files: usize) {
        self.files.store(files, Ordering::Relaxed);
    }

    /// Returns whether a failed commit with this number of files is worth splitting.
    pub(super) fn can_split(files: usize) -> bool {
        files > MIN_FILES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_when_fast_and_full_and_shrinks_when_slow_or_failed() {
        let mut sizer = BatchSizer::new(None);
        let limit = sizer.limit();
        assert_eq!(limit.files(), 2000);
        sizer.succeeded(Duration::from_secs(2), 10);
        assert_eq!(limit.files(), 2000, "it was not full");
        sizer.succeeded(Duration::from_secs(2), 2000);
        assert_eq!(limit.files(), 3000);
        sizer.succeeded(Duration::from_secs(61), 3000);
        assert_eq!(limit.files(), 2000);
        for _ in 0..20 {
            sizer.failed();
        }
        assert_eq!(limit.files(), MIN_FILES);
        for _ in 0..50 {
            sizer.succeeded(Duration::ZERO, 5000);
        }
        assert_eq!(limit.files(), MAX_FILES);
    }

    #[test]
    fn whatever_the_caller_asks_for_is_a_legal_size() {
        let mut sizer = BatchSizer::new(Some(0));
        assert_eq!(sizer.limit().files(), 1);
        sizer = BatchSizer::new(Some(usize::MAX));
        sizer.succeeded(Duration::from_secs(61), 1);
        sizer.succeeded(Duration::ZERO, usize::MAX);
        assert!(sizer.limit().files() >= MIN_FILES);
    }
}
