//! Parsing of environment variables, compatible with Python's client where that is sensible.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::DEFAULT_TIMEOUT;
use crate::error::{Error, Result};

/// A set of variables: those of the process, or those of a test.
pub(crate) struct Env<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    /// The home folder in the system's user database, used when no variable names it.
    system_home: Option<PathBuf>,
}

impl<'a> Env<'a> {
    pub(crate) fn process() -> Self {
        Self {
            lookup: &|name| std::env::var_os(name),
            system_home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
        }
    }

    pub(crate) fn of(lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self {
            lookup,
            system_home: None,
        }
    }

    /// Returns a set without any variable.
    pub(crate) fn empty() -> Self {
        Self::of(&|_| None)
    }

    /// Returns a value, unless it is empty.
    fn raw(&self, name: &str) -> Option<OsString> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        (self.lookup)(name).is_some()
    }

    /// Returns the text of a variable that is set, even if it is empty.
    ///
    /// # Errors
    /// Returns `Validation` for bytes that are not UTF-8. Ignoring them could mean a direct connection,
    /// another cache, or a call without a token.
    pub(crate) fn text_or_empty(&self, name: &str) -> Result<Option<String>> {
        (self.lookup)(name)
            .map(|value| {
                value.into_string().map_err(|value| {
                    // Its value may be a secret.
                    Error::validation(format!(
                        "{name}: its {} bytes are not valid UTF-8",
                        value.len()
                    ))
                    .with_hint("set it again in a terminal with a UTF-8 locale, or unset it")
                })
            })
            .transpose()
    }

    /// Returns the text of a variable that is set and not empty.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>> {
        Ok(self.text_or_empty(name)?.filter(|value| !value.is_empty()))
    }

    /// Returns whether a variable is `1`, `ON`, `YES` or `TRUE`, in any case and with surrounding white space
    /// (scripts with Windows line ends leave a `\r`); `None` if it is not set.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>> {
        let value = self.text_or_empty(name)?;
        Ok(value.map(|value| {
            ["1", "ON", "YES", "TRUE"]
                .iter()
                .any(|truth| truth.eq_ignore_ascii_case(value.trim()))
        }))
    }

    pub(super) fn is_true(&self, name: &str) -> Result<bool> {
        Ok(self.flag(name)?.unwrap_or(false))
    }

    /// Returns a path, which may hold any bytes, with `~`, `~user`, `$NAME` and `${NAME}` expanded.
    pub(super) fn path(&self, name: &str) -> Result<Option<PathBuf>> {
        self.raw(name)
            .map(|value| self.expand(name, &value))
            .transpose()
    }

    /// Returns the folders in a list such as `SSL_CERT_DIR`.
    pub(super) fn paths(&self, name: &str) -> Vec<PathBuf> {
        let list = self.raw(name).unwrap_or_default();
        std::env::split_paths(&list)
            .filter(|path| !path.as_os_str().is_empty())
            .collect()
    }

    /// Returns the proxy that a variable names, in lower or upper case.
    ///
    /// As in Python, the lower-case name wins, and setting it to an empty value disables the other.
    pub(super) fn proxy(&self, name: &str) -> Result<Option<String>> {
        let lower = self.text_or_empty(&name.to_ascii_lowercase())?;
        let value = match lower {
            Some(value) => Some(value),
            // In a CGI program, HTTP_PROXY holds the request header `Proxy`, which anybody can send.
            None if name == "HTTP_PROXY" && self.is_set("REQUEST_METHOD") => None,
            None => self.text(name)?,
        };
        Ok(value
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty()))
    }

    /// Returns a number of seconds, possibly fractional. 0 or an empty value means the default, as in Python.
    pub(super) fn seconds(&self, name: &str) -> Result<Duration> {
        let Some(text) = self.text(name)?.filter(|text| !text.trim().is_empty()) else {
            return Ok(DEFAULT_TIMEOUT);
        };
        let limit = text
            .trim()
            .parse::<f64>()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| {
                Error::validation(format!(
                    "{name}: `{}` is not a number of seconds",
                    text.escape_debug()
                ))
            })?;
        Ok(if limit.is_zero() {
            DEFAULT_TIMEOUT
        } else {
            limit
        })
    }

    /// Returns the home folder of the user, never a shared folder such as `/tmp` or the current folder.
    ///
    /// # Errors
    /// Returns `Validation` if the user has no home folder, because the cache and the token would end up in
    /// an arbitrary place.
    pub(super) fn home(&self) -> Result<PathBuf> {
        let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        self.raw(variable)
            .map(PathBuf::from)
            .or_else(|| self.system_home.clone())
            .ok_or_else(|| {
                Error::validation(format!(
                    "there is no home folder: {variable} is not set and the user has none in the system's user database"
                ))
                .with_hint("set HF_HOME to the folder for the cache and the token")
            })
    }

    fn expand(&self, name: &str, value: &OsStr) -> Result<PathBuf> {
        let Some(text) = as_bytes(value) else {
            return Ok(PathBuf::from(value));
        };
        let is_separator = |byte: &u8| std::path::is_separator(char::from(*byte));
        let mut out = Vec::with_capacity(text.len());
        let mut rest: &[u8] = &text;
        if let Some(after) = text.strip_prefix(b"~") {
            let end = after.iter().position(is_separator).unwrap_or(after.len());
            let home = if end == 0 {
                Some(self.home().map_err(|error| error.with_context(name))?)
            } else {
                home_of(&after[..end])
            };
            // An unknown user: the text is an ordinary file name, as in Python.
            if let Some(home) = home.as_deref().and_then(|home| as_bytes(home.as_os_str())) {
                out.extend_from_slice(&home);
                rest = &after[end..];
            }
        }
        while let Some(at) = rest.iter().position(|&byte| byte == b'$') {
            out.extend_from_slice(&rest[..at]);
            let after = &rest[at + 1..];
            let (variable, length) = variable_name(after);
            let value = std::str::from_utf8(variable)
                .ok()
                .filter(|variable| !variable.is_empty())
                .and_then(|variable| (self.lookup)(variable));
            match value.as_deref().and_then(as_bytes) {
                Some(value) => out.extend_from_slice(&value),
                None => out.extend_from_slice(&rest[at..=at + length]),
            }
            rest = &after[length..];
        }
        out.extend_from_slice(rest);
        Ok(from_bytes(out))
    }
}

