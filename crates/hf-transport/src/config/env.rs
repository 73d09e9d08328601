//! Values of variables, as Python reads them.

use std::path::PathBuf;
use std::time::Duration;

use super::DEFAULT_TIMEOUT;
use crate::error::{Error, Result};

/// The lookup of the process's own environment.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub(super) fn first(lookup: &impl Fn(&str) -> Option<String>, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| lookup(name).filter(|value| !value.is_empty()))
}

pub(super) fn is_true(value: &str) -> bool {
    ["1", "ON", "YES", "TRUE"]
        .iter()
        .any(|truth| truth.eq_ignore_ascii_case(value))
}

pub(super) struct Env<'a, F>(pub(super) &'a F);

impl<F: Fn(&str) -> Option<String>> Env<'_, F> {
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.0(name).is_some_and(|value| is_true(&value))
    }

    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.0(name)
            .filter(|value| !value.is_empty())
            .map(|value| self.expand(&value))
    }

    /// Whole or fractional seconds; 0 and nothing are the default, as in Python.
    pub(super) fn seconds(&self, name: &str) -> Result<Duration> {
        let Some(text) = self.0(name).filter(|text| !text.trim().is_empty()) else {
            return Ok(DEFAULT_TIMEOUT);
        };
        let limit = text
            .trim()
            .parse::<f64>()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| {
                Error::validation(format!(
                    "{name}: `{}` is no number of seconds",
                    text.escape_debug()
                ))
            })?;
        Ok(if limit.is_zero() {
            DEFAULT_TIMEOUT
        } else {
            limit
        })
    }

    /// The home folder; never a shared one such as `/tmp`.
    pub(super) fn home(&self) -> PathBuf {
        self.0("HOME")
            .filter(|home| !home.is_empty())
            .map(PathBuf::from)
            .or_else(std::env::home_dir)
            .unwrap_or_default()
    }

    /// `~` at the start, then `$NAME` and `${NAME}`; unknown names stay as they are.
    pub(super) fn expand(&self, text: &str) -> PathBuf {
        let text = match text.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with(std::path::is_separator) => {
                format!("{}{rest}", self.home().display())
            }
            _ => text.to_owned(),
        };
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let braced = after
                .strip_prefix('{')
                .and_then(|name| name.split_once('}'));
            let (name, length) = if let Some((name, _)) = braced {
                (name, name.len() + 2)
            } else {
                let end = after
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(after.len());
                (&after[..end], end)
            };
            match (!name.is_empty()).then(|| self.0(name)).flatten() {
                Some(value) => out.push_str(&value),
                None => out.push_str(&rest[at..=at + length]),
            }
            rest = &after[length..];
        }
        out.push_str(rest);
        PathBuf::from(out)
    }
}
