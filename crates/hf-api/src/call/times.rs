//! Parameters that are spans of time.

use std::fmt;
use std::time::Duration;

use crate::{Error, Result};

/// A span of time: a [`Duration`], or a number of seconds.
///
/// A number that is no span, such as a negative one, is reported as a
/// `Validation` error when the call runs.
///
/// ```
/// # fn example(api: hf_api::HfApi) {
/// use std::time::Duration;
///
/// let typed = api.wait_for_job("687f").timeout(Duration::from_secs(600));
/// let number = api.wait_for_job("687f").timeout(600).poll_interval(2.5);
/// # }
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Seconds(f64);

impl Seconds {
    /// Returns the span; `name` is the parameter that an error names. Infinity
    /// is the longest span there is.
    pub(crate) fn get(self, name: &str) -> Result<Duration> {
        if self.0 == f64::INFINITY {
            return Ok(Duration::MAX);
        }
        Duration::try_from_secs_f64(self.0).map_err(|_| {
            Error::validation(format!(
                "`{name}` must be a number of seconds, at least 0, not {}",
                self.0
            ))
        })
    }

    #[cfg(feature = "by-name")]
    pub(crate) fn as_f64(self) -> f64 {
        self.0
    }
}

impl fmt::Debug for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

impl From<Duration> for Seconds {
    fn from(span: Duration) -> Self {
        Self(span.as_secs_f64())
    }
}

impl From<f64> for Seconds {
    fn from(seconds: f64) -> Self {
        Self(seconds)
    }
}

impl From<i32> for Seconds {
    fn from(seconds: i32) -> Self {
        Self(seconds.into())
    }
}

impl From<u32> for Seconds {
    fn from(seconds: u32) -> Self {
        Self(seconds.into())
    }
}

impl From<u64> for Seconds {
    fn from(seconds: u64) -> Self {
        Duration::from_secs(seconds).into()
    }
}

/// The longest time a job may run: a [`Duration`], a number of seconds, or text
/// with a unit: `"90s"`, `"30m"`, `"1.5h"`, `"2d"`. Zero and empty text mean no
/// limit.
///
/// Text that is none of these is reported as a `Validation` error when the call
/// runs.
///
/// ```
/// # fn example(api: hf_api::HfApi) {
/// use std::time::Duration;
///
/// let job = api.run_job("python:3.12", ["python", "train.py"]);
/// let typed = job.clone().timeout(Duration::from_secs(5400));
/// let text = job.timeout("1.5h");
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct JobTimeout(Given);

#[derive(Debug, Clone, PartialEq)]
enum Given {
    Seconds(f64),
    Text(String),
}

impl JobTimeout {
    /// Returns the limit in whole seconds; `None` where there is none.
    pub(crate) fn seconds(&self) -> Result<Option<u64>> {
        let seconds = match &self.0 {
            Given::Seconds(seconds) => Some(*seconds),
            Given::Text(text) if text.is_empty() => return Ok(None),
            Given::Text(text) => seconds_in(text),
        };
        match seconds.and_then(|s| Duration::try_from_secs_f64(s).ok()) {
            Some(span) => Ok(Some(span.as_secs()).filter(|_| seconds != Some(0.0))),
            None => Err(Error::validation(format!(
                "`timeout` must be a number of seconds or a text such as \"90s\", \"30m\", \
                 \"1.5h\" or \"2d\", not {}",
                match &self.0 {
                    Given::Seconds(seconds) => seconds.to_string(),
                    Given::Text(text) => format!("{text:?}"),
                }
            ))),
        }
    }

    /// Returns the number, or the text.
    #[cfg(feature = "by-name")]
    pub(crate) fn given(&self) -> std::result::Result<f64, &str> {
        match &self.0 {
            Given::Seconds(seconds) => Ok(*seconds),
            Given::Text(text) => Err(text),
        }
    }
}

fn seconds_in(text: &str) -> Option<f64> {
    let unit = match text.chars().last()? {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86400.0,
        _ => return text.trim().parse().ok(),
    };
    let count: f64 = text[..text.len() - 1].trim().parse().ok()?;
    Some(count * unit)
}

impl<T: Into<Seconds>> From<T> for JobTimeout {
    fn from(span: T) -> Self {
        Self(Given::Seconds(span.into().0))
    }
}

impl From<&str> for JobTimeout {
    fn from(text: &str) -> Self {
        Self(Given::Text(text.to_owned()))
    }
}

impl From<String> for JobTimeout {
    fn from(text: String) -> Self {
        Self(Given::Text(text))
    }
}

/// How long a Space stays up without requests: a [`Duration`], or a number of
/// seconds, where -1 is [`SleepTime::NEVER`].
///
/// ```
/// # fn example(api: hf_api::HfApi) {
/// use std::time::Duration;
/// use hf_api::call::SleepTime;
///
/// let hour = api.set_space_sleep_time("user/name", Duration::from_secs(3600));
/// let never = api.set_space_sleep_time("user/name", SleepTime::NEVER);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SleepTime(i64);

impl SleepTime {
    /// The Space never goes to sleep.
    pub const NEVER: Self = Self(-1);

    /// Returns the seconds as the Hub reads them.
    pub(crate) fn as_secs(self) -> i64 {
        self.0
    }
}

impl From<Duration> for SleepTime {
    fn from(span: Duration) -> Self {
        Self(i64::try_from(span.as_secs()).unwrap_or(i64::MAX))
    }
}

impl From<i64> for SleepTime {
    fn from(seconds: i64) -> Self {
        Self(seconds)
    }
}

impl From<i32> for SleepTime {
    fn from(seconds: i32) -> Self {
        Self(seconds.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeout_of_a_job_has_many_forms() {
        for (given, seconds) in [
            (JobTimeout::from(90), Some(90)),
            (1.9.into(), Some(1)),
            (Duration::from_millis(2500).into(), Some(2)),
            ("1.5h".into(), Some(5400)),
            ("2d".to_owned().into(), Some(172_800)),
            ("300".into(), Some(300)),
            (0.into(), None),
            ("".into(), None),
        ] {
            assert_eq!(given.seconds().unwrap(), seconds, "{given:?}");
        }
        let wrong: [JobTimeout; 4] = ["soon".into(), "h".into(), (-1).into(), "1e400h".into()];
        for wrong in wrong {
            let error = wrong.seconds().unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Validation, "{wrong:?}");
        }
    }

    #[test]
    fn seconds_that_are_no_span_are_refused_with_the_name_of_the_parameter() {
        for wrong in [-1.0, f64::NAN] {
            let error = Seconds::from(wrong).get("timeout").unwrap_err();
            assert!(error.to_string().contains("`timeout`"), "{error}");
        }
        assert_eq!(
            Seconds::from(f64::INFINITY).get("t").unwrap(),
            Duration::MAX
        );
        let span = Duration::from_millis(1500);
        assert_eq!(Seconds::from(span).get("t").unwrap(), span);
    }
}
