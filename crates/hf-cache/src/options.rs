//! The options shared by all downloads.

use std::fmt;
use std::sync::Arc;

use crate::fetch::request::RequestSettings;
use crate::fetch::transfer::DownloadTransfer;

/// The options of a download, shared by all calls that download files.
///
/// Every call embeds these options. Set them one by one on a call, or build them once and pass them to
/// several calls with `.options(..)`.
///
/// ```
/// use std::time::Duration;
/// use hf_cache::{DownloadOptions, HfHubDownload};
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let options = DownloadOptions::new()
///     .timeout(Duration::from_secs(20))
///     .header("X-HF-Bill-To", "my-org")
///     .max_bytes_per_second(10_000_000);
/// let config = HfHubDownload::new("openai-community/gpt2".parse()?, "config.json").options(options.clone());
/// let weights = HfHubDownload::new("openai-community/gpt2".parse()?, "model.safetensors").options(options);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use = "options do nothing until a call is run with them"]
pub struct DownloadOptions {
    pub(crate) requests: RequestSettings,
    pub(crate) force_download: bool,
    pub(crate) local_files_only: bool,
    pub(crate) unverified: bool,
    pub(crate) strict_verification: bool,
    pub(crate) max_bytes_per_second: Option<u64>,
    pub(crate) max_workers: Option<usize>,
    /// In the order in which they are tried.
    pub(crate) transfers: Vec<Arc<dyn DownloadTransfer>>,
}

impl fmt::Debug for DownloadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadOptions")
            .field("requests", &self.requests)
            .field("force_download", &self.force_download)
            .field("local_files_only", &self.local_files_only)
            .field("verify", &!self.unverified)
            .field("strict_verification", &self.strict_verification)
            .field("max_bytes_per_second", &self.max_bytes_per_second)
            .field("max_workers", &self.max_workers)
            .field("transfers", &self.transfers)
            .finish()
    }
}

impl DownloadOptions {
    /// Creates the default options: the client's token, no extra headers, verified content, plain HTTP.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Defines the setters of [`DownloadOptions`] for a type; `$options` is the path from `self` to the options.
/// All types that embed the options get their setters from this macro, so a new option is added in one place.
macro_rules! option_setters {
    ($type:ty, self $(. $options:ident)*) => {
        impl $type {
            /// Sets the options of every request to the Hub: token, headers, limits, progress sink. Token and
            /// headers are not sent to the storage that the Hub redirects to.
            pub fn requests(mut self, requests: hf_transport::RequestOptions) -> Self {
                self $(.$options)* .requests.options = requests;
                self
            }

            /// Sets the token that is sent to the Hub. By default, the client's.
            pub fn token(mut self, token: impl Into<hf_transport::TokenMode>) -> Self {
                let requests = &mut self $(.$options)* .requests;
                requests.options = std::mem::take(&mut requests.options).with_token(token.into());
                self
            }

            /// Adds a header to every request to the Hub. It is not sent to the storage that the Hub
            /// redirects to.
            pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                let requests = &mut self $(.$options)* .requests;
                requests.options = std::mem::take(&mut requests.options).with_header(name, value);
                self
            }

            /// Sets the time limit of each request: until the response is complete for metadata and lists,
            /// until the headers have arrived for content, whose bodies may take as long as bytes keep
            /// arriving.
            pub fn timeout(mut self, limit: std::time::Duration) -> Self {
                let requests = &mut self $(.$options)* .requests;
                requests.options = std::mem::take(&mut requests.options).with_timeout(limit);
                self
            }

            /// Sets the time limit for the response headers of metadata requests. By default
            /// `HF_HUB_ETAG_TIMEOUT`, or 10 s.
            pub fn etag_timeout(mut self, limit: std::time::Duration) -> Self {
                self $(.$options)* .requests.etag_timeout = Some(limit);
                self
            }

            /// Sets the sink that receives the events of the download.
            pub fn progress(mut self, sink: std::sync::Arc<dyn hf_transport::progress::ProgressSink>) -> Self {
                let requests = &mut self $(.$options)* .requests;
                requests.options = std::mem::take(&mut requests.options).with_progress(sink);
                self
            }

            /// Calls `report` for each event of the download.
            pub fn on_progress(
                self,
                report: impl Fn(&hf_transport::progress::ProgressEvent<'_>) + Send + Sync + 'static,
            ) -> Self {
                self.progress(std::sync::Arc::new(report))
            }

            /// Downloads content even if it exists already. Off by default.
            pub fn force_download(mut self, force: bool) -> Self {
                self $(.$options)* .force_download = force;
                self
            }

            /// Uses only what is on disk and makes no request. Off by default.
            pub fn local_files_only(mut self, local_only: bool) -> Self {
                self $(.$options)* .local_files_only = local_only;
                self
            }

            /// Sets whether content must match the hash that the Hub announces. On by default.
            ///
            /// Content that does not match is stored under its own hash if this is off, so that it is never
            /// mistaken for the announced content.
            pub fn verify(mut self, verify: bool) -> Self {
                self $(.$options)* .unverified = !verify;
                self
            }

            /// Sets whether contents must have the SHA-256 that the Hub announces even if a transfer has verified them by
            /// another hash. Off by default: a file from Xet storage is verified by its Xet hash, on all cores.
            pub fn strict_verification(mut self, strict: bool) -> Self {
                self $(.$options)* .strict_verification = strict;
                self
            }

            /// Limits the bandwidth in bytes per second, over all connections of the call.
            pub fn max_bytes_per_second(mut self, bytes: u64) -> Self {
                self $(.$options)* .max_bytes_per_second = Some(bytes);
                self
            }

            /// Sets how many responses are read at the same time, at least 1. By default 32, and for many small files up
            /// to 64 while more of them bring more throughput, as they do over a long distance.
            pub fn max_workers(mut self, workers: usize) -> Self {
                self $(.$options)* .max_workers = Some(workers);
                self
            }

            /// Adds a transfer that downloads content by other means. Transfers added later are tried first;
            /// plain HTTP is the final fallback.
            pub fn transfer(mut self, transfer: std::sync::Arc<dyn $crate::DownloadTransfer>) -> Self {
                self $(.$options)* .transfers.insert(0, transfer);
                self
            }
        }
    };
}
pub(crate) use option_setters;

option_setters!(DownloadOptions, self);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let options = DownloadOptions::new().header("X-Key", "sesame").token(
            hf_transport::TokenMode::Explicit(hf_transport::Token::new("hf_secret").unwrap()),
        );
        let shown = format!("{options:?}");
        assert!(shown.contains("x-key"), "{shown}");
        assert!(
            !shown.contains("sesame") && !shown.contains("hf_secret"),
            "{shown}"
        );
    }
}
