//! The bandwidth limit of a call.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How far ahead of the rate bytes may run, to make up for short pauses.
const BURST: Duration = Duration::from_millis(100);

/// Limits the number of bytes per second over all transfers of a call.
pub(crate) struct Limiter {
    bytes_per_second: f64,
    free_at: Mutex<Option<Instant>>,
}

impl Limiter {
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub(crate) fn new(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second: bytes_per_second.max(1) as f64,
            free_at: Mutex::new(None),
        }
    }

    /// Waits until the limit permits `bytes` more.
    pub(crate) async fn pass(&self, bytes: u64) {
        let until = self.reserve(bytes, Instant::now());
        tokio::time::sleep_until(until).await;
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    fn reserve(&self, bytes: u64, now: Instant) -> Instant {
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second);
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let start = free_at.map_or(now, |at| at.max(now.checked_sub(BURST).unwrap_or(now)));
        let end = start + cost;
        *free_at = Some(end);
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_holds_over_all_and_a_pause_earns_little() {
        let limiter = Limiter::new(1000);
        let now = Instant::now();
        assert_eq!(limiter.reserve(500, now), now + Duration::from_millis(500));
        assert_eq!(limiter.reserve(500, now), now + Duration::from_secs(1));
        let later = now + Duration::from_secs(90);
        assert_eq!(
            limiter.reserve(1000, later),
            later + Duration::from_millis(900)
        );
    }
}
