//! Stores by URL.

use std::sync::Arc;

use hf_api::HfApi;
use object_store::path::Path;
use object_store::registry::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use object_store::{ObjectStore, Result};
use url::Url;

use crate::builder::HubStoreBuilder;
use crate::location::parse_url;
use crate::root::HubRoot;

/// A registry that opens the stores of `hf://` URLs when they are asked for, and leaves other schemes to the registry of
/// `object_store`.
///
/// ```
/// use hf_object_store::{HubRegistry, HubStoreBuilder};
/// use object_store::registry::ObjectStoreRegistry;
/// use url::Url;
/// let registry = HubRegistry::new(HubStoreBuilder::new())?;
/// let url = Url::parse("hf://datasets/org/data/train/0.parquet").unwrap();
/// let (store, path) = registry.resolve(&url)?;
/// assert_eq!(store.to_string(), "HubStore(hf://datasets/org/data)");
/// assert_eq!(path.as_ref(), "train/0.parquet");
/// # Ok::<(), object_store::Error>(())
/// ```
#[derive(Debug)]
pub struct HubRegistry {
    stores: HubRoot,
    others: DefaultObjectStoreRegistry,
}

impl HubRegistry {
    /// Creates a registry whose stores are built as `builder` says; its URL has no meaning.
    ///
    /// # Errors
    /// `Generic` for a malformed setting.
    pub fn new(builder: HubStoreBuilder) -> Result<Self> {
        let settings = builder.settings().clone();
        let api: HfApi = builder.hub()?;
        Ok(Self {
            stores: HubRoot::new("hf://datasets", api, settings)?,
            others: DefaultObjectStoreRegistry::new(),
        })
    }
}

impl ObjectStoreRegistry for HubRegistry {
    fn register(&self, url: Url, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        self.others.register(url, store)
    }

    fn resolve(&self, url: &Url) -> Result<(Arc<dyn ObjectStore>, Path)> {
        if url.scheme() != "hf" {
            return self.others.resolve(url);
        }
        if let Ok(registered) = self.others.resolve(url) {
            return Ok(registered);
        }
        let (location, path) = parse_url(url)?;
        Ok((Arc::new(self.stores.store(&location)), path))
    }
}
