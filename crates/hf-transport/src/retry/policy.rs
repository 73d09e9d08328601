//! Pure decisions about whether and when to send a request again.

use std::time::Duration;

use http::Uri;

use super::budget::RetryBudget;
use crate::error::Retryability;

/// The number of retries and their backoff.
///
/// Delays double from the initial to the maximum backoff. Each is multiplied by a random factor between 0 and
/// 1 (full jitter), so that clients that failed together do not come back together.
///
/// ```
/// use std::time::Duration;
/// use hf_transport::{Retryability, RetryConfig, RetryContext};
///
/// let config = RetryConfig::default().with_max_retries(3);
/// let context = RetryContext {
///     retryability: Retryability::IfIdempotent,
///     idempotent: true,
///     attempt: 3,
///     elapsed: Duration::from_secs(2),
///     retry_after: None,
///     jitter: 0.5,
/// };
/// assert_eq!(config.next_delay(&context), Some(Duration::from_secs(1))); // half of 0.5 s * 2 * 2
/// assert_eq!(config.next_delay(&RetryContext { idempotent: false, ..context }), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryConfig {
    max_retries: u32,
    initial_backoff: Duration,
    max_backoff: Duration,
    max_retry_after: Duration,
    retry_timeout: Duration,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            max_retries: 5,
            initial_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(8),
            // The length of the Hub's rate limit window.
            max_retry_after: Duration::from_secs(300),
            retry_timeout: Duration::from_secs(600),
        }
    }
}

/// The input of a retry decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryContext {
    /// What the failure says about a retry.
    pub retryability: Retryability,
    /// Whether sending the request twice is safe.
    pub idempotent: bool,
    /// How many attempts were made, from 1.
    pub attempt: u32,
    /// Time since the first attempt began.
    pub elapsed: Duration,
    /// How long the server asked the client to wait.
    pub retry_after: Option<Duration>,
    /// A random number between 0 and 1.
    pub jitter: f64,
}

impl RetryConfig {
    /// Returns a configuration without retries.
    pub fn none() -> Self {
        Self::default().with_max_retries(0)
    }

    /// Returns a configuration that retries as often as the default one, after a few milliseconds: for tests
    /// against a server on the same machine, such as the embedded Hub of `hf-testhub`.
    ///
    /// ```
    /// use hf_transport::{Client, RetryConfig};
    /// # fn client(url: &str) -> hf_transport::Result<Client> {
    /// Client::builder().endpoint(url).retry(RetryConfig::quick()).build()
    /// # }
    /// ```
    pub fn quick() -> Self {
        Self::default()
            .with_initial_backoff(Duration::from_millis(1))
            .with_max_backoff(Duration::from_millis(10))
    }

    /// Sets the maximum number of retries after the first attempt. 5 by default.
    pub fn with_max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// Sets the first delay, before jitter. 0.5 s by default.
    pub fn with_initial_backoff(mut self, delay: Duration) -> Self {
        self.initial_backoff = delay;
        self
    }

    /// Sets the maximum backoff, that is, the longest delay that the client itself chooses. 8 s by default.
    pub fn with_max_backoff(mut self, delay: Duration) -> Self {
        self.max_backoff = delay;
        self
    }

    /// Sets the longest delay that a server may ask for. If it asks for more, the call fails immediately. 5
    /// min by default, the window of the Hub's rate limit.
    pub fn with_max_retry_after(mut self, delay: Duration) -> Self {
        self.max_retry_after = delay;
        self
    }

    /// Sets the time limit for retries: no delay may end later than this after the start of the request. 10
    /// min by default.
    pub fn with_retry_timeout(mut self, limit: Duration) -> Self {
        self.retry_timeout = limit;
        self
    }

    /// Returns the maximum number of retries after the first attempt.
    pub fn max_retries(&self) -> u32 {
        self.max_retries
    }

    /// Returns the first delay, before jitter.
    pub fn initial_backoff(&self) -> Duration {
        self.initial_backoff
    }

    /// Returns the maximum backoff.
    pub fn max_backoff(&self) -> Duration {
        self.max_backoff
    }

    /// Returns the longest delay that a server may ask for.
    pub fn max_retry_after(&self) -> Duration {
        self.max_retry_after
    }

    /// Returns the time limit for retries, counted from the start of the request.
    pub fn retry_timeout(&self) -> Duration {
        self.retry_timeout
    }