/// Returns the name after a `$`, and its length in bytes including braces.
fn variable_name(after: &[u8]) -> (&[u8], usize) {
    if let Some(braced) = after.strip_prefix(b"{")
        && let Some(end) = braced.iter().position(|&byte| byte == b'}')
    {
        return (&braced[..end], end + 2);
    }
    let end = after
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .unwrap_or(after.len());
    (&after[..end], end)
}

/// Returns the home folder of another user, from the system's list of users.
fn home_of(user: &[u8]) -> Option<PathBuf> {
    if cfg!(not(unix)) {
        return None;
    }
    let list = std::fs::read(Path::new("/etc/passwd")).ok()?;
    list.split(|&byte| byte == b'\n').find_map(|line| {
        let mut fields = line.split(|&byte| byte == b':');
        (fields.next()? == user)
            .then(|| fields.nth(4))
            .flatten()
            .filter(|home| !home.is_empty())
            .map(|home| from_bytes(home.to_vec()))
    })
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)]
fn as_bytes(text: &OsStr) -> Option<Cow<'_, [u8]>> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(Cow::Borrowed(text.as_bytes()))
}

/// Returns `None` for text that is not Unicode, which is then used unchanged.
#[cfg(not(unix))]
fn as_bytes(text: &OsStr) -> Option<Cow<'_, [u8]>> {
    text.to_str().map(|text| Cow::Borrowed(text.as_bytes()))
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    PathBuf::from(OsString::from_vec(bytes))
}

/// All pieces were Unicode and are joined at ASCII characters.
#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}
