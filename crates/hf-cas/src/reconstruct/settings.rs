//! What the environment says of downloads.

use std::ffi::OsString;

use hf_transport::{Error, Result};

/// Responses that one file is read from at once, unless the host takes fewer.
const DEFAULT_CONNECTIONS: usize = 64;
/// More than this is a mistake.
const MAX_CONNECTIONS: usize = 1_024;

/// Settings of downloads from a store.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `HF_XET_NUM_CONCURRENT_RANGE_GETS` | responses that a file is read from at once, at most; how many are useful is learned | 64 |
/// | `HF_XET_RECONSTRUCT_WRITE_SEQUENTIALLY` | write files from the first byte to the last, for spinning disks and NFS | no |
///
/// Variables of the official client that set the sizes of its buffers and its high performance mode mean nothing here: the
/// memory is fixed, and the number of connections is learned.
///
/// ```
/// use hf_cas::reconstruct::DownloadSettings;
/// let settings = DownloadSettings::from_lookup(|name| {
///     (name == "HF_XET_NUM_CONCURRENT_RANGE_GETS").then_some("8")
/// })?;
/// assert_eq!(settings.connections(), 8);
/// assert!(DownloadSettings::from_lookup(|name| name.contains("RANGE_GETS").then_some("0")).is_err());
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadSettings {
    connections: usize,
    sequential: bool,
}

impl Default for DownloadSettings {
    fn default() -> Self {
        Self {
            connections: DEFAULT_CONNECTIONS,
            sequential: false,
        }
    }
}

impl DownloadSettings {
    /// Reads the environment of the process.
    ///
    /// # Errors
    /// `Validation` that names the variable and its value.
    pub fn from_env() -> Result<Self> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// Reads variables from `lookup` instead.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_lookup<V: Into<OsString>>(lookup: impl Fn(&str) -> Option<V>) -> Result<Self> {
        let text = |name: &str| -> Result<Option<String>> {
            let Some(value) = lookup(name) else {
                return Ok(None);
            };
            let value = value.into().into_string().map_err(|value| {
                Error::validation(format!("{name} is not UTF-8: {}", value.display()))
            })?;
            Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty()))
        };
        let mut settings = Self::default();
        let name = "HF_XET_NUM_CONCURRENT_RANGE_GETS";
        if let Some(value) = text(name)? {
            settings.connections = value
                .parse()
                .ok()
                .filter(|n| (1..=MAX_CONNECTIONS).contains(n))
                .ok_or_else(|| {
                    Error::validation(format!(
                        "{name} is `{}`, and must be a number from 1 to {MAX_CONNECTIONS}",
                        value.escape_debug()
                    ))
                })?;
        }
        if let Some(value) = text("HF_XET_RECONSTRUCT_WRITE_SEQUENTIALLY")? {
            settings.sequential = ["1", "on", "yes", "true"]
                .iter()
                .any(|yes| value.eq_ignore_ascii_case(yes));
        }
        Ok(settings)
    }

    /// Sets how many responses a file is read from at once, at most; 0 counts as 1.
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections.clamp(1, MAX_CONNECTIONS);
        self
    }

    /// Sets whether files are to be written from the first byte to the last.
    pub fn with_sequential(mut self, sequential: bool) -> Self {
        self.sequential = sequential;
        self
    }

    /// Returns how many responses a file is read from at once, at most.
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// Returns whether files are to be written from the first byte to the last.
    pub fn is_sequential(&self) -> bool {
        self.sequential
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_are_refused_with_the_name_of_their_variable() {
        for value in ["0", "-1", "1025", "many", "1.5", "99999999999999999999"] {
            let set = |name: &str| name.ends_with("RANGE_GETS").then_some(value);
            let error = DownloadSettings::from_lookup(set).unwrap_err();
            assert_eq!(error.kind(), hf_transport::ErrorKind::Validation);
            let shown = error.to_string();
            assert!(
                shown.contains("HF_XET_NUM_CONCURRENT_RANGE_GETS") && shown.contains(value),
                "{shown}"
            );
        }
        let empty = DownloadSettings::from_lookup(|_| Some(" ")).unwrap();
        assert_eq!(empty, DownloadSettings::default());
        let sequential =
            DownloadSettings::from_lookup(|name| name.ends_with("SEQUENTIALLY").then_some("True"));
        assert!(sequential.unwrap().is_sequential());
    }
}
