//! The store of one repository or bucket.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use hf_api::HfApi;
use hf_api::types::{CommitHash, CommitInfo};
use object_store::path::Path;
use object_store::{
    CopyMode, CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions,
    RenameTargetMode, Result,
};

use crate::change::{Change, Condition};
use crate::content::Content;
use crate::inner::Inner;
use crate::location::HubLocation;
use crate::options::Settings;
use crate::queue::Writer;
use crate::view::View;
use crate::write::Upload;

/// The number of deletions that are under way at once.
const DELETIONS: usize = 1_000;

/// A repository at a revision, or a bucket, as an [`ObjectStore`].
///
/// Clones share everything: the commit that is read, what was seen of its files, and the writes that wait.
///
/// # The commit
/// The first request looks up the commit that the revision stands for, and everything is read from that commit, so that a
/// query sees one state although the branch moves. [`refresh`](Self::refresh) goes on to the present one. What the store
/// writes itself, it sees at once.
///
/// ```no_run
/// use hf_object_store::HubStore;
/// use object_store::{ObjectStoreExt, path::Path};
/// # async fn example() -> object_store::Result<()> {
/// let store = HubStore::open("hf://datasets/org/data@refs/convert/parquet")?;
/// let footer = store.get_range(&Path::from("default/train/0000.parquet"), 0..8).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct HubStore(pub(crate) Arc<Inner>);

impl HubStore {
    pub(crate) fn new(api: HfApi, location: HubLocation, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            api,
            location,
            settings,
            view: View::default(),
            writer: Writer::default(),
        }))
    }

    /// Returns what the store is of.
    pub fn location(&self) -> &HubLocation {
        &self.0.location
    }

    /// Returns the commit that is read; `None` for a bucket. Looks it up if nothing was read yet.
    ///
    /// # Errors
    /// `NotFound` if the repository or revision does not exist or is not visible; `PermissionDenied` if it is gated.
    pub async fn commit(&self) -> Result<Option<CommitHash>> {
        let snapshot = self.0.snapshot(&self.0.location.to_string()).await?;
        Ok(snapshot.commit)
    }

    /// Goes on to the present commit of the branch, and returns it. Reads that are under way end in the commit that they
    /// began in.
    ///
    /// # Errors
    /// The same as [`commit`](Self::commit).
    pub async fn refresh(&self) -> Result<Option<CommitHash>> {
        self.0.view.forget();
        self.commit().await
    }

    /// Commits what waits to be committed, and returns the last commit that was made since the call before. Of a bucket,
    /// nothing ever waits.
    ///
    /// # Errors
    /// The error of the first write since the call before that returned before it failed; see
    /// [`CommitPolicy::on_flush`](crate::CommitPolicy::on_flush).
    pub async fn flush(&self) -> Result<Option<CommitInfo>> {
        self.0.flush().await
    }
}

impl fmt::Display for HubStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HubStore({})", self.0.location)
    }
}

impl fmt::Debug for HubStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubStore")
            .field("location", &self.0.location.to_string())
            .field("endpoint", &self.0.api.client().endpoint().to_string())
            .field(
                "commit",
                &self.0.view.current().and_then(|current| current.commit),
            )
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ObjectStore for HubStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        Content::check_attributes(&options.attributes)?;
        let condition = Condition::of(options.mode);
        let content = Content::from(payload);
        self.0.put(location, content, condition).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Content::check_attributes(&options.attributes)?;
        self.0.check_writable(location).await?;
        Ok(Box::new(Upload::new(self.0.clone(), location.clone())))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.0.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let inner = self.0.clone();
        if matches!(self.0.location, HubLocation::Bucket(_)) {
            return locations
                .ready_chunks(DELETIONS)
                .then(move |paths| {
                    let inner = inner.clone();
                    async move { stream::iter(inner.delete_from_bucket(paths).await) }
                })
                .flatten()
                .boxed();
        }
        locations
            .map(move |location| {
                let inner = inner.clone();
                async move {
                    let location = location?;
                    let change = Change::Delete;
                    inner.change(&location, change, Condition::Exists).await?;
                    Ok(location)
                }
            })
            .buffered(DELETIONS)
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (inner, prefix) = (self.0.clone(), prefix.cloned().unwrap_or_default());
        stream::once(async move { inner.list(prefix).await })
            .try_flatten()
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0
            .list_folder(prefix.cloned().unwrap_or_default())
            .await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let create = matches!(options.mode, CopyMode::Create);
        self.0.copy(from, to, create, false).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let create = matches!(options.target_mode, RenameTargetMode::Create);
        self.0.copy(from, to, create, true).await
    }
}
