//! Downloads files of a bucket to any places.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use hf_transport::progress::ProgressEvent;
use hf_transport::{Client, Error, Result, path};
use hf_types::{BucketId, RepoType, Sha256, ValidationError};
use tokio::task::JoinSet;

use super::session::Session;
use crate::fetch::download_file::DownloadFile;
use crate::fetch::fetch_file::{Accepted, fetch};
use crate::fetch::job::{FetchJob, Guards};
use crate::fetch::progress::FileProgress;
use crate::fetch::small::{self, SMALL};
use crate::fetch::source::Source;
use crate::fetch::transfer::DownloadTransfer;
use crate::fetch::xet::XetDownloadTransfer;
use crate::options::{DownloadOptions, option_setters};
use crate::store::disk::io_error;
use crate::store::fs;
use crate::store::hash::{Expected, has_hash};
use crate::store::lock::{LocalLock, blocking, joined};
use crate::store::spec::FileSpec;
use crate::store::write::write_small;

const OPERATION: &str = "download_bucket_files";

/// A file of a bucket to download: what the Hub says of it, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketFileDownload {
    path: String,
    hash: Sha256,
    size: u64,
    destination: PathBuf,
}

impl BucketFileDownload {
    /// Downloads the file at `path` of the bucket, whose content has this Xet hash and size, to `destination`.
    ///
    /// # Errors
    /// `Validation` for a hash that is none.
    pub fn new(
        path: impl Into<String>,
        xet_hash: &str,
        size: u64,
        destination: impl Into<PathBuf>,
    ) -> Result<Self> {
        let path = path.into();
        let hash = xet_hash.parse().map_err(|_| {
            Error::validation(format!(
                "the Hub says that the Xet hash of {path:?} is `{}`, which is no hash",
                xet_hash.escape_debug()
            ))
        })?;
        Ok(Self {
            path,
            hash,
            size,
            destination: destination.into(),
        })
    }
}

/// Downloads files of a bucket, each to a place of its own.
///
/// A file is written beside its destination and renamed into place when it is complete and has its Xet hash: nothing wrong
/// gets the name, and a link of that name is replaced, not followed. What an interrupted download has left is continued by
/// the next. A destination that has the content already is left as it is.
///
/// Files are taken from the list one by one, so that it may be of any length. Large ones come from Xet storage as
/// [`XetDownloadTransfer`] downloads them, small ones by plain HTTP:
/// `GET /buckets/{bucket_id}/resolve/{path}`, and what it redirects to.
///
/// ```no_run
/// use hf_cache::{BucketFileDownload, DownloadBucketFiles};
/// # async fn example(client: hf_transport::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let hash = "7fd3a6b5ae1d1a8a8ac6c2a1d6d2b7e0f4b5c6d7e8f90a1b2c3d4e5f60718293";
/// let file = BucketFileDownload::new("models/model.bin", hash, 1_000_000, "local/model.bin")?;
/// DownloadBucketFiles::new("org/bucket".parse()?).run(&client, [file]).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is run"]
pub struct DownloadBucketFiles {
    bucket_id: BucketId,
    options: DownloadOptions,
}

option_setters!(DownloadBucketFiles, self.options);

impl DownloadBucketFiles {
    /// Creates a download from a bucket.
    pub fn new(bucket_id: BucketId) -> Self {
        Self {
            bucket_id,
            options: DownloadOptions::default(),
        }
    }

    /// Sets all options shared by downloads.
    pub fn options(mut self, options: DownloadOptions) -> Self {
        self.options = options;
        self
    }

    /// Downloads the files. The first failure stops the others; what has arrived is kept for the next call.
    ///
    /// # Errors
    /// What the Hub and its store respond; `Checksum` if bytes are not the announced ones; `Io` for the disk.
    pub async fn run<I>(&self, client: &Client, files: I) -> Result<()>
    where
        I: IntoIterator<Item = BucketFileDownload>,
        I::IntoIter: Send + 'static,
    {
        // A bucket's id has the form of a repository's. Its session is about limits and progress alone.
        let id = self
            .bucket_id
            .as_str()
            .parse()
            .map_err(|error: ValidationError| Error::validation(error.to_string()))?;
        let session = Session::new(client, &self.options, RepoType::Model, &id)?;
        session.check_online().map_err(|error| {
            error.unwrap_or_else(|| {
                Error::validation("files of a bucket cannot be had with `local_files_only`")
            })
        })?;
        session.report(ProgressEvent::Begin {
            operation: OPERATION,
            files: None,
            bytes: None,
        });
        let done = self.fetch_all(client, &session, files).await;
        session.report(ProgressEvent::End {
            operation: OPERATION,
        });
        done
    }

