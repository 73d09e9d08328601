//! The bounds of the limits.

use tokio::sync::Semaphore;

/// The bounds of [`AdaptiveConcurrency`](super::AdaptiveConcurrency).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConcurrencyConfig {
    initial: usize,
    min: usize,
    max: usize,
}

impl Default for ConcurrencyConfig {
    /// Begins with 8 requests at once, never goes below 1 or above 64.
    fn default() -> Self {
        Self {
            initial: 8,
            min: 1,
            max: 64,
        }
    }
}

impl ConcurrencyConfig {
    /// Sets how many requests a host gets at once as long as nothing is known of it. 8 by default.
    pub fn with_initial(mut self, requests: usize) -> Self {
        self.initial = requests;
        self
    }

    /// Sets how many requests a host gets at once however badly it takes them. 1 by default; 0 counts as 1.
    pub fn with_min(mut self, requests: usize) -> Self {
        self.min = requests;
        self
    }

    /// Sets how many requests a host gets at once however well it takes them. 64 by default.
    pub fn with_max(mut self, requests: usize) -> Self {
        self.max = requests;
        self
    }

    /// Always allows the same number of requests.
    pub fn fixed(requests: usize) -> Self {
        Self {
            initial: requests,
            min: requests,
            max: requests,
        }
    }

    /// Returns how many requests a host gets at once as long as nothing is known of it.
    pub fn initial(&self) -> usize {
        self.initial.clamp(self.min(), self.max())
    }

    /// Returns how many requests a host gets at once however badly it takes them.
    pub fn min(&self) -> usize {
        self.min.clamp(1, Semaphore::MAX_PERMITS)
    }

    /// Returns how many requests a host gets at once however well it takes them.
    pub fn max(&self) -> usize {
        self.max.clamp(self.min(), Semaphore::MAX_PERMITS)
    }
}
