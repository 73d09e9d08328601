use std::sync::Arc;

use deltalake_core::logstore::{
    LogStore, LogStoreFactory, ObjectStoreFactory, ObjectStoreRef, StorageConfig, default_logstore,
    logstore_factories, object_store_factories,
};
use deltalake_core::{DeltaResult, DeltaTableError, Path};
use hf_object_store::{HubRoot, HubStoreBuilder};
use url::Url;

/// Opens the stores of `hf://` URLs for delta-rs.
struct Hub(HubStoreBuilder);

impl Hub {
    fn root(&self, url: &Url) -> DeltaResult<HubRoot> {
        let root = format!("hf://{}", url.host_str().unwrap_or_default());
        // A version of a table is a file that may be created once. One process writes: see `check_then_write`.
        let builder = self.0.clone().check_then_write(true);
        builder.build_root(&root).map_err(DeltaTableError::from)
    }
}

impl ObjectStoreFactory for Hub {
    fn parse_url_opts(&self, url: &Url, _: &StorageConfig) -> DeltaResult<(ObjectStoreRef, Path)> {
        let path = Path::from_url_path(url.path())
            .map_err(|_| DeltaTableError::InvalidTableLocation(url.to_string()))?;
        Ok((Arc::new(self.root(url)?), path))
    }
}

impl LogStoreFactory for Hub {
    fn with_options(
        &self,
        prefixed: ObjectStoreRef,
        root: ObjectStoreRef,
        location: &Url,
        options: &StorageConfig,
    ) -> DeltaResult<Arc<dyn LogStore>> {
        Ok(default_logstore(prefixed, root, location, options))
    }
}

/// Makes delta-rs open `hf://` URLs, with stores that are built as `builder` says.
pub fn register(builder: HubStoreBuilder) {
    let scheme = Url::parse("hf://").expect("it is a URL");
    object_store_factories().insert(scheme.clone(), Arc::new(Hub(builder.clone())));
    logstore_factories().insert(scheme, Arc::new(Hub(builder)));
}
