//! Retries bodies that are cut off.
//!
//! Single requests are retried by the transport. This module is about the file as a whole: a truncated body
//! is continued from the first missing byte, for as long as each attempt makes progress.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hf_transport::{Error, Result};

use super::progress::FileProgress;

/// How many consecutive failures without progress end the download.
const FAILURES: u32 = 5;
/// How often a file may start over from its first byte.
const RESTARTS: u32 = 3;
/// The total number of failures allowed: a constant, plus one per number of bytes. A server that closes every
/// connection after one byte would otherwise never end the download.
const FAILURES_IN_ALL: u64 = 100;
const BYTES_PER_FAILURE: u64 = 1024 * 1024;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The retry state of one file, over all its connections.
#[derive(Debug, Default)]
pub(crate) struct BodyRetry(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Consecutive failures since the file last grew.
    failures: u32,
    failures_in_all: u64,
    restarts: u32,
    /// The largest number of bytes that ever existed. Only growth beyond it is progress; otherwise a server
    /// that sends the same beginning over and over would be asked for ever.
    farthest: u64,
}

impl BodyRetry {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that `total` bytes of the file exist.
    pub(crate) fn progress(&self, total: u64) {
        let mut state = self.state();
        if total > state.farthest {
            state.farthest = total;
            state.failures = 0;
        }
    }

    /// Records that the file starts over. Returns `err` if it has done so too often.
    pub(crate) fn restart(&self, err: impl FnOnce() -> Error) -> Result<()> {
        let mut state = self.state();
        state.restarts += 1;
        if state.restarts > RESTARTS {
            return Err(err());
        }
        Ok(())
    }

    /// Waits before the next attempt, or returns the error if there were too many failures.
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
        tracing::info!(file = file.file(), attempt = failures, error = %err, "the download was interrupted; resuming it");
        let pause = FIRST_PAUSE
            .saturating_mul(1 << (failures - 1))
            .min(LONGEST_PAUSE);
        // Half of the delay is random, so that connections that broke together do not come back together.
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
