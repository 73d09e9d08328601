//! Sizes, rates and ages as people write and read them.

use std::str::FromStr;
use std::time::Duration;

/// `47.0`, `2.1K`, `1.2G`: as Python's cache commands write sizes, in powers of 1000.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub(crate) fn size(bytes: u64) -> String {
    let mut number = bytes as f64;
    for unit in ["", "K", "M", "G", "T", "P"] {
        // What would be rounded to 1000.0 belongs to the next unit.
        if number < 999.95 {
            return format!("{number:.1}{unit}");
        }
        number /= 1000.0;
    }
    format!("{number:.1}E")
}

/// `47 B`, `2.1 KB`, `1.2 GB`.
pub(crate) fn bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let text = size(bytes);
    let (number, unit) = text.split_at(text.len() - 1);
    format!("{number} {unit}B")
}

/// `a few seconds ago`, `1 hour ago`, `3 weeks ago`.
pub(crate) fn age(age: Duration) -> String {
    const UNITS: [(&str, u64, u64); 7] = [
        // The unit, its seconds, and the greatest number of it that is shown.
        ("second", 1, 59),
        ("minute", 60, 59),
        ("hour", 60 * 60, 23),
        ("day", 24 * 60 * 60, 6),
        ("week", 7 * 24 * 60 * 60, 6),
        ("month", 30 * 24 * 60 * 60, 11),
        ("year", 365 * 24 * 60 * 60, u64::MAX),
    ];
    let seconds = age.as_secs();
    if seconds < 20 {
        return "a few seconds ago".to_owned();
    }
    let rounded = |unit: u64| (seconds + unit / 2) / unit;
    let (name, count) = UNITS
        .iter()
        .map(|(name, unit, most)| (*name, rounded(*unit), *most))
        .find_map(|(name, count, most)| (count <= most).then_some((name, count)))
        .unwrap_or(("second", seconds));
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural} ago")
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A number of bytes on the command line: `500`, `10M`, `2GB`, in powers of 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) u64);

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = number_and_unit(text);
        let power = match unit.trim_end_matches(['b', 'B']) {
            "" => 0,
            "k" | "K" => 1,
            "m" | "M" => 2,
            "g" | "G" => 3,
            "t" | "T" => 4,
            "p" | "P" => 5,
            _ => return Err(not_a_size()),
        };
        // At most one B.
        if unit.len() > 2 {
            return Err(not_a_size());
        }
        let number: u64 = number.parse().map_err(|_| not_a_size())?;
        let bytes = 1000_u64
            .checked_pow(power)
            .and_then(|unit| number.checked_mul(unit));
        bytes.map(Self).ok_or_else(|| "it is too large".to_owned())
    }
}

fn not_a_size() -> String {
    "expected a number of bytes such as `500`, `10M` or `2GB`".to_owned()
}

/// A time span on the command line: `90` (seconds), `30s`, `5m`, `2h`, `7d`, `3w`, `1mo`, `1y`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            "expected a time span such as `90` (seconds), `30s`, `5m`, `2h`, `7d`, `3w`, `1mo` or `1y`"
                .to_owned()
        };
        let (number, unit) = number_and_unit(text);
        let seconds = match unit.to_ascii_lowercase().as_str() {
            "" | "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            "w" => 7 * 24 * 60 * 60,
            "mo" => 30 * 24 * 60 * 60,
            "y" => 365 * 24 * 60 * 60,
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let seconds = number
            .checked_mul(seconds)
            .ok_or_else(|| "it is too long".to_owned())?;
        Ok(Self(Duration::from_secs(seconds)))
    }
}

fn number_and_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_python_writes_them() {
        for (number, short, long) in [
            (0, "0.0", "0 B"),
            (47, "47.0", "47 B"),
            (999, "999.0", "999 B"),
            (2048, "2.0K", "2.0 KB"),
            (999_960, "1.0M", "1.0 MB"),
            (5_100_000_000, "5.1G", "5.1 GB"),
            (u64::MAX, "18.4E", "18.4 EB"),
        ] {
            assert_eq!(
                (size(number).as_str(), bytes(number).as_str()),
                (short, long)
            );
        }
    }

    #[test]
    fn ages_are_written_as_python_writes_them() {
        const HOUR: u64 = 60 * 60;
        for (seconds, text) in [
            (0, "a few seconds ago"),
            (19, "a few seconds ago"),
            (20, "20 seconds ago"),
            (59, "59 seconds ago"),
            (60, "1 minute ago"),
            (HOUR, "1 hour ago"),
            (23 * HOUR, "23 hours ago"),
            (24 * HOUR, "1 day ago"),
            (7 * 24 * HOUR, "1 week ago"),
            (42 * 24 * HOUR, "6 weeks ago"),
            (60 * 24 * HOUR, "2 months ago"),
            (365 * 24 * HOUR, "1 year ago"),
            (3650 * 24 * HOUR, "10 years ago"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), text, "{seconds}");
        }
    }

    #[test]
    fn sizes_and_spans_are_read() {
        for (text, bytes) in [
            ("5", 5),
            ("10K", 10_000),
            ("2gb", 2_000_000_000),
            ("3 MB", 0),
        ] {
            let read = text.parse().ok().map(|ByteSize(bytes)| bytes);
            assert_eq!(read.unwrap_or_default(), bytes, "{text}");
        }
        for wrong in ["", "K", "1.5M", "-3", "7x", "7Kbb", "99999999999P", "5kk"] {
            assert!(wrong.parse::<ByteSize>().is_err(), "{wrong}");
        }
        for (text, seconds) in [
            ("90", 90),
            ("2h", 7200),
            ("1mo", 30 * 86400),
            ("1Y", 365 * 86400),
        ] {
            assert_eq!(
                text.parse(),
                Ok(Span(Duration::from_secs(seconds))),
                "{text}"
            );
        }
        for wrong in [
            "",
            "h",
            "1.5h",
            "5 parsecs",
            "99999999999999999999",
            "9999999999999999999y",
        ] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }
}
