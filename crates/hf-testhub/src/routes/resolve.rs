//! Serves files by name: `resolve`, its cache, `raw`, and ranges.
use std::sync::Arc;

use http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderName};
use http::{HeaderMap, StatusCode};

use super::bridge::bridge_url;
use super::xet::{Located, wants_info, xet_hash};
use super::{
    Request, RouteResult, decode, encode, encode_path, object_url, open, split_id, split_revision,
};
use crate::blob::Blob;
use crate::hub::Hub;
use crate::mimic::Mimic;
use crate::names::{RepoName, repo_type_of};
use crate::range::ranged;
use crate::response::{HubError, HubResponse, RouteError, TEXT};
use crate::store::{Entry, Gated, Oid, RepoState, pointer};

const X_REPO_COMMIT: HeaderName = HeaderName::from_static("x-repo-commit");
const X_LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");

/// A file at a revision.
struct Found {
    entry: Arc<Entry>,
    oid: Oid,
    /// Whether anonymous users may read it.
    public: bool,
    /// Whether the revision is the name of a tag.
    by_tag: bool,
    /// The file at the same path on the main branch.
    newest: Option<Arc<Entry>>,
}

fn find(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
    path: &str,
) -> Result<Found, RouteError> {
    let mut state = hub.state();
    let repo = open(&mut state, request, name)?;
    let oid = repo
        .resolve(revision)
        .ok_or_else(|| HubError::revision_not_found(revision))?;
    let tree = repo.tree(&oid).unwrap_or_default();
    let public = !repo.private && repo.gated == Gated::No;
    match tree.get(path) {
        Some(entry) => Ok(Found {
            newest: newest(repo, path),
            by_tag: repo.refs.contains_key(&format!("refs/tags/{revision}")),
            entry: Arc::clone(entry),
            oid,
            public,
        }),
        None => Err(HubError::entry_not_found("Entry not found")
            .named("x-repo-commit", &*oid)
            .into()),
    }
}

fn newest(repo: &mut RepoState, path: &str) -> Option<Arc<Entry>> {
    let head = repo.resolve("main")?;
    repo.tree(&head)?.get(path).cloned()
}

/// `GET` and `HEAD /{id}/resolve/{revision}/{path}`
pub(super) fn resolve(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
    path: &str,
) -> RouteResult {
    let found = find(hub, request, name, revision, path)?;
    let Found {
        entry, oid, public, ..
    } = found;
    let state = hub.state();
    let kohaku = state.settings.mimic == Mimic::KohakuHub;
    let mut response = if let Some(lfs) = &entry.lfs {
        let located = state
            .settings
            .xet
            .then(|| xet_hash(hub, &entry.blob))
            .flatten();
        let located = located.map(|hash| {
            let (kind, id) = (name.repo_type.api_plural(), &name.id);
            let route = format!("/api/{kind}/{id}/xet-read-token/{oid}");
            Located::new(hub, hash, entry.blob.len(), &route)
        });
        let etag = format!("\"{}\"", lfs.sha256);
        let response = match &located {
            Some(located) if wants_info(&request.headers) => located.info(&etag),
            Some(located) => {
                HubResponse::redirect(StatusCode::FOUND, &bridge_url(hub, &state, &located.hash))
            }
            None => HubResponse::redirect(StatusCode::FOUND, &object_url(hub, &state, &lfs.sha256)),
        };
        let response = match &located {
            Some(located) => located.tell(response),
            None => response,
        };
        response
            .header(ACCEPT_RANGES, "bytes")
            .named("cache-control", "no-store")
            .header(X_LINKED_ETAG, etag)
            .named("x-linked-size", entry.blob.len().to_string())
    } else if public && state.settings.resolve_cache {
        let etag = format!("\"{}\"", entry.oid);
        let location = format!(
            "/api/resolve-cache/{}/{}/{oid}/{}?{}=&etag={}",
            name.repo_type.api_plural(),
            name.id,
            encode_path(path),
            encode(&decode(&request.path)),
            encode(&etag),
        );
        HubResponse::redirect(StatusCode::TEMPORARY_REDIRECT, &location)
            .header(ACCEPT_RANGES, "bytes")
            .header(CONTENT_DISPOSITION, disposition(path))
            .header(X_LINKED_ETAG, etag)
    } else {
        content(&request.headers, &entry, path)
    };
    if kohaku && let Some(newest) = found.newest {
        for header in [ETAG, X_LINKED_ETAG] {
            if response.headers.contains_key(&header) {
                response = response.header(header, format!("\"{}\"", newest.etag()));
            }
        }
    }
    let commit = if kohaku && found.by_tag {
        revision
    } else {
        &*oid
    };
    Ok(response.header(X_REPO_COMMIT, commit))
}

/// `GET` and `HEAD /api/resolve-cache/{type}s/{id}/{commit}/{path}`
pub(super) fn cached(hub: &Hub, request: &Request, parts: &[String]) -> RouteResult {
    let (Some(repo_type), rest) = (
        parts.first().and_then(|kind| repo_type_of(kind)),
        parts.get(1..).unwrap_or_default(),
    ) else {
        return Err(HubError::page_not_found().into());
    };
    // Unlike elsewhere, the id is always followed by a commit, by which an old one-part id is
    // recognised.
    let (id, rest) = match rest {
        [name, commit, rest @ ..]
            if is_commit(commit) && !rest.first().is_some_and(|r| is_commit(r)) =>
        {
            (
                name.clone(),
                std::iter::once(commit.clone())
                    .chain(rest.iter().cloned())
                    .collect::<Vec<_>>(),
            )
        }
        _ => {
            let (id, rest) = split_id(rest);
            (id, rest.to_vec())
        }
    };
    let name = RepoName::new(repo_type, id);
    let (revision, path) = split_revision(&rest).ok_or_else(HubError::page_not_found)?;
    let path = path.join("/");
    let Found { entry, oid, .. } = find(hub, request, &name, &revision, &path)?;
    Ok(content(&request.headers, &entry, &path).header(X_REPO_COMMIT, &*oid))
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `GET /{id}/raw/{revision}/{path}`: the content in git, including LFS pointers
pub(super) fn raw(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
    path: &str,
) -> RouteResult {
    let Found { entry, oid, .. } = find(hub, request, name, revision, path)?;
    let response = match &entry.lfs {
        Some(lfs) => HubResponse::new(StatusCode::OK, pointer(&lfs.sha256, entry.blob.len()))
            .header(CONTENT_TYPE, TEXT)
            .header(ETAG, format!("\"{}\"", entry.oid)),
        None => content(&request.headers, &entry, path),
    };
    Ok(response.header(X_REPO_COMMIT, &*oid))
}

fn disposition(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii() && c != '"' && !c.is_control() {
                c
            } else {
                '?'
            }
        })
        .collect();
    format!(
        "inline; filename*=UTF-8''{}; filename=\"{plain}\";",
        encode(name)
    )
}

fn content(headers: &HeaderMap, entry: &Entry, path: &str) -> HubResponse {
    let response = HubResponse::new(StatusCode::OK, Blob::clone(&entry.blob))
        .header(CONTENT_TYPE, TEXT)
        .header(CONTENT_DISPOSITION, disposition(path))
        .named("content-security-policy", "default-src 'none'; sandbox")
        .header(ETAG, format!("\"{}\"", entry.etag()));
    ranged(headers, response)
}
