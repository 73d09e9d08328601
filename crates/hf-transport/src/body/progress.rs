//! How far a request's body got.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// What may sit between the connection's task and the wire: hyper's own buffer, and the socket's, which
/// Linux grows to 4 MiB.
const BUFFERED: u64 = 4 << 20;

/// The slowest uplink that is waited for while that drains, in bytes per second.
const SLOWEST: u64 = 32 << 10;

/// When bytes of a request body were last taken by the connection, and how many.
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

    /// Returns when the last byte taken so far has left for the network, at the latest.
    pub(crate) fn drained(&self) -> Instant {
        let taken_after = Duration::from_micros(self.micros.load(Ordering::Relaxed));
        self.start + taken_after + drain_time(self.bytes.load(Ordering::Relaxed), taken_after)
    }
}

/// Estimates how long the end of `bytes` that the connection took within `taking` stays in buffers.
///
/// A connection takes bytes faster than it sends them until the buffers are full, and at the speed of the
/// uplink from then on: what came after the buffers were full shows that speed.
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
        // Slower than that is no uplink.
        assert_eq!(drain_time(5 << 20, seconds(600)), seconds(128));
        assert_eq!(drain_time(0, Duration::ZERO), Duration::ZERO);
        assert!(drain_time(u64::MAX, Duration::MAX) <= seconds(128));
    }
}
