//! Tokens for Xet storage. The storage itself is not offered: the URL they name is that of a storage without Xet.
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Request, RouteResult, open, own, see};
use crate::hub::Hub;
use crate::names::RepoName;
use crate::response::{HubError, HubResponse};

/// How long a token is said to be valid.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// `GET /api/{type}s/{id}/xet-{read|write}-token/{revision}`
pub(super) fn repo_token(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    permission: &str,
    revision: &str,
) -> RouteResult {
    let mut state = hub.state();
    let proposes = request.flag("create_pr");
    let repo = match permission {
        "read" => open(&mut state, request, name)?,
        _ if proposes => {
            request.writer()?;
            see(&mut state, request, name)?
        }
        _ => own(&mut state, request, name)?,
    };
    // With `create_pr` the Python client asks for the revision `None`.
    if !proposes && repo.resolve(revision).is_none() {
        return Err(HubError::revision_not_found(revision).into());
    }
    drop(state);
    Ok(token(hub, permission))
}

/// The token as body and as headers; clients read one or the other.
pub(super) fn token(hub: &Hub, permission: &str) -> HubResponse {
    let token = format!("xet_testhub{permission}");
    let expires = (Timestamp::now() + LIFETIME).as_second();
    let storage = hub.storage_endpoint();
    HubResponse::json(&json!({"accessToken": token, "casUrl": storage, "exp": expires}))
        .named("x-xet-access-token", token)
        .named("x-xet-cas-url", storage)
        .named("x-xet-token-expiration", expires.to_string())
        // A token is made anew for each request: nothing to be kept for repetition.
        .named("cache-control", "no-store")
}
