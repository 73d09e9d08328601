//! Reading and listing.

mod list;
mod ranges;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use hf_api::cache::{
    DownloadOptions, OpenRemoteFile, RemoteFile, remote_bucket_file, try_to_load_from_cache,
};
use hf_api::types::{CommitHash, Revision};
use hf_api::{Error, transport};
use object_store::path::Path;
use object_store::{GetOptions, GetResult, GetResultPayload, Result};

use crate::entry::Entry;
use crate::error::{convert, generic, is_other_content, not_found, out_of_range};
use crate::inner::Inner;
use crate::location::HubLocation;
use crate::view::{Snapshot, one};

/// The number of bytes of a cached file that are read at once.
const CACHE_READ: u64 = 1024 * 1024;

impl Inner {
    pub(crate) async fn get(
        self: &Arc<Self>,
        location: &Path,
        options: GetOptions,
    ) -> Result<GetResult> {
        match self.try_get(location, &options).await {
            // A file of a bucket is another than the list said: that is looked up again, once.
            Err(error) if is_other_content(&error) && self.forget(location) => {
                self.try_get(location, &options).await
            }
            result => result,
        }
    }

    async fn try_get(self: &Arc<Self>, location: &Path, options: &GetOptions) -> Result<GetResult> {
        let (snapshot, entry) = match &options.version {
            Some(version) => self.at_version(location, version).await?,
            None => self.find(location).await?,
        };
        let meta = entry.meta(location.clone(), snapshot.version());
        options.check_preconditions(&meta)?;
        let range = match &options.range {
            Some(range) => range.as_range(entry.size).map_err(out_of_range)?,
            None => 0..entry.size,
        };
        let payload = if options.head || range.is_empty() {
            stream::empty().boxed()
        } else {
            let mut bytes = self
                .bytes(location, &snapshot, &entry, range.clone())
                .await?;
            // What is wrong with the request is its error, and not that of the stream.
            let first = bytes.try_next().await?;
            stream::iter(first.map(Ok)).chain(bytes).boxed()
        };
        Ok(GetResult {
            payload: GetResultPayload::Stream(payload),
            meta,
            range,
            attributes: object_store::Attributes::default(),
        })
    }

    /// Forgets a file of a bucket; of a repository, nothing changes.
    fn forget(&self, location: &Path) -> bool {
        let (HubLocation::Bucket(_), Some(snapshot)) = (&self.location, self.view.current()) else {
            return false;
        };
        snapshot.entries().remove(location.as_ref());
        true
    }

    /// Returns what is known of a file; looks it up if that is nothing.
    pub(crate) async fn find(self: &Arc<Self>, location: &Path) -> Result<(Arc<Snapshot>, Entry)> {
        self.flush_before_reading().await?;
        let path = location.as_ref();
        let snapshot = self.snapshot(path).await?;
        let known = snapshot.entries().get(path);
        if let Some(entry) = known
            && entry.is_fresh(&self.location, self.settings.bucket_ttl)
        {
            return Ok((snapshot, entry));
        }
        match self.look_up(&snapshot, path).await? {
            Some(entry) => Ok((snapshot, entry)),
            None => Err(not_found(path, &self.location.to_string())),
        }
    }

    /// Asks the Hub for a file; `None` if there is none.
    pub(crate) async fn look_up(&self, snapshot: &Snapshot, path: &str) -> Result<Option<Entry>> {
        let found = one(&self.api, &self.location, snapshot, path).await;
        found.map_err(|error| convert(error, path))
    }

