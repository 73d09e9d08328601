//! Instants, as the Hub writes them.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use crate::ValidationError;

/// An instant, in UTC, as the Hub writes it: `2022-08-19T07:19:38.123Z`.
///
/// Any ISO-8601 form with `Z` or an offset is read, with or without a fraction; milliseconds are always written, and
/// more digits only where the instant has them.
///
/// ```
/// use hf_types::Timestamp;
/// let at: Timestamp = "2022-08-19T09:19:38+02:00".parse()?;
/// assert_eq!(at.to_string(), "2022-08-19T07:19:38.000Z");
/// assert_eq!(at.as_millisecond(), 1_660_893_578_000);
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The start of 1970.
    pub const UNIX_EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// Returns the instant so many milliseconds after the start of 1970; `None` beyond the year 9999.
    pub fn from_millisecond(milliseconds: i64) -> Option<Self> {
        jiff::Timestamp::from_millisecond(milliseconds)
            .ok()
            .map(Self)
    }

    /// Returns the milliseconds since the start of 1970; a fraction is dropped.
    pub fn as_millisecond(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Returns the seconds since the start of 1970; a fraction is dropped.
    pub fn as_second(self) -> i64 {
        self.0.as_second()
    }

    /// Converts the instant to the standard library's type; `None` where the system cannot represent it.
    pub fn to_system_time(self) -> Option<SystemTime> {
        let since = self.0.duration_since(jiff::Timestamp::UNIX_EPOCH);
        if since.is_negative() {
            SystemTime::UNIX_EPOCH.checked_sub(since.unsigned_abs())
        } else {
            SystemTime::UNIX_EPOCH.checked_add(since.unsigned_abs())
        }
    }
}

impl TryFrom<SystemTime> for Timestamp {
    type Error = ValidationError;
    fn try_from(at: SystemTime) -> Result<Self, Self::Error> {
        jiff::Timestamp::try_from(at).map(Self).map_err(|_| {
            ValidationError::new("time", "system time", "it must lie before the year 10000")
        })
    }
}

impl FromStr for Timestamp {
    type Err = ValidationError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| {
            ValidationError::new(
                "time",
                text,
                "expected ISO-8601 with a zone, such as `2022-08-19T07:19:38.123Z`",
            )
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanosecond = self.0.subsec_nanosecond();
        if nanosecond % 1_000_000 == 0 {
            write!(f, "{:.3}", self.0)
        } else if nanosecond % 1_000 == 0 {
            write!(f, "{:.6}", self.0)
        } else {
            write!(f, "{:.9}", self.0)
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde_core::Serialize for Timestamp {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde_core::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(crate::ids::Parsed(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_the_hub_writes() {
        for (text, shown) in [
            ("2022-08-19T07:19:38.123Z", "2022-08-19T07:19:38.123Z"),
            ("2024-11-16T00:27:02Z", "2024-11-16T00:27:02.000Z"),
            (
                "2022-08-19T07:19:38.123456789Z",
                "2022-08-19T07:19:38.123456789Z",
            ),
            ("2023-10-26T12:41:53.263078Z", "2023-10-26T12:41:53.263078Z"),
            ("2022-08-19T07:19:38.1Z", "2022-08-19T07:19:38.100Z"),
            ("2026-01-01T01:00:00.5+01:00", "2026-01-01T00:00:00.500Z"),
            ("2026-01-01T00:00:00-00:30", "2026-01-01T00:30:00.000Z"),
            ("1969-12-31T23:59:59.250Z", "1969-12-31T23:59:59.250Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ] {
            let at: Timestamp = text.parse().unwrap();
            assert_eq!(at.to_string(), shown);
            assert_eq!(shown.parse::<Timestamp>().unwrap(), at);
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for bad in [
            "",
            "now",
            "2022-08-19",
            "2022-08-19T07:19:38",
            "2022-13-01T00:00:00Z",
            "1660893578",
        ] {
            let err = bad.parse::<Timestamp>().unwrap_err();
            assert_eq!(err.what(), "time", "{bad}");
        }
    }
}
