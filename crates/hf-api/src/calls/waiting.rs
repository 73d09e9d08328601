//! Looking again and again, until something is so or time is up.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Error, Result};

/// When to look again, and when no more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    deadline: Option<Instant>,
    timeout: Duration,
    every: Duration,
}

impl Waiting {
    /// `timeout` and `poll_interval` are seconds.
    pub(super) fn new(timeout: Option<f64>, poll_interval: f64) -> Result<Self> {
        let timeout = timeout
            .map(|timeout| {
                seconds(timeout).ok_or_else(|| {
                    Error::validation(format!("`timeout` is a number of seconds, not {timeout}"))
                })
            })
            .transpose()?;
        let every = seconds(poll_interval)
            .filter(|every| !every.is_zero())
            .ok_or_else(|| {
                Error::validation(format!(
                    "`poll_interval` is a number of seconds above 0, not {poll_interval}"
                ))
            })?;
        Ok(Self::durations(timeout, every))
    }

    /// `every` must not be zero.
    pub(super) fn durations(timeout: Option<Duration>, every: Duration) -> Self {
        Self {
            // A deadline beyond what a clock can tell is none.
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
            timeout: timeout.unwrap_or_default(),
            every,
        }
    }

    /// Waits until the next look is due.
    ///
    /// # Errors
    /// `Timeout` if time is up, with what `still` says.
    pub(super) async fn pause(&self, still: impl FnOnce() -> String) -> Result<()> {
        let left = self
            .deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(Error::timeout(format!(
                "{} after {} s",
                still(),
                self.timeout.as_secs_f64()
            )));
        }
        tokio::time::sleep(left.map_or(self.every, |left| left.min(self.every))).await;
        Ok(())
    }
}

fn seconds(seconds: f64) -> Option<Duration> {
    if seconds == f64::INFINITY {
        return Some(Duration::MAX);
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_make_no_sense() {
        for timeout in [-1.0, f64::NAN] {
            assert!(Waiting::new(Some(timeout), 1.0).is_err(), "{timeout}");
        }
        for every in [0.0, -1.0, f64::NAN] {
            assert!(Waiting::new(None, every).is_err(), "{every}");
        }
        assert!(
            Waiting::new(Some(f64::INFINITY), 1e12)
                .unwrap()
                .deadline
                .is_none()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_look_is_at_the_deadline() {
        let start = Instant::now();
        let waiting = Waiting::new(Some(2.5), 1.0).unwrap();
        let mut looks = 1;
        let error = loop {
            match waiting.pause(|| "it is not so".to_owned()).await {
                Ok(()) => looks += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(looks, 4);
        assert!(start.elapsed() < Duration::from_millis(2600));
        assert!(
            error.to_string().contains("it is not so after 2.5 s"),
            "{error}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn no_time_is_one_look() {
        let waiting = Waiting::new(Some(0.0), 1.0).unwrap();
        assert!(waiting.pause(String::new).await.is_err());
    }
}
