//! What the environment says of downloads.

use std::ffi::OsString;

use hf_transport::{Error, Result};

use crate::cache_folder::byte_count;

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
/// | `HF_XET_CHUNK_CACHE_SIZE_BYTES` | bytes of chunks kept below `HF_XET_CACHE` for each store, such as `10gb`; what is kept is not fetched again | 0: none |
///
/// Other variables of the official client mean nothing here: they set the sizes of its buffers, its time limits and its high
/// performance mode (`HF_XET_HIGH_PERFORMANCE`), and here the memory is fixed and the number of connections is learned.
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
    chunk_cache_bytes: u64,
}

impl Default for DownloadSettings {
    fn default() -> Self {
        Self {
            connections: DEFAULT_CONNECTIONS,
            sequential: false,
            chunk_cache_bytes: 0,
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
        let name = "HF_XET_CHUNK_CACHE_SIZE_BYTES";
        if let Some(value) = text(name)? {
            settings.chunk_cache_bytes = byte_count(name, &value)?.unwrap_or_default();
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

    /// Sets how many bytes of chunks are kept on disk for each store; 0 keeps none. They are below
    /// [`xet_cache`](hf_transport::Config::xet_cache) of the client.
    pub fn with_chunk_cache_bytes(mut self, bytes: u64) -> Self {
        self.chunk_cache_bytes = bytes;
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

    /// Returns how many bytes of chunks are kept on disk for each store.
    pub fn chunk_cache_bytes(&self) -> u64 {
        self.chunk_cache_bytes
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
        let cache = |value| {
            DownloadSettings::from_lookup(|name| name.contains("CHUNK_CACHE").then_some(value))
        };
        assert_eq!(cache("10gb").unwrap().chunk_cache_bytes(), 10_000_000_000);
        let error = cache("much").unwrap_err().to_string();
        assert!(
            error.contains("HF_XET_CHUNK_CACHE_SIZE_BYTES") && error.contains("much"),
            "{error}"
        );
    }
}
