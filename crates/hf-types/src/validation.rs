//! The one error of everything that is checked before it is sent.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;

/// A value that breaks a rule of the Hub, or could escape the place it is meant for.
///
/// The message says what was wrong, with the value (shortened when long), and what is expected.
///
/// ```
/// use hf_types::RepoId;
/// let err = "datasets/user/data".parse::<RepoId>().unwrap_err();
/// assert_eq!(err.what(), "repo id");
/// assert!(err.to_string().contains("namespace/name"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationError {
    what: &'static str,
    value: Box<str>,
    rule: Cow<'static, str>,
}

/// How much of a refused value a message shows, in characters.
const SHOWN_CHARS: usize = 96;

impl ValidationError {
    /// Creates the error of a `what` (such as "repo id") whose `value` breaks `rule`.
    pub fn new(what: &'static str, value: &str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self {
            what,
            value: shorten(value),
            rule: rule.into(),
        }
    }

    pub(crate) fn hf_uri(uri: &str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self::new("hf:// URI", uri, rule)
    }

    /// Returns what kind of value was refused: "repo id", "revision", "path in repo", ...
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Returns the refused value, cut when it is long.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the rule that the value breaks.
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid {} {:?}: {}", self.what, self.value, self.rule)
    }
}

impl std::error::Error for ValidationError {}

/// For arguments that take a checked value as well as its text: `impl TryInto<RepoId, Error: Into<ValidationError>>`.
impl From<Infallible> for ValidationError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

fn shorten(value: &str) -> Box<str> {
    match value.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}...", &value[..end]).into(),
        None => value.into(),
    }
}

/// Refuses path segments that could leave the folder they are joined to.
///
/// Shared by everything whose text becomes a path. Backslashes and control characters are ordinary here, as they are in
/// git and on POSIX file systems; [`check_windows_safe`] refuses them where Windows would read them differently.
pub(crate) fn check_segments(what: &'static str, text: &str) -> Result<(), ValidationError> {
    let refuse = |rule: &'static str| Err(ValidationError::new(what, text, rule));
    if text.is_empty() {
        return refuse("it must not be empty");
    }
    if text.contains('\0') {
        return refuse("a NUL character is not allowed");
    }
    if text.starts_with('/') {
        return refuse("it must be relative; remove the leading `/`");
    }
    for segment in text.split('/') {
        match segment {
            "" => return refuse("empty parts (`//` or a trailing `/`) are not allowed"),
            "." | ".." => return refuse("`.` and `..` are not allowed as a part"),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses what no git reference and no slug has, though a file may.
pub(crate) fn check_printable(what: &'static str, text: &str) -> Result<(), ValidationError> {
    let refuse = |rule: &'static str| Err(ValidationError::new(what, text, rule));
    if text.chars().any(char::is_control) {
        return refuse("control characters are not allowed");
    }
    if text.contains('\\') {
        return refuse("backslashes are not allowed; use `/` between the parts");
    }
    Ok(())
}

/// Names that Windows gives to devices, whatever their extension.
const WINDOWS_DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// Refuses segments that Windows reads as something else than a plain file name.
pub(crate) fn check_windows_safe(what: &'static str, text: &str) -> Result<(), ValidationError> {
    let refuse = |rule: String| Err(ValidationError::new(what, text, rule));
    for segment in text.split('/') {
        if segment.ends_with(['.', ' ']) {
            return refuse(format!(
                "{segment:?} ends in a dot or a space, which Windows drops"
            ));
        }
        if let Some(c) = segment
            .chars()
            .find(|c| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\'))
        {
            return refuse(format!("Windows allows no {c:?} in a file name"));
        }
        let stem = segment.split('.').next().unwrap_or_default().trim_end();
        if is_windows_device(stem) {
            return refuse(format!("{stem:?} is the name of a device on Windows"));
        }
    }
    Ok(())
}

fn is_windows_device(stem: &str) -> bool {
    if WINDOWS_DEVICES.iter().any(|d| d.eq_ignore_ascii_case(stem)) {
        return true;
    }
    let Some((port, number)) = stem.split_at_checked(3) else {
        return false;
    };
    (port.eq_ignore_ascii_case("COM") || port.eq_ignore_ascii_case("LPT"))
        && matches!(
            number,
            "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_at_a_character() {
        let err = ValidationError::new("repo id", &"é".repeat(10_000), "too long");
        assert_eq!(err.value().chars().count(), SHOWN_CHARS + 3);
        assert!(err.to_string().len() < 400);
    }

    #[test]
    fn devices_of_windows() {
        for bad in [
            "con",
            "a/NUL.txt",
            "com1",
            "LPT9.tar.gz",
            "aux .x",
            "a.",
            "a /b",
            "a:b",
            "COM²",
            "conin$",
            r"a\b",
            "C:/x",
            "a\tb",
        ] {
            assert!(check_windows_safe("path", bad).is_err(), "{bad}");
        }
        for good in ["console", "a/nul_.txt", "com10", "lpt", ".git", "a.b", "é"] {
            assert!(check_windows_safe("path", good).is_ok(), "{good}");
        }
    }
}