    /// Finds a file in a commit, which may be another than the one that is read.
    async fn at_version(
        self: &Arc<Self>,
        location: &Path,
        version: &str,
    ) -> Result<(Arc<Snapshot>, Entry)> {
        let path = location.as_ref();
        self.flush_before_reading().await?;
        let current = self.snapshot(path).await?;
        if current.version() == Some(version) {
            return self.find(location).await;
        }
        let place = || format!("{} at version {version:?}", self.location);
        let HubLocation::Repo { repo_type, id, .. } = &self.location else {
            return Err(not_found(path, &place()));
        };
        let Ok(commit) = version.parse::<CommitHash>() else {
            return Err(not_found(path, &place()));
        };
        let snapshot = Snapshot::of_commit(&self.api, *repo_type, id.as_str(), commit).await;
        let snapshot = snapshot.map_err(|error| convert(error, path))?;
        match self.look_up(&snapshot, path).await? {
            Some(entry) => Ok((Arc::new(snapshot), entry)),
            None => Err(not_found(path, &place())),
        }
    }

    async fn bytes(
        &self,
        location: &Path,
        snapshot: &Snapshot,
        entry: &Entry,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let path = location.to_string();
        if let Some(cached) = self.cached(snapshot, &path, entry.size).await {
            return Ok(read_cached(cached, range));
        }
        let file = self
            .open(snapshot, entry, &path)
            .map_err(|error| convert(error, &path))?;
        let bytes = file.stream(range);
        Ok(bytes.map_err(move |error| convert(error, &path)).boxed())
    }

    /// Returns the open file of an entry, opens it if it is not.
    fn open<'a>(
        &self,
        snapshot: &Snapshot,
        entry: &'a Entry,
        path: &str,
    ) -> hf_api::Result<&'a RemoteFile> {
        if let Some(file) = entry.file.get() {
            return Ok(file);
        }
        let client = self.api.client();
        let options = DownloadOptions::new().requests(self.api.options().clone());
        let file = match (&self.location, snapshot.commit) {
            (HubLocation::Repo { repo_type, id, .. }, Some(commit)) => {
                OpenRemoteFile::new(id.clone(), path)
                    .repo_type(*repo_type)
                    .options(options)
                    .known(
                        client,
                        commit,
                        entry.etag.parse()?,
                        entry.size,
                        entry.xet_hash.as_deref(),
                    )?
            }
            (HubLocation::Bucket(id), _) => {
                remote_bucket_file(client, id, path, &entry.etag, entry.size, &options)?
            }
            _ => return Err(Error::validation("a repository is read at a commit")),
        };
        Ok(entry.file.get_or_init(|| file))
    }

    /// Returns the file in the cache, if there is a cache and the file is in it.
    async fn cached(&self, snapshot: &Snapshot, path: &str, size: u64) -> Option<PathBuf> {
        let folder = self.settings.cache_dir.clone()?;
        let HubLocation::Repo { repo_type, id, .. } = self.location.clone() else {
            return None;
        };
        let (revision, path) = (Revision::from(snapshot.commit?), path.parse().ok()?);
        let found = transport::spawn_blocking(move || {
            let found = try_to_load_from_cache(folder, repo_type, &id, &revision, &path);
            Ok(found
                .into_path()
                .filter(|file| std::fs::metadata(file).is_ok_and(|found| found.len() == size)))
        });
        found.await.ok().flatten()
    }
}

/// Reads a part of a local file as it is asked for.
fn read_cached(file: PathBuf, range: Range<u64>) -> BoxStream<'static, Result<Bytes>> {
    stream::try_unfold((file, range.start), move |(file, at)| {
        let end = range.end;
        async move {
            if at >= end {
                return Ok(None);
            }
            let length = (end - at).min(CACHE_READ);
            let path = file.clone();
            let bytes = transport::spawn_blocking(move || {
                read_at(&path, at, length)
                    .map_err(|error| Error::io(format!("cannot read {}", path.display()), error))
            });
            let bytes = bytes.await.map_err(generic)?;
            Ok(Some((bytes, (file, at + length))))
        }
    })
    .boxed()
}

fn read_at(path: &std::path::Path, at: u64, length: u64) -> std::io::Result<Bytes> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut file = std::fs::File::open(path)?;
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    file.read_exact(&mut bytes)?;
    Ok(bytes.into())
}
