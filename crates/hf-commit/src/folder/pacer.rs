//! How many files go into one commit.

use std::time::Duration;

/// A commit of everything, for most folders: the Hub takes thousands of files in seconds.
const FIRST_FILES: usize = 2000;
const MIN_FILES: usize = 20;
const MAX_FILES: usize = 5000;
/// What a commit should take: well below the time at which gateways give up.
const TARGET: Duration = Duration::from_secs(40);

/// Content of regular files in one commit.
pub(super) const REGULAR_BYTES_BUDGET: u64 = 100 * 1024 * 1024;
/// A batch older than this is committed as it is, so that little is lost with an interruption.
pub(super) const MAX_AGE: Duration = Duration::from_secs(300);

/// Learns from each commit how large the next one may be.
#[derive(Debug)]
pub(super) struct Pacer {
    files: usize,
}

impl Pacer {
    pub(super) fn new(first: Option<usize>) -> Self {
        Self {
            files: first.unwrap_or(FIRST_FILES).max(1),
        }
    }

    pub(super) fn files(&self) -> usize {
        self.files
    }

    pub(super) fn succeeded(&mut self, took: Duration, files: usize) {
        if took > TARGET {
            self.files = (self.files * 2 / 3).max(MIN_FILES.min(self.files));
        } else if took < TARGET / 2 && files >= self.files {
            self.files = (self.files * 3 / 2).min(MAX_FILES.max(self.files));
        }
    }

    pub(super) fn failed(&mut self) {
        self.files = (self.files / 2).max(MIN_FILES.min(self.files));
    }

    /// Whether a failed commit of so many files is worth splitting.
    pub(super) fn can_split(files: usize) -> bool {
        files > MIN_FILES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_when_fast_and_full_and_shrinks_when_slow_or_failed() {
        let mut pacer = Pacer::new(None);
        assert_eq!(pacer.files(), 2000);
        pacer.succeeded(Duration::from_secs(2), 10);
        assert_eq!(pacer.files(), 2000, "it was not full");
        pacer.succeeded(Duration::from_secs(2), 2000);
        assert_eq!(pacer.files(), 3000);
        pacer.succeeded(Duration::from_secs(60), 3000);
        assert_eq!(pacer.files(), 2000);
        for _ in 0..20 {
            pacer.failed();
        }
        assert_eq!(pacer.files(), MIN_FILES);
        for _ in 0..50 {
            pacer.succeeded(Duration::ZERO, 5000);
        }
        assert_eq!(pacer.files(), MAX_FILES);
    }
}
