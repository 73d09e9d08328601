//! Caches responses to read requests until the state changes.
use std::collections::HashMap;
use std::sync::Mutex;

use crate::lock;
use crate::response::HubResponse;

/// The maximum number of cached responses. When it is exceeded, all of them are dropped.
const MOST: usize = 1024;

/// Responses by request and viewer, valid for one generation of the state.
#[derive(Default)]
pub(crate) struct CachedResponses(Mutex<(u64, HashMap<String, HubResponse>)>);

impl CachedResponses {
    pub(crate) fn get(&self, key: &str, generation: u64) -> Option<HubResponse> {
        let cached = lock(&self.0);
        (cached.0 == generation).then(|| cached.1.get(key).cloned())?
    }

    /// Caches a response that was made from this generation.
    pub(crate) fn insert(&self, key: String, generation: u64, response: HubResponse) {
        let mut cached = lock(&self.0);
        if cached.0 > generation {
            return;
        }
        if cached.0 != generation || cached.1.len() >= MOST {
            cached.0 = generation;
            cached.1.clear();
        }
        cached.1.insert(key, response);
    }
}