    async fn fetch_all<I>(&self, client: &Client, session: &Session, files: I) -> Result<()>
    where
        I: IntoIterator<Item = BucketFileDownload>,
        I::IntoIter: Send + 'static,
    {
        let xet = if client.config().disable_xet {
            None
        } else {
            let transfer = XetDownloadTransfer::shared()?.of_bucket(&self.bucket_id);
            Some(Arc::new(transfer) as Arc<dyn DownloadTransfer>)
        };
        let work = Arc::new(Work {
            session: session.clone(),
            bucket_id: self.bucket_id.clone(),
            files: Mutex::new(files.into_iter()),
            xet,
        });
        let mut running = JoinSet::new();
        for _ in 0..session.workers {
            let work = work.clone();
            running.spawn(async move {
                while let Some(file) = work.next() {
                    work.ensure(file).await?;
                }
                Ok(())
            });
        }
        let mut outcome = Ok(());
        while let Some(ended) = running.join_next().await {
            if let Err(error) = joined(ended) {
                outcome = Err(error);
                break;
            }
        }
        running.shutdown().await;
        outcome
    }
}

struct Work<I> {
    session: Session,
    bucket_id: BucketId,
    files: Mutex<I>,
    xet: Option<Arc<dyn DownloadTransfer>>,
}

impl<I: Iterator<Item = BucketFileDownload>> Work<I> {
    fn next(&self) -> Option<BucketFileDownload> {
        self.files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
    }

    async fn ensure(&self, file: BucketFileDownload) -> Result<()> {
        let destination = std::path::absolute(&file.destination)
            .map_err(|error| io_error("find", &file.destination, error))?;
        // Two entries for one place, or two calls of this process.
        let lock = LocalLock::acquire(&destination).await;
        let expected = if self.session.verify {
            Expected::Xet(file.hash)
        } else {
            Expected::Unknown
        };
        let there = {
            let (destination, force) = (destination.clone(), self.session.force);
            let (size, hash) = (file.size, Expected::Xet(file.hash));
            blocking(move || {
                if let Some(folder) = destination.parent() {
                    fs::create_dir_all(folder)
                        .map_err(|error| io_error("create the folder of", &destination, error))?;
                }
                // A link is replaced, even one to the same content.
                let is_file = std::fs::symlink_metadata(&destination)
                    .is_ok_and(|found| found.is_file() && found.len() == size);
                Ok(!force && is_file && has_hash(&destination, hash))
            })
            .await?
        };
        if there {
            self.session
                .cx
                .reporter
                .present(&file.path, Some(file.size));
            return Ok(());
        }
        let target = format!(
            "/buckets/{}/resolve/{}",
            self.bucket_id,
            path::segment(&file.path)
        );
        let etag = file
            .hash
            .as_str()
            .parse()
            .map_err(|error: ValidationError| Error::validation(error.to_string()))?;
        let mut name = destination.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}", &file.hash.as_str()[..16]));
        let job = FetchJob {
            source: Source::new(target),
            progress: FileProgress::new(&self.session.cx.reporter, &file.path, Some(file.size)),
            etag,
            size: Some(file.size),
            expected,
            unverified: None,
            listed: true,
            strict: false,
            resume: !self.session.force,
            parallel: AtomicBool::new(true),
            by_ranges: AtomicBool::new(false),
            has_xet_hash: AtomicBool::new(false),
            stem: destination.with_file_name(name),
            destination,
            durability: self.session.durability(),
        };
        let outcome = self.fetch(&job, &file, Box::new(lock)).await;
        job.progress.end(outcome.is_ok());
        outcome
    }

    async fn fetch(&self, job: &FetchJob, file: &BucketFileDownload, guards: Guards) -> Result<()> {
        let cx = &self.session.cx;
        if file.size <= SMALL {
            let content = match file.size {
                0 => Vec::new(),
                size => small::fetch(cx, job, size, None).await?,
            };
            let (stem, destination) = (job.stem.clone(), job.destination.clone());
            let durability = job.durability;
            return blocking(move || {
                let _held = guards;
                write_small(&stem, &destination, &content, durability)
            })
            .await;
        }
        let accepted = match &self.xet {
            Some(xet) => Some(Accepted {
                file: self.described(job, file)?,
                transfers: vec![xet.clone()],
            }),
            None => None,
        };
        let (fetched, _guards) = fetch(cx, job, accepted.as_ref(), None, guards).await;
        fetched
    }

    /// The file as transfers see it. The only one that does looks at hash and size: a bucket has no commits, and its paths
    /// may be others than those of repositories.
    fn described(&self, job: &FetchJob, file: &BucketFileDownload) -> Result<DownloadFile> {
        let invalid = |error: ValidationError| Error::validation(error.to_string());
        let spec = FileSpec {
            path: "file".parse().map_err(invalid)?,
            etag: job.etag.clone(),
            size: Some(file.size),
            xet_hash: Some(file.hash),
            listed: true,
            may_collide: false,
        };
        let id = (*self.session.repo_id).clone();
        let commit = "bucket".parse().map_err(invalid)?;
        Ok(DownloadFile::new(RepoType::Model, id, commit, &spec))
    }
}
