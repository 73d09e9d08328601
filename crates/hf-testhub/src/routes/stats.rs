//! What the Hub has counted, for those who are not in its process. The real Hub has none of these routes.
use serde_json::json;

use super::{Request, RouteResult};
use crate::hub::Hub;
use crate::response::{HubError, HubResponse};

/// `GET /-/testhub/requests`: the number of requests at all listeners before this one.
///
/// With `from`, also the requests from this number on: the listener, the method, and the path with its query. A Hub that
/// was started by a command remembers the last hundred.
pub(super) fn requests(hub: &Hub, request: &Request) -> RouteResult {
    let total = hub.0.log.total() - 1;
    let Some(from) = request.get("from") else {
        return Ok(HubResponse::json(&json!({"requests": total})));
    };
    let from: u64 = from
        .parse()
        .map_err(|_| HubError::invalid("expected number", "from"))?;
    let requests = hub.requests();
    let lines = requests
        .iter()
        .filter(|request| (from..total).contains(&request.number))
        .map(|request| format!("{:?} {}", request.listener, request.line()));
    Ok(HubResponse::json(
        &json!({"requests": total, "lines": lines.collect::<Vec<_>>()}),
    ))
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
