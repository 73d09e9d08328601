//! A store of many repositories, for engines that take a store by the host of a URL.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use hf_api::HfApi;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions,
    Result,
};

use crate::error::{invalid, unsupported};
use crate::location::{HubLocation, split};
use crate::options::Settings;
use crate::store::HubStore;

/// Everything below `hf://datasets`, `hf://spaces`, `hf://buckets`, or the models of an owner below `hf://<owner>`.
///
/// DataFusion and others look a store up by scheme and host, so that `hf://datasets/org/data/a.parquet` is the file
/// `org/data/a.parquet` of the store `hf://datasets`. This is that store: it opens the [`HubStore`] of a repository when
/// the first path in it is used, and keeps it.
///
/// ```
/// use hf_object_store::HubRoot;
/// let datasets = HubRoot::open("hf://datasets")?;
/// # Ok::<(), object_store::Error>(())
/// ```
#[derive(Clone)]
pub struct HubRoot(Arc<Inner>);

struct Inner {
    /// `hf://datasets/`
    root: String,
    api: HfApi,
    settings: Settings,
    stores: RwLock<HashMap<HubLocation, HubStore>>,
}

/// A path of the root as a path of one of its stores.
struct Inside {
    store: HubStore,
    path: Path,
    /// `org/data@main`
    outer: String,
}

impl Inside {
    fn outer(&self, path: &Path) -> Result<Path> {
        outer(&self.outer, path)
    }
}

fn outer(prefix: &str, path: &Path) -> Result<Path> {
    Ok(Path::parse(format!("{prefix}/{path}"))?)
}

fn outer_meta(prefix: &str, meta: ObjectMeta) -> Result<ObjectMeta> {
    Ok(ObjectMeta {
        location: outer(prefix, &meta.location)?,
        ..meta
    })
}

impl HubRoot {
    pub(crate) fn new(root: &str, api: HfApi, settings: Settings) -> Result<Self> {
        let name = root
            .strip_prefix("hf://")
            .map(|name| name.trim_end_matches('/'));
        let Some(name) = name.filter(|name| !name.is_empty() && !name.contains('/')) else {
            return Err(invalid(
                format!("{root:?} is not the root of stores"),
                "the roots are `hf://datasets`, `hf://spaces`, `hf://buckets` and `hf://<owner>` for models",
            ));
        };
        Ok(Self(Arc::new(Inner {
            root: format!("hf://{name}/"),
            api,
            settings,
            stores: RwLock::default(),
        })))
    }

    /// Returns the store of one repository or bucket, with which it can be refreshed or flushed.
    pub fn store(&self, location: &HubLocation) -> HubStore {
        let stores = &self.0.stores;
        let known = stores.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = known.get(location) {
            return store.clone();
        }
        drop(known);
        let mut stores = stores.write().unwrap_or_else(PoisonError::into_inner);
        let store = stores.entry(location.clone()).or_insert_with(|| {
            HubStore::new(
                self.0.api.clone(),
                location.clone(),
                self.0.settings.clone(),
            )
        });
        store.clone()
    }

    fn inside(&self, path: &Path) -> Result<Inside> {
        let (location, inner) = split(&format!("{}{path}", self.0.root))?;
        let text = path.as_ref();
        let outer = match inner.len() {
            0 => text,
            length => text[..text.len() - length].trim_end_matches('/'),
        };
        Ok(Inside {
            outer: outer.to_owned(),
            path: Path::parse(inner)?,
            store: self.store(&location),
        })
    }

    /// A prefix must name a repository: what an owner has is not a list of files.
    fn prefix(&self, prefix: Option<&Path>) -> Result<Inside> {
        let path = prefix.cloned().unwrap_or_default();
        self.inside(&path).map_err(|error| {
            unsupported(
                format!("{}{path} cannot be listed: {error}", self.0.root),
                "list below a repository or bucket",
            )
        })
    }

    fn both(&self, from: &Path, to: &Path) -> Result<(Inside, Path)> {
        let (from, to) = (self.inside(from)?, self.inside(to)?);
        if from.store.location() == to.store.location() {
            return Ok((from, to.path));
        }
        Err(unsupported(
            format!(
                "copying from {} to {}",
                from.store.location(),
                to.store.location()
            ),
            "copy within one repository or bucket, or use `copy_files` of hf-api",
        ))
    }
}

impl fmt::Display for HubRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HubRoot({})", self.0.root.trim_end_matches('/'))
    }
}

impl fmt::Debug for HubRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stores = self.0.stores.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("HubRoot")
            .field("root", &self.0.root)
            .field("stores", &stores.len())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ObjectStore for HubRoot {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let inside = self.inside(location)?;
        inside.store.put_opts(&inside.path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let inside = self.inside(location)?;
        inside.store.put_multipart_opts(&inside.path, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let inside = self.inside(location)?;
        let mut result = inside.store.get_opts(&inside.path, options).await?;
        result.meta.location = location.clone();
        Ok(result)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let inside = self.inside(location)?;
        inside.store.get_ranges(&inside.path, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let root = self.clone();
        locations
            .map(move |location| {
                let root = root.clone();
                async move {
                    let location = location?;
                    let inside = root.inside(&location)?;
                    inside.store.delete(&inside.path).await?;
                    Ok(location)
                }
            })
            .buffered(64)
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.prefix(prefix) {
            Ok(inside) => {
                let listed = inside.store.list(Some(&inside.path));
                listed
                    .map(move |meta| outer_meta(&inside.outer, meta?))
                    .boxed()
            }
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let inside = self.prefix(prefix)?;
        let listed = inside.store.list_with_delimiter(Some(&inside.path)).await?;
        Ok(ListResult {
            common_prefixes: listed
                .common_prefixes
                .iter()
                .map(|path| inside.outer(path))
                .collect::<Result<_>>()?,
            objects: listed
                .objects
                .into_iter()
                .map(|meta| outer_meta(&inside.outer, meta))
                .collect::<Result<_>>()?,
        })
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let (from, to) = self.both(from, to)?;
        from.store.copy_opts(&from.path, &to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let (from, to) = self.both(from, to)?;
        from.store.rename_opts(&from.path, &to, options).await
    }
}
