//! What the downloads of a program share.

use std::fmt;

use super::file::FileDownload;
use super::settings::DownloadSettings;
use super::source::Shared;
use crate::Hash;
use crate::client::CasClient;

/// Downloads that share their memory: any number of files, from any stores. Clones are the same session.
///
/// Whatever the number and the size of the files, at most 32 MiB of decompressed bytes wait to be written, and each response
/// that is being read holds about 0.7 MiB (at most 64 of them for each host, by
/// [`ConcurrencyConfig`](hf_transport::ConcurrencyConfig)). With the buffers of the connections that stays below 150 MB. Each
/// [stream](FileDownload::stream) that is being read holds 32 MiB more.
///
/// ```no_run
/// use hf_cas::client::{Access, CasClient, TokenCache, TokenRoute};
/// use hf_cas::reconstruct::{DownloadSession, DownloadSettings};
/// # async fn example(client: hf_transport::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let session = DownloadSession::new(DownloadSettings::from_env()?);
/// let route = TokenRoute::bucket(&"org/bucket".parse()?, Access::Read);
/// let store = CasClient::new(&client, &TokenCache::new(), route);
/// let hash = "7fd3a6b5ae1d1a8a8ac6c2a1d6d2b7e0f4b5c6d7e8f90a1b2c3d4e5f60718293".parse()?;
/// let header = session.file(&store, hash, 1_000_000).read(0..1_024).await?;
/// assert_eq!(header.len(), 1_024);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DownloadSession(Shared);

impl DownloadSession {
    /// Creates a session.
    pub fn new(settings: DownloadSettings) -> Self {
        Self(Shared::new(settings))
    }

    /// Returns the settings.
    pub fn settings(&self) -> &DownloadSettings {
        &self.0.settings
    }

    /// Returns a file of a store: its hash there, and its size by what the Hub says. Makes no request.
    pub fn file(&self, store: &CasClient, hash: Hash, size: u64) -> FileDownload {
        FileDownload::new(self.0.clone(), store.clone(), hash, size)
    }
}

impl Default for DownloadSession {
    fn default() -> Self {
        Self::new(DownloadSettings::default())
    }
}

impl fmt::Debug for DownloadSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadSession")
            .field("settings", self.settings())
            .finish_non_exhaustive()
    }
}
