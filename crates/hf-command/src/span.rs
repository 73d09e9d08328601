//! Spans of time, as options take them and tables show them.

use std::str::FromStr;
use std::time::Duration;

/// A number of seconds, or a number with the unit `s`, `m`, `h` or `d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(u64);

impl Span {
    pub(crate) fn seconds(self) -> u64 {
        self.0
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || "expected a number of seconds, or one with a unit: 90s, 5m, 2h, 1d".to_owned();
        let text = text.trim();
        let (number, unit) = match text.char_indices().last() {
            Some((at, unit)) if unit.is_ascii_alphabetic() => (&text[..at], unit),
            _ => (text, 's'),
        };
        let seconds = match unit.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            _ => return Err(expected()),
        };
        let number: u64 = number.trim_end().parse().map_err(|_| expected())?;
        number.checked_mul(seconds).map(Self).ok_or_else(expected)
    }
}

/// `45s`, `1m 32s`, `2h 15m`; `--` if it is not known.
pub(crate) fn shown(seconds: Option<f64>) -> String {
    let Some(span) = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) else {
        return "--".to_owned();
    };
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            (" 5M ", 300),
            ("2h", 7200),
            ("1 d", 86400),
            ("0", 0),
        ] {
            assert_eq!(text.parse(), Ok(Span(seconds)), "{text}");
        }
        for text in [
            "",
            "s",
            "1w",
            "-1",
            "1.5h",
            "18446744073709551615d",
            "5ms",
            "½h",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn spans_are_short_texts() {
        for (seconds, text) in [
            (Some(7.9), "7s"),
            (Some(92.0), "1m 32s"),
            (Some(8100.0), "2h 15m"),
            (Some(f64::NAN), "--"),
            (Some(-1.0), "--"),
            (None, "--"),
        ] {
            assert_eq!(shown(seconds), text);
        }
    }
}
