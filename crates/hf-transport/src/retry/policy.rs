use std::time::Duration;

use http::Uri;

use super::budget::RetryBudget;
use crate::error::Repeat;

/// How often and how long to try. The waits double from `base` to `cap`, each cut by a random factor
/// (full jitter), so that clients that failed together do not come back together.
///
/// ```
/// use std::time::Duration;
/// use hf_transport::{Repeat, RetryConfig, Trial};
///
/// let config = RetryConfig::default();
/// let trial = Trial {
///     repeat: Repeat::IfRepeatable,
///     repeatable: true,
///     attempt: 3,
///     elapsed: Duration::from_secs(2),
///     told: None,
///     jitter: 0.5,
/// };
/// assert_eq!(config.decide(&trial), Some(Duration::from_secs(1))); // half of 0.5 s * 2 * 2
/// assert_eq!(config.decide(&Trial { repeatable: false, ..trial }), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryConfig {
    /// Tries after the first one. 5.
    pub max_retries: u32,
    /// The first wait, before jitter. 0.5 s.
    pub base: Duration,
    /// The longest wait of our own choice. 8 s.
    pub cap: Duration,
    /// The longest wait that a server may ask for; told to wait longer, the call fails at once.
    /// 5 min, the window of the Hub's rate limit.
    pub max_wait: Duration,
    /// No wait is begun that would end later than this after the start of the call. 10 min.
    pub total: Duration,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            max_retries: 5,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(8),
            max_wait: Duration::from_secs(300),
            total: Duration::from_secs(600),
        }
    }
}

/// What a decision is made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// What the failure says.
    pub repeat: Repeat,
    /// Whether sending the request twice is harmless.
    pub repeatable: bool,
    /// How many attempts were made, from 1.
    pub attempt: u32,
    /// Time since the start of the call.
    pub elapsed: Duration,
    /// How long the server asked to wait.
    pub told: Option<Duration>,
    /// A random number from 0 to 1.
    pub jitter: f64,
}

impl RetryConfig {
    /// One attempt and no more.
    pub fn none() -> Self {
        Self {
            max_retries: 0,
            ..Self::default()
        }
    }

    /// The wait before the next attempt, or `None` to give up. What a server asks for is a lower
    /// bound.
    pub fn decide(&self, trial: &Trial) -> Option<Duration> {
        let allowed = match trial.repeat {
            Repeat::Never => false,
            Repeat::IfRepeatable => trial.repeatable,
            Repeat::Always => true,
        };
        if !allowed || trial.attempt > self.max_retries {
            return None;
        }
        let jitter = trial.jitter.clamp(0.0, 1.0);
        let doublings = trial.attempt.saturating_sub(1).min(30);
        let own = self
            .base
            .saturating_mul(1 << doublings)
            .min(self.cap)
            .mul_f64(jitter);
        let wait = match trial.told {
            Some(told) if told > self.max_wait => return None,
            Some(told) => told.saturating_add(self.base.mul_f64(jitter)).max(own),
            None => own,
        };
        (trial.elapsed.saturating_add(wait) <= self.total).then_some(wait)
    }

    /// [`decide`](Self::decide), and then what all calls to the server of `target` have left. A wait
    /// that the server asked for is not counted.
    pub(crate) fn decide_within(
        &self,
        trial: &Trial,
        budget: &RetryBudget,
        target: &Uri,
    ) -> Option<Duration> {
        let wait = self.decide(trial)?;
        if trial.told.is_some() {
            return Some(wait);
        }
        let Some(turn) = budget.take(target, self.cap) else {
            tracing::warn!(
                attempt = trial.attempt,
                "not tried again: too many calls to this server fail"
            );
            return None;
        };
        let wait = wait.max(turn);
        (trial.elapsed.saturating_add(wait) <= self.total).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn trial(attempt: u32) -> Trial {
        Trial {
            repeat: Repeat::IfRepeatable,
            repeatable: true,
            attempt,
            elapsed: Duration::ZERO,
            told: None,
            jitter: 1.0,
        }
    }

    #[test]
    fn decisions() {
        let config = RetryConfig::default();
        let wait = |trial: Trial| config.decide(&trial).map(|wait| wait.as_millis());
        for (name, trial, expected) in [
            ("first", trial(1), Some(500)),
            ("second", trial(2), Some(1_000)),
            ("capped", trial(5), Some(8_000)),
            ("spent", trial(6), None),
            (
                "no luck",
                Trial {
                    jitter: 0.0,
                    ..trial(4)
                },
                Some(0),
            ),
            (
                "once only",
                Trial {
                    repeatable: false,
                    ..trial(1)
                },
                None,
            ),
            (
                "hopeless",
                Trial {
                    repeat: Repeat::Never,
                    ..trial(1)
                },
                None,
            ),
            (
                "not processed",
                Trial {
                    repeat: Repeat::Always,
                    repeatable: false,
                    ..trial(1)
                },
                Some(500),
            ),
            (
                "told",
                Trial {
                    told: Some(20 * SECOND),
                    jitter: 0.0,
                    ..trial(1)
                },
                Some(20_000),
            ),
            (
                "told, spread",
                Trial {
                    told: Some(20 * SECOND),
                    ..trial(1)
                },
                Some(20_500),
            ),
            (
                "told nothing",
                Trial {
                    told: Some(Duration::ZERO),
                    ..trial(2)
                },
                Some(1_000),
            ),
            (
                "told too long",
                Trial {
                    told: Some(301 * SECOND),
                    ..trial(1)
                },
                None,
            ),
            (
                "out of time",
                Trial {
                    elapsed: 600 * SECOND,
                    ..trial(1)
                },
                None,
            ),
        ] {
            assert_eq!(wait(trial), expected, "{name}");
        }
        assert_eq!(RetryConfig::none().decide(&trial(1)), None);
    }

    proptest! {
        #[test]
        fn no_wait_breaks_the_caps(
            attempt in 1u32..100, elapsed in 0u64..1_000, told in proptest::option::of(0u64..1_000), jitter in 0.0f64..=1.0,
        ) {
            let config = RetryConfig::default();
            let elapsed = Duration::from_secs(elapsed);
            let told = told.map(Duration::from_secs);
            if let Some(wait) = config.decide(&Trial { elapsed, told, jitter, ..trial(attempt) }) {
                prop_assert!(wait <= config.max_wait + config.cap && elapsed + wait <= config.total);
                prop_assert!(wait >= told.unwrap_or_default());
                prop_assert!(attempt <= config.max_retries);
            }
        }
    }
}
