//! Polling until a condition holds or time is up.

use std::time::Duration;

use tokio::time::Instant;

use crate::call::Seconds;
use crate::{Error, Result};

/// The schedule of checks: when the next one is due, and when time is up.
#[derive(Debug, Clone, Copy)]
pub(super) struct PollLoop {
    deadline: Option<Instant>,
    timeout: Duration,
    every: Duration,
}

impl PollLoop {
    /// Starts to wait; `interval` is the name and the value of the parameter
    /// that sets the time between two checks.
    ///
    /// # Errors
    /// `Validation` for a negative time, or an interval of zero.
    pub(super) fn new(timeout: Option<Seconds>, interval: (&str, Seconds)) -> Result<Self> {
        let timeout = timeout.map(|time| time.get("timeout")).transpose()?;
        let (name, every) = (interval.0, interval.1.get(interval.0)?);
        if every.is_zero() {
            return Err(Error::validation(format!("`{name}` must be above 0")));
        }
        Ok(Self {
            // A deadline beyond the range of the clock is no deadline.
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
            timeout: timeout.unwrap_or_default(),
            every,
        })
    }

    /// Waits until the next check is due.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_make_no_sense() {
        let poll = |timeout: Option<f64>, every: f64| {
            PollLoop::new(timeout.map(Seconds::from), ("every", every.into()))
        };
        for timeout in [-1.0, f64::NAN] {
            assert!(poll(Some(timeout), 1.0).is_err(), "{timeout}");
        }
        for every in [0.0, -1.0, f64::NAN] {
            assert!(poll(None, every).is_err(), "{every}");
        }
        assert!(poll(Some(f64::INFINITY), 1e12).unwrap().deadline.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_check_is_at_the_deadline() {
        let start = Instant::now();
        let poll = PollLoop::new(Some(2.5.into()), ("every", 1.into())).unwrap();
        let mut checks = 1;
        let error = loop {
            match poll.pause(|| "it is not ready".to_owned()).await {
                Ok(()) => checks += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(checks, 4);
        assert!(start.elapsed() < Duration::from_millis(2600));
        assert!(
            error.to_string().contains("it is not ready after 2.5 s"),
            "{error}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn no_time_allows_one_check() {
        let poll = PollLoop::new(Some(0.into()), ("every", 1.into())).unwrap();
        assert!(poll.pause(String::new).await.is_err());
    }
}