    /// Returns the delay before the next attempt, or `None` to give up. A delay that the server asked for is
    /// a lower bound; up to a tenth of it is added, but never more than the first backoff.
    pub fn next_delay(&self, context: &RetryContext) -> Option<Duration> {
        let allowed = match context.retryability {
            Retryability::Never => false,
            Retryability::IfIdempotent => context.idempotent,
            Retryability::Always => true,
        };
        if !allowed || context.attempt > self.max_retries {
            return None;
        }
        let jitter = context.jitter.clamp(0.0, 1.0);
        let doublings = context.attempt.saturating_sub(1).min(30);
        let backoff = self
            .initial_backoff
            .saturating_mul(1 << doublings)
            .min(self.max_backoff)
            .mul_f64(jitter);
        let delay = match context.retry_after {
            Some(asked) if asked > self.max_retry_after => return None,
            Some(asked) => {
                let spread = (asked / 10).min(self.initial_backoff);
                asked.saturating_add(spread.mul_f64(jitter)).max(backoff)
            }
            None => backoff,
        };
        (context.elapsed.saturating_add(delay) <= self.retry_timeout).then_some(delay)
    }

    /// Returns [`next_delay`](Self::next_delay) if the budget for the server of `target` has a retry left. A
    /// delay that the server asked for costs none.
    pub(crate) fn next_delay_within(
        &self,
        context: &RetryContext,
        budget: &RetryBudget,
        target: &Uri,
    ) -> Option<Duration> {
        let delay = self.next_delay(context)?;
        if context.retry_after.is_some() {
            return Some(delay);
        }
        let Some(turn) = budget.take(target, self.max_backoff) else {
            tracing::warn!(
                attempt = context.attempt,
                "not retried: too many requests to this server fail"
            );
            return None;
        };
        let delay = delay.max(turn);
        (context.elapsed.saturating_add(delay) <= self.retry_timeout).then_some(delay)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn context(attempt: u32) -> RetryContext {
        RetryContext {
            retryability: Retryability::IfIdempotent,
            idempotent: true,
            attempt,
            elapsed: Duration::ZERO,
            retry_after: None,
            jitter: 1.0,
        }
    }

    #[test]
    fn decisions() {
        let config = RetryConfig::default();
        let wait = |context: RetryContext| config.next_delay(&context).map(|wait| wait.as_millis());
        for (name, context, expected) in [
            ("first", context(1), Some(500)),
            ("second", context(2), Some(1_000)),
            ("capped", context(5), Some(8_000)),
            ("spent", context(6), None),
            (
                "no luck",
                RetryContext {
                    jitter: 0.0,
                    ..context(4)
                },
                Some(0),
            ),
            (
                "once only",
                RetryContext {
                    idempotent: false,
                    ..context(1)
                },
                None,
            ),
            (
                "hopeless",
                RetryContext {
                    retryability: Retryability::Never,
                    ..context(1)
                },
                None,
            ),
            (
                "not processed",
                RetryContext {
                    retryability: Retryability::Always,
                    idempotent: false,
                    ..context(1)
                },
                Some(500),
            ),
            (
                "asked to wait",
                RetryContext {
                    retry_after: Some(20 * SECOND),
                    jitter: 0.0,
                    ..context(1)
                },
                Some(20_000),
            ),
            (
                "asked to wait, spread",
                RetryContext {
                    retry_after: Some(20 * SECOND),
                    ..context(1)
                },
                Some(20_500),
            ),
            (
                "asked to wait a moment, spread",
                RetryContext {
                    retry_after: Some(SECOND),
                    ..context(1)
                },
                Some(1_100),
            ),
            (
                "asked to wait for nothing",
                RetryContext {
                    retry_after: Some(Duration::ZERO),
                    ..context(2)
                },
                Some(1_000),
            ),
            (
                "asked to wait too long",
                RetryContext {
                    retry_after: Some(301 * SECOND),
                    ..context(1)
                },
                None,
            ),
            (
                "out of time",
                RetryContext {
                    elapsed: 600 * SECOND,
                    ..context(1)
                },
                None,
            ),
        ] {
            assert_eq!(wait(context), expected, "{name}");
        }
        assert_eq!(RetryConfig::none().next_delay(&context(1)), None);
    }

    proptest! {
        #[test]
        fn no_wait_breaks_the_caps(
            attempt in 1u32..100, elapsed in 0u64..1_000, retry_after in proptest::option::of(0u64..1_000), jitter in 0.0f64..=1.0,
        ) {
            let config = RetryConfig::default();
            let elapsed = Duration::from_secs(elapsed);
            let retry_after = retry_after.map(Duration::from_secs);
            if let Some(wait) = config.next_delay(&RetryContext { elapsed, retry_after, jitter, ..context(attempt) }) {
                prop_assert!(wait <= config.max_retry_after + config.max_backoff && elapsed + wait <= config.retry_timeout);
                prop_assert!(wait >= retry_after.unwrap_or_default());
                prop_assert!(attempt <= config.max_retries);
            }
        }
    }
}
