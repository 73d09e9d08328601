//! The Hub's side of Xet: tokens for the content store, and what files are called there.
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{Request, RouteResult, open, own, see};
use crate::blob::Blob;
use crate::hub::Hub;
use crate::names::RepoName;
use crate::response::{HubError, HubResponse};
use crate::xet::Scope;

/// What a client accepts that wants to know how a file is fetched from Xet, instead of its content.
pub(super) const FILE_INFO: &str = "application/vnd.xet-fileinfo+json";

/// `GET /api/{type}s/{id}/xet-{read|write}-token/{revision}`
pub(super) fn repo_token(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    write: bool,
    revision: &str,
) -> RouteResult {
    let mut state = hub.state();
    let proposes = request.flag("create_pr");
    let enabled = state.settings.xet;
    let repo = if !write {
        open(&mut state, request, name)?
    } else if proposes {
        request.writer()?;
        see(&mut state, request, name)?
    } else {
        own(&mut state, request, name)?
    };
    if !enabled {
        let message = format!("{} does not keep its files in Xet", name.id);
        return Err(HubError::new(StatusCode::NOT_FOUND, message).into());
    }
    // With `create_pr` the Python client asks for the revision `None`.
    if !proposes && repo.resolve(revision).is_none() {
        return Err(HubError::revision_not_found(revision).into());
    }
    let revision = (!proposes).then(|| revision.to_owned());
    drop(state);
    Ok(token(hub, Scope::Repo(name.clone(), revision), write))
}

/// A new token, as body and as headers; clients read one or the other.
pub(super) fn token(hub: &Hub, scope: Scope, write: bool) -> HubResponse {
    let token = Issued::new(hub, scope, write);
    let expires = token.expires.to_string();
    HubResponse::json(&json!({
        "accessToken": token.token, "casUrl": token.cas_url, "exp": token.expires,
    }))
    .named("x-xet-access-token", token.token)
    .named("x-xet-cas-url", token.cas_url)
    .named("x-xet-token-expiration", expires)
    // A token is made anew for each request: nothing to be kept for repetition.
    .named("cache-control", "no-store")
}

/// A token as the Hub hands it out.
struct Issued {
    token: String,
    cas_url: String,
    /// Seconds since 1970.
    expires: i64,
}

impl Issued {
    fn new(hub: &Hub, scope: Scope, write: bool) -> Self {
        let mut xet = hub.xet_state();
        let lifetime = xet.settings.token_lifetime;
        let cas_url = xet.settings.cas_url.clone();
        let issued = xet.tokens.issue(scope, write, lifetime);
        Self {
            token: issued.token,
            cas_url: cas_url.unwrap_or_else(|| hub.cas_endpoint()),
            expires: issued.expires.as_second(),
        }
    }
}

/// What an LFS batch tells a client that uploads by Xet: where to fetch the next token, and a first one.
pub(super) fn lfs_action(hub: &Hub, name: &RepoName) -> Value {
    let token = Issued::new(hub, Scope::Repo(name.clone(), None), true);
    let (kind, id) = (name.repo_type.api_plural(), &name.id);
    json!({
        "href": format!("{}/api/{kind}/{id}/xet-write-token/main", hub.endpoint()),
        "header": {
            "X-Xet-Cas-Url": token.cas_url,
            "X-Xet-Access-Token": token.token,
            "X-Xet-Token-Expiration": token.expires.to_string(),
            "X-Xet-Session-Id": format!("session-{}", token.expires),
        },
    })
}

/// The Xet hash of a large file; `None` if the store cannot have it.
pub(crate) fn xet_hash(hub: &Hub, blob: &Blob) -> Option<String> {
    let hash = hub.xet_state().take_in(blob)?;
    Some(hash.to_string())
}

/// The metadata of a file in Xet, as sent with redirects and in responses to `Accept:
/// application/vnd.xet-fileinfo+json`.
pub(super) struct Located {
    pub(super) hash: String,
    pub(super) size: u64,
    refresh: String,
    reconstruction: String,
}

impl Located {
    /// `route` is where tokens are fetched, a path of the Hub.
    pub(super) fn new(hub: &Hub, hash: String, size: u64, route: &str) -> Self {
        let settings = hub.xet_state().settings.clone();
        let refresh = settings.refresh_route;
        let store = settings.cas_url.unwrap_or_else(|| hub.cas_endpoint());
        Self {
            refresh: refresh.unwrap_or_else(|| format!("{}{route}", hub.endpoint())),
            reconstruction: format!("{store}/v1/reconstructions/{hash}"),
            hash,
            size,
        }
    }

    /// Adds the headers that every response about the file has.
    pub(super) fn tell(&self, response: HubResponse) -> HubResponse {
        let link = format!(
            "<{}>; rel=\"xet-auth\", <{}>; rel=\"xet-reconstruction-info\"",
            self.refresh, self.reconstruction
        );
        response.named("x-xet-hash", &self.hash).named("link", link)
    }

    /// Returns the metadata as the response, in place of the content.
    pub(super) fn info(&self, etag: &str) -> HubResponse {
        HubResponse::json(&json!({
            "hash": self.hash,
            "size": self.size,
            "etag": etag,
            "refreshUrl": self.refresh,
            "reconstructionUrl": self.reconstruction,
        }))
        .header(CONTENT_TYPE, FILE_INFO)
        .named("vary", "Origin, Accept")
    }
}

/// Whether a client wants to know of a file instead of its content.
pub(super) fn wants_info(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|accepted| accepted.contains(FILE_INFO))
}
