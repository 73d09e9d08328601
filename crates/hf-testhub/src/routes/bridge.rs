//! The bridge: whole files from Xet over plain HTTP, by signed URLs.
use std::io;

use http::header::{CONTENT_TYPE, ETAG};
use http::request::Parts;
use http::{Method, StatusCode};

use super::pairs;
use super::signed_url::sign;
use crate::hub::Hub;
use crate::range::ranged;
use crate::request_body::RequestBody;
use crate::response::{HubResponse, storage_error};
use crate::store::State;

/// Where a file is fetched over plain HTTP.
pub(super) fn bridge_url(hub: &Hub, state: &State, hash: &str) -> String {
    let path = format!("/xet-bridge/{hash}");
    let epoch = state.epoch;
    let signature = sign(&format!("{path} {epoch}"));
    format!(
        "{}{path}?X-Amz-Expires=3600&epoch={epoch}&X-Amz-Signature={signature}",
        hub.bridge_endpoint()
    )
}

/// Handles a request to the bridge.
pub(crate) async fn answer(
    hub: &Hub,
    parts: &Parts,
    body: &mut RequestBody,
) -> io::Result<HubResponse> {
    body.drain().await?;
    let path = parts.uri.path();
    let expected = sign(&format!("{path} {}", hub.state().epoch));
    let query = pairs(parts.uri.query().unwrap_or_default());
    if !query
        .iter()
        .any(|(key, value)| key == "X-Amz-Signature" && *value == expected)
    {
        return Ok(storage_error(
            StatusCode::FORBIDDEN,
            "AccessDenied",
            "Request has expired",
        ));
    }
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(storage_error(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "The specified method is not allowed.",
        ));
    }
    let hash = path.strip_prefix("/xet-bridge/").unwrap_or_default();
    Ok(match hub.xet().file(hash) {
        None => storage_error(
            StatusCode::NOT_FOUND,
            "NoSuchKey",
            "The specified key does not exist.",
        ),
        Some(blob) if blob.is_discarded() => storage_error(
            StatusCode::GONE,
            "Discarded",
            "This Hub keeps no uploaded content.",
        ),
        Some(blob) => {
            let response = HubResponse::new(StatusCode::OK, blob)
                .header(CONTENT_TYPE, "application/octet-stream")
                .header(ETAG, format!("\"{hash}\""));
            ranged(&parts.headers, response)
        }
    })
}
