//! What the Hub has counted, for those who are not in its process. The real Hub has none of these routes.
use serde_json::json;

use crate::hub::Hub;
use crate::response::HubResponse;

/// `GET /-/testhub/requests`: the number of requests at all listeners before this one.
pub(super) fn requests(hub: &Hub) -> HubResponse {
    HubResponse::json(&json!({"requests": hub.0.log.total() - 1}))
}

/// `GET /-/testhub/xet`: what the content store has received and sent.
pub(super) fn xet(hub: &Hub) -> HubResponse {
    let stats = hub.xet().stats();
    HubResponse::json(&json!({
        "new_xorbs": stats.new_xorbs,
        "known_xorbs": stats.known_xorbs,
        "xorb_bytes": stats.xorb_bytes,
        "shards": stats.shards,
        "files": stats.files,
        "dedup_queries": stats.dedup_queries,
        "dedup_hits": stats.dedup_hits,
        "reconstructions": stats.reconstructions,
        "leaked_tokens": hub.leaked_tokens(),
    }))
}
