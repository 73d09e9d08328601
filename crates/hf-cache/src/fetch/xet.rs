//! The bytes of a file from Xet storage, chunk by chunk.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use hf_cas::Hash;
use hf_cas::client::{Access, CasClient, TokenCache, TokenRoute};
use hf_cas::reconstruct::{DownloadSession, DownloadSettings, FileDownload, Sink, Verified};
use hf_transport::{BoxFuture, Client, Error, ErrorKind, Result};
use hf_types::{BucketId, Revision, ValidationError};

use super::download_file::DownloadFile;
use super::remote_file::RemoteFile;
use super::small::SMALL;
use super::transfer::{DownloadJob, DownloadTransfer};
use super::xet_parts::XetParts;
use crate::options::DownloadOptions;

/// Downloads files from Xet storage over many connections at once, verified chunk by chunk. Tried before plain HTTP by
/// default, unless `HF_HUB_DISABLE_XET` is set.
///
/// It accepts files of more than 256 KiB that the Hub names a Xet hash of. How many connections are useful is learned
/// ([`Client::concurrency`](hf_transport::Client::concurrency)), and what is in memory is bounded for all files together
/// ([`DownloadSession`]). Where it fails, plain HTTP goes on from the bytes that are there.
///
/// # What is verified
/// Every chunk is hashed with BLAKE3 on all cores as it arrives, and the tree over all chunks must have the file's Xet hash.
/// That proves that the bytes are those that the Hub names by this hash. That they are also those of the SHA-256 that the
/// Hub names beside it is the Hub's own word: it has compared the two when the file was uploaded.
/// [`strict_verification`](crate::DownloadOptions::strict_verification) computes the SHA-256, too, on one core. A download
/// that was resumed is verified by SHA-256, as the chunks that are on disk are not known any more.
#[derive(Debug, Clone)]
pub struct XetDownloadTransfer {
    session: DownloadSession,
    tokens: TokenCache,
    /// The bucket that the files are in; otherwise, each is in its repository.
    bucket: Option<BucketId>,
}

impl XetDownloadTransfer {
    /// Creates a transfer. Clones of it share memory and tokens.
    pub fn new(settings: DownloadSettings) -> Self {
        Self {
            session: DownloadSession::new(settings),
            tokens: TokenCache::new(),
            bucket: None,
        }
    }

    /// Returns the transfer of this process, with the settings of the environment.
    ///
    /// # Errors
    /// `Validation` if a variable has a value that cannot be used ([`DownloadSettings::from_env`]).
    pub fn shared() -> Result<Arc<Self>> {
        static SHARED: OnceLock<Result<Arc<XetDownloadTransfer>>> = OnceLock::new();
        SHARED
            .get_or_init(|| Ok(Arc::new(Self::new(DownloadSettings::from_env()?))))
            .clone()
    }

    /// Returns a transfer for files of a bucket.
    pub(crate) fn of_bucket(&self, bucket: &BucketId) -> Self {
        Self {
            bucket: Some(bucket.clone()),
            ..self.clone()
        }
    }

    fn route(&self, file: &DownloadFile) -> Result<TokenRoute> {
        if let Some(bucket) = &self.bucket {
            return Ok(TokenRoute::bucket(bucket, Access::Read));
        }
        let revision: Revision = file
            .commit()
            .as_str()
            .parse()
            .map_err(|error: ValidationError| Error::validation(error.to_string()))?;
        let (repo_type, repo_id) = (file.repo_type(), file.repo_id());
        Ok(TokenRoute::repo(
            repo_type,
            repo_id,
            &revision,
            Access::Read,
        ))
    }
}

impl DownloadTransfer for XetDownloadTransfer {
    fn name(&self) -> &'static str {
        "xet"
    }

    fn accepts(&self, file: &DownloadFile) -> bool {
        file.xet_hash().is_some() && file.size().is_some_and(|size| size > SMALL)
    }

    fn verifies(&self) -> bool {
        true
    }

    fn download<'a>(&'a self, job: &'a DownloadJob<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let file = job.file();
            let (Some(hash), Some(size)) = (file.xet_hash(), file.size()) else {
                return Err(Error::validation(format!(
                    "the Xet hash or the size of `{}` is not known",
                    file.path()
                )));
            };
            let hash: Hash = hash.as_str().parse()?;
            let route = self.route(file)?.options(job.request_options());
            let store = CasClient::new(job.client(), &self.tokens, route);
            let download = self.session.file(&store, hash, size);
            let sequential =
                self.session.settings().is_sequential() || job.is_on_network_file_system();
            let verified = if sequential {
                in_order(job, &download).await
            } else {
                let mut sink = ToJob(job);
                download.write_ranges(job.missing(), &mut sink).await
            };
            match verified {
                Ok(Verified::File) => {
                    job.set_verified_by_xet_hash();
                    Ok(())
                }
                Ok(_) => Ok(()),
                Err(error) => {
                    if error.kind() == ErrorKind::Checksum && !job.disk_failed() {
                        // Which of the bytes are wrong is not known.
                        job.restart().await?;
                    }
                    Err(error)
                }
            }
        })
    }
}

/// Writes what is missing from the first byte to the last.
async fn in_order(job: &DownloadJob<'_>, download: &FileDownload) -> Result<Verified> {
    let missing = job.missing();
    // The stream of a whole file ends with an error if its bytes were not the file's.
    let whole = matches!(&missing[..], [one] if *one == (0..download.size()));
    for range in missing {
        let mut at = range.start;
        let mut parts = Box::pin(download.stream(range));
        while let Some(part) = parts.try_next().await? {
            let length = part.len() as u64;
            job.write_at(at, part).await?;
            at += length;
        }
    }
    Ok(if whole { Verified::File } else { Verified::No })
}

/// Adds to a remote file that it is in Xet storage under this hash, unless Xet is disabled or the Hub masks the hash.
pub(crate) fn part_of(
    client: &Client,
    options: &DownloadOptions,
    file: RemoteFile,
    route: TokenRoute,
    xet_hash: Option<&str>,
) -> RemoteFile {
    let hash = xet_hash.and_then(|hash| hash.parse::<Hash>().ok());
    match (hash, XetDownloadTransfer::shared()) {
        (Some(hash), Ok(xet)) if !client.config().disable_xet => {
            let route = route.options(options.requests.options.clone().without_timeout());
            let store = CasClient::new(client, &xet.tokens, route);
            let size = file.size();
            let keeps_chunks = xet.session.settings().chunk_cache_bytes() > 0;
            let file_in_store = xet.session.file(&store, hash, size);
            file.with_xet(XetParts::new(file_in_store, keeps_chunks))
        }
        _ => file,
    }
}

struct ToJob<'a>(&'a DownloadJob<'a>);

impl Sink for ToJob<'_> {
    async fn write_at(&mut self, offset: u64, bytes: Bytes) -> Result<()> {
        self.0.write_at(offset, bytes).await
    }

    async fn write_parts_at(&mut self, offset: u64, parts: Vec<Bytes>) -> Result<()> {
        self.0.write_parts_at(offset, parts).await
    }
}
