//! The state of a store, which its clones share.

use std::fmt;
use std::sync::Arc;

use hf_api::HfApi;
use object_store::Result;

use crate::error::convert;
use crate::location::HubLocation;
use crate::options::Settings;
use crate::queue::Writer;
use crate::view::{Snapshot, View};

pub(crate) struct Inner {
    pub(crate) api: HfApi,
    pub(crate) location: HubLocation,
    pub(crate) settings: Settings,
    pub(crate) view: View,
    pub(crate) writer: Writer,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// The snapshot that is read; `path` is what an error is about.
    pub(crate) async fn snapshot(&self, path: &str) -> Result<Arc<Snapshot>> {
        let snapshot = self.view.get(&self.api, &self.location).await;
        snapshot.map_err(|error| convert(error, path))
    }
}
