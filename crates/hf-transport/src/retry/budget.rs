//! Limits the number of retries that all calls together make.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Uri;
use tokio::time::Instant;

use crate::origin::Origin;

/// Burst capacity: five retries for each of 64 concurrent calls.
const BURST: f64 = 320.0;

/// The rate at which a failing server receives retries from one process, per second.
const PER_SECOND: f64 = 10.0;

/// What a success adds: against a server that fails one request in five, every failure can be retried.
const PER_SUCCESS: f64 = 0.2;

/// Limits how many retries all calls together make to one server. Clones share the budget.
///
/// Each call limits its own attempts, but a thousand parallel calls would still send six thousand requests to
/// a server that is about to fail. So retries are taken out of a shared budget: 320 after a quiet period
/// (five for each of 64 calls), refilled by 10 per second and by one for every five successes. When the
/// budget is empty, a retry waits for its turn, and is given up if the wait would exceed the longest backoff
/// ([`RetryConfig::max_backoff`](crate::RetryConfig::max_backoff)).
///
/// Retries at a time that the server named (`Retry-After`, `RateLimit`) are not counted.
///
/// ```
/// use hf_transport::{Client, RetryBudget};
///
/// // Two clients that spare the same servers.
/// let budget = RetryBudget::default();
/// let one = Client::builder().retry_budget(budget.clone());
/// let other = Client::builder().retry_budget(budget);
/// ```
#[derive(Debug, Clone, Default)]
pub struct RetryBudget(Arc<Mutex<HashMap<Origin, Store>>>);

/// The remaining budget for one server. A server that never failed has no entry and the whole budget.
#[derive(Debug, Clone, Copy)]
struct Store {
    /// Negative if retries have been promised for later.
    left: f64,
    at: Instant,
}

impl Store {
    fn full(now: Instant) -> Self {
        Self {
            left: BURST,
            at: now,
        }
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + passed * PER_SECOND).min(BURST);
        self.at = now;
    }
}

impl RetryBudget {
    /// Takes one retry for the server of this URL. Returns how long it has to wait for its turn, or `None` if
    /// that is longer than `patience`.
    pub(crate) fn take(&self, uri: &Uri, patience: Duration) -> Option<Duration> {
        let Some(origin) = Origin::of(uri) else {
            return Some(Duration::ZERO);
        };
        let now = Instant::now();
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let store = stores.entry(origin).or_insert_with(|| Store::full(now));
        store.refill(now);
        let left = store.left - 1.0;
        let wait = Duration::from_secs_f64((-left).max(0.0) / PER_SECOND);
        if wait > patience {
            return None;
        }
        store.left = left;
        Some(wait)
    }

    /// Records a success of the server of this URL.
    pub(crate) fn earn(&self, uri: &Uri) {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stores.is_empty() {
            return;
        }
        let Some(origin) = Origin::of(uri) else {
            return;
        };
        if let Some(store) = stores.get_mut(&origin) {
            store.refill(Instant::now());
            store.left += PER_SUCCESS;
            if store.left >= BURST {
                stores.remove(&origin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(8);

    fn hub() -> Uri {
        "https://hub.test/api/x".parse().unwrap()
    }

    /// Returns how many retries are granted now, and the longest wait among them.
    fn drain(budget: &RetryBudget, uri: &Uri) -> (usize, Duration) {
        let waits: Vec<_> = std::iter::from_fn(|| budget.take(uri, PATIENCE)).collect();
        (waits.len(), waits.last().copied().unwrap_or_default())
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_fails_bears_so_many_and_no_more() {
        let budget = RetryBudget::default();
        // 320 at once, 80 more in the next 8 s, and then it is enough.
        assert_eq!(drain(&budget, &hub()), (400, PATIENCE));
        assert_eq!(drain(&budget, &hub()).0, 0);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(drain(&budget, &hub()), (10, PATIENCE));
        // Another server has its own budget.
        let other = "https://storage.test/x".parse().unwrap();
        assert_eq!(budget.take(&other, PATIENCE), Some(Duration::ZERO));
        // Time refills the budget, up to its initial size.
        tokio::time::advance(Duration::from_secs(300)).await;
        assert_eq!(drain(&budget, &hub()), (400, PATIENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn good_answers_earn_retries() {
        let budget = RetryBudget::default();
        drain(&budget, &hub());
        for _ in 0..50 {
            budget.earn(&hub());
        }
        assert_eq!(drain(&budget, &hub()).0, 10);
        tokio::time::advance(Duration::from_secs(60)).await;
        budget.earn(&hub());
        assert!(budget.0.lock().unwrap().is_empty(), "a full store is kept");
    }

    #[tokio::test(start_paused = true)]
    async fn clones_share_it() {
        let budget = RetryBudget::default();
        drain(&budget.clone(), &hub());
        assert_eq!(budget.take(&hub(), PATIENCE), None);
    }
}
