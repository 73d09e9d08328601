//! Retrying of bodies that break off.
//!
//! The retries of single requests are the transport's. Here it is about the file: a body that broke off is continued from
//! the first missing byte, for as long as that brings the file forward.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hf_transport::{Error, Result};

use super::progress::FileProgress;

/// Failures in a row that bring nothing new before the download is given up.
const FAILURES: u32 = 5;
/// How often a file may start over from its first byte.
const RESTARTS: u32 = 3;
/// Failures in all: a few, and one for each of so many bytes. A server that closes each connection after a byte is a failure
/// of its own.
const FAILURES_IN_ALL: u64 = 100;
const BYTES_PER_FAILURE: u64 = 1024 * 1024;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The retry state of one file, over all its connections.
#[derive(Debug, Default)]
pub(crate) struct BodyRetry(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// In a row, since the file last grew.
    failures: u32,
    failures_in_all: u64,
    restarts: u32,
    /// The most bytes of the file that there ever were. Only what goes beyond is progress: a server that sends the same
    /// beginning again and again would be asked forever otherwise.
    farthest: u64,
}

impl BodyRetry {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that `total` bytes of the file are there.
    pub(crate) fn progress(&self, total: u64) {
        let mut state = self.state();
        if total > state.farthest {
            state.farthest = total;
            state.failures = 0;
        }
    }

    /// Records that the file starts over. Returns `err` if it did so too often.
    pub(crate) fn restart(&self, err: impl FnOnce() -> Error) -> Result<()> {
        let mut state = self.state();
        state.restarts += 1;
        if state.restarts > RESTARTS {
            return Err(err());
        }
        Ok(())
    }

    /// Waits before the next attempt, or returns the error if there were enough.
    pub(crate) async fn wait(&self, file: &FileProgress, err: Error) -> Result<()> {
        let failures = {
            let mut state = self.state();
            state.failures += 1;
            state.failures_in_all += 1;
            let allowed = FAILURES_IN_ALL + state.farthest / BYTES_PER_FAILURE;
            if state.failures > FAILURES || state.failures_in_all > allowed {
                return Err(err);
            }
            state.failures
        };
        file.retry(failures, &err.to_string());
        tracing::info!(file = file.file(), attempt = failures, error = %err, "the download broke off; continuing it");
        let pause = FIRST_PAUSE
            .saturating_mul(1 << (failures - 1))
            .min(LONGEST_PAUSE);
        // Half of it at random, so that connections that broke together do not come back together.
        tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::progress::Reporter;

    fn error() -> Error {
        Error::network("cut")
    }

    #[tokio::test(start_paused = true)]
    async fn only_bytes_never_seen_before_are_progress() {
        let file = FileProgress::new(&Reporter::default(), "f", None);
        let retry = BodyRetry::default();
        retry.progress(100);
        let mut waits = 0;
        while retry.wait(&file, error()).await.is_ok() {
            waits += 1;
            retry.progress(100);
        }
        assert_eq!(waits, FAILURES);
        retry.progress(101);
        assert!(retry.wait(&file, error()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_for_each_connection_is_no_download() {
        let file = FileProgress::new(&Reporter::default(), "f", None);
        let retry = BodyRetry::default();
        let mut waits = 0;
        while retry.wait(&file, error()).await.is_ok() {
            waits += 1;
            retry.progress(waits);
        }
        assert_eq!(waits, FAILURES_IN_ALL);
    }

    #[test]
    fn restarts_end() {
        let retry = BodyRetry::default();
        assert!((0..RESTARTS).all(|_| retry.restart(error).is_ok()));
        assert!(retry.restart(error).is_err());
    }
}
