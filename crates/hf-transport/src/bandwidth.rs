//! A limit on bytes per second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How far ahead of the rate bytes may run, to make up for short pauses.
const BURST: Duration = Duration::from_millis(100);

/// The maximum number of bytes that are admitted at once. It is a twentieth of a second at slow rates, so that many
/// transfers take turns, and at fast ones a piece that is worth a timer.
const LARGEST_PIECE: u64 = 64 << 10;
const PIECES_PER_SECOND: u64 = 20;

/// A limit on bytes per second over all transfers that share it. Clones share it.
///
/// [`BandwidthLayer`](crate::layers::BandwidthLayer) applies it to the bodies of requests and responses.
///
/// ```
/// use hf_transport::Bandwidth;
/// use tokio::time::{Duration, Instant};
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let bandwidth = Bandwidth::new(1_000);
/// let started = Instant::now();
/// bandwidth.acquire(5_000).await;
/// assert_eq!(started.elapsed(), Duration::from_secs(5));
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct Bandwidth {
    bytes_per_second: u64,
    /// When the bytes admitted so far have passed at the rate.
    free_at: Arc<Mutex<Option<Instant>>>,
}

impl Bandwidth {
    /// Creates a limit. A limit of 0 is treated as 1.
    pub fn new(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second: bytes_per_second.max(1),
            free_at: Arc::default(),
        }
    }

    /// Returns the limit.
    pub fn bytes_per_second(&self) -> u64 {
        self.bytes_per_second
    }

    /// Waits until `bytes` more have passed at the rate, after those of all who came before.
    pub async fn acquire(&self, bytes: u64) {
        let until = self.reserve(bytes, Instant::now());
        tokio::time::sleep_until(until).await;
    }

    /// Returns the time at which `bytes` more have passed.
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub(crate) fn reserve(&self, bytes: u64, now: Instant) -> Instant {
        let seconds = bytes as f64 / self.bytes_per_second as f64;
        let cost = Duration::try_from_secs_f64(seconds).unwrap_or(FOREVER);
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let start = free_at.map_or(now, |at| at.max(now.checked_sub(BURST).unwrap_or(now)));
        let end = start.checked_add(cost.min(FOREVER)).unwrap_or(start);
        *free_at = Some(end);
        end
    }

    /// Returns how many bytes to reserve at once, at least 1.
    pub(crate) fn piece(&self) -> usize {
        let piece = (self.bytes_per_second / PIECES_PER_SECOND).clamp(1, LARGEST_PIECE);
        usize::try_from(piece).unwrap_or(1)
    }
}

/// A timer can be no further away: the 30 years that tokio takes for `Duration::MAX`.
const FOREVER: Duration = Duration::from_secs(86_400 * 365 * 30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_holds_over_all_and_a_pause_earns_little() {
        let bandwidth = Bandwidth::new(1000);
        let now = Instant::now();
        assert_eq!(
            bandwidth.reserve(500, now),
            now + Duration::from_millis(500)
        );
        assert_eq!(
            bandwidth.clone().reserve(500, now),
            now + Duration::from_secs(1)
        );
        let later = now + Duration::from_secs(90);
        assert_eq!(
            bandwidth.reserve(1000, later),
            later + Duration::from_millis(900)
        );
    }

    #[test]
    fn extreme_rates_and_sizes_are_no_panic() {
        let now = Instant::now();
        for rate in [0, 1, u64::MAX] {
            let bandwidth = Bandwidth::new(rate);
            assert!(bandwidth.piece() > 0);
            for bytes in [0, 1, u64::MAX, u64::MAX, u64::MAX] {
                assert!(bandwidth.reserve(bytes, now) >= now);
            }
        }
    }

    #[test]
    fn pieces_are_short_waits() {
        for (rate, piece) in [(1, 1), (10_000, 500), (1 << 30, 64 << 10)] {
            assert_eq!(Bandwidth::new(rate).piece(), piece);
        }
    }
}
