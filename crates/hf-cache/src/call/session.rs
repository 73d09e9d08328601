//! The state of one call: its repository, its options and its transfers.

use std::sync::Arc;

use hf_transport::progress::ProgressEvent;
use hf_transport::{Client, ConcurrencyConfig, Durability, Error, ErrorKind, Result};
use hf_types::{CommitHash, RepoId, RepoPath, RepoType};

use crate::fetch::context::{Context, DEFAULT_WORKERS, MAX_WORKERS};
use crate::fetch::download_file::DownloadFile;
use crate::fetch::fetch_file::Accepted;
use crate::fetch::metadata::resolve_target;
use crate::fetch::transfer::DownloadTransfer;
use crate::options::DownloadOptions;
use crate::store::fs::files_at_once;
use crate::store::spec::FileSpec;

/// The state of one call. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) cx: Context,
    pub(crate) repo_type: RepoType,
    pub(crate) repo_id: Arc<RepoId>,
    pub(crate) workers: usize,
    /// Whether content is downloaded even if it exists.
    pub(crate) force: bool,
    /// Whether content must match the announced hash.
    pub(crate) verify: bool,
    /// Whether a transfer's own verification is not enough.
    pub(crate) strict: bool,
    local_files_only: bool,
    transfers: Arc<[Arc<dyn DownloadTransfer>]>,
}

impl Session {
    /// # Errors
    /// Returns `Validation` if a download is forced while downloads are not allowed.
    pub(crate) fn new(
        client: &Client,
        options: &DownloadOptions,
        repo_type: RepoType,
        repo_id: &RepoId,
    ) -> Result<Self> {
        let requested = options.max_workers.unwrap_or(DEFAULT_WORKERS).max(1);
        let workers = requested.min(files_at_once());
        // Never fewer than the fixed number: a server that refuses some of them is waited for by the retries.
        let connections = match options.max_workers {
            Some(_) => ConcurrencyConfig::fixed(workers),
            None => ConcurrencyConfig::fixed(workers).with_max(MAX_WORKERS.min(files_at_once())),
        };
        if workers < requested {
            tracing::debug!(
                workers,
                requested,
                "few file descriptors are allowed; downloading fewer files at once"
            );
        }
        let session = Self {
            cx: Context::new(client, options.requests.clone())
                .with_limits(connections, options.max_bytes_per_second),
            repo_type,
            repo_id: Arc::new(repo_id.clone()),
            workers,
            force: options.force_download,
            verify: !options.unverified,
            local_files_only: options.local_files_only,
            strict: options.strict_verification,
            transfers: transfers(client, options)?.into(),
        };
        match session.why_offline() {
            Some(why) if session.force => Err(Error::new(
                ErrorKind::Validation,
                format!("`force_download` cannot be used while {why}"),
            )),
            _ => Ok(session),
        }
    }

    pub(crate) fn durability(&self) -> Durability {
        self.cx.client.config().durability
    }

    fn why_offline(&self) -> Option<&'static str> {
        if self.local_files_only {
            Some("`local_files_only` is set")
        } else if self.cx.client.config().offline {
            Some("offline mode is on (`HF_HUB_OFFLINE`)")
        } else {
            None
        }
    }

    /// Checks whether requests may be sent.
    ///
    /// # Errors
    /// Returns `Err(None)` if the caller forbade requests, and the offline mode error if the client did.
    pub(crate) fn check_online(&self) -> Result<(), Option<Error>> {
        match self.why_offline() {
            None => Ok(()),
            Some(_) if self.local_files_only => Err(None),
            Some(_) => Err(Some(Error::new(
                ErrorKind::OfflineMode,
                "offline mode is on",
            ))),
        }
    }

    /// Returns the path of a file relative to the endpoint.
    pub(crate) fn target(&self, revision: &str, path: &RepoPath) -> String {
        resolve_target(self.repo_type, &self.repo_id, revision, path)
    }

    /// Returns the transfers that accept a file, or `None` if it is downloaded over HTTP.
    pub(crate) fn accepted(&self, commit: CommitHash, spec: &FileSpec) -> Option<Accepted> {
        if self.transfers.is_empty() {
            return None;
        }
        let repo_id = (*self.repo_id).clone();
        let file = DownloadFile::new(self.repo_type, repo_id, commit, spec);
        let accepting = self.transfers.iter().filter(|t| t.accepts(&file));
        let transfers: Vec<_> = accepting.cloned().collect();
        (!transfers.is_empty()).then_some(Accepted { file, transfers })
    }

    pub(crate) fn report(&self, event: ProgressEvent<'_>) {
        self.cx.reporter.report(event);
    }

    /// Reports a file that already exists.
    pub(crate) fn report_present(&self, spec: &FileSpec) {
        self.cx.reporter.present(spec.path.as_str(), spec.size);
    }
}

/// Returns the transfers to try before HTTP: those of the call, then Xet unless it is switched off.
#[cfg_attr(
    not(feature = "xet"),
    allow(clippy::unnecessary_wraps, unused_variables)
)]
fn transfers(client: &Client, options: &DownloadOptions) -> Result<Vec<Arc<dyn DownloadTransfer>>> {
    #[cfg_attr(not(feature = "xet"), allow(unused_mut))]
    let mut transfers = options.transfers.clone();
    #[cfg(feature = "xet")]
    if !client.config().disable_xet {
        transfers.push(crate::fetch::xet::XetDownloadTransfer::shared()?);
    }
    Ok(transfers)
}
