//! Tracks how much of a request body has been sent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// The most that the buffers between the connection task and the network hold: hyper's own buffer and the
/// socket's, which Linux grows to 4 MiB.
const BUFFERED: u64 = 4 << 20;

/// The slowest uplink, in bytes per second, for which the client waits while the buffers drain.
const SLOWEST: u64 = 32 << 10;

/// How many bytes of a request body the connection has taken, and when it last took some.
#[derive(Debug)]
pub(crate) struct Progress {
    start: Instant,
    micros: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
            micros: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    pub(super) fn note(&self, bytes: usize) {
        let passed = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.micros.store(passed, Ordering::Relaxed);
    }

    /// Returns the latest time at which the bytes taken so far have left for the network.
    pub(crate) fn drained(&self) -> Instant {
        let taken_after = Duration::from_micros(self.micros.load(Ordering::Relaxed));
        self.start + taken_after + drain_time(self.bytes.load(Ordering::Relaxed), taken_after)
    }
}

/// Estimates how long the last of `bytes`, which the connection took within `taking`, stay in the buffers.
///
/// A connection takes bytes faster than it sends them until the buffers are full, and at the speed of the
/// uplink from then on. The bytes taken after that point therefore reveal the speed.
fn drain_time(bytes: u64, taking: Duration) -> Duration {
    let buffered = bytes.min(BUFFERED);
    let slowest = Duration::from_micros(buffered.saturating_mul(1_000_000) / SLOWEST);
    let past_buffers = bytes - buffered;
    let taking = u64::try_from(taking.as_micros()).unwrap_or(u64::MAX);
    match past_buffers {
        0 => slowest,
        past => Duration::from_micros(
            u64::try_from(u128::from(buffered) * u128::from(taking) / u128::from(past))
                .unwrap_or(u64::MAX),
        )
        .min(slowest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_uplink_is_given_time_to_drain_and_a_fast_one_none() {
        let seconds = Duration::from_secs;
        // A small body may all be in a buffer.
        assert_eq!(drain_time(32 << 10, Duration::ZERO), seconds(1));
        assert_eq!(drain_time(256 << 10, Duration::ZERO), seconds(8));
        // 64 MiB past the buffers in 4 s: 16 MiB/s.
        assert_eq!(drain_time(68 << 20, seconds(4)), Duration::from_millis(250));
        // 1 MiB past the buffers in 20 s is about 50 kB/s.
        assert_eq!(drain_time(5 << 20, seconds(20)), seconds(80));
        // Anything slower than this does not count as an uplink.
        assert_eq!(drain_time(5 << 20, seconds(600)), seconds(128));
        assert_eq!(drain_time(0, Duration::ZERO), Duration::ZERO);
        assert!(drain_time(u64::MAX, Duration::MAX) <= seconds(128));
    }
}
