//! Files by name: `resolve`, its cache, `raw`, and ranges.
use std::ops::Range;
use std::sync::Arc;

use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName,
    IF_NONE_MATCH, IF_RANGE, RANGE,
};
use http::{HeaderMap, StatusCode};

use super::info::xet_hash;
use super::{
    Request, RouteResult, decode, encode, encode_path, object_url, open, split_id, split_revision,
};
use crate::blob::Blob;
use crate::hub::Hub;
use crate::names::{RepoName, RepoType};
use crate::response::{HubError, HubResponse, RouteError, TEXT};
use crate::store::{Entry, Gated, Oid, pointer};

const X_REPO_COMMIT: HeaderName = HeaderName::from_static("x-repo-commit");
const X_LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");

fn find(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
    path: &str,
) -> Result<(Arc<Entry>, Oid, bool), RouteError> {
    let mut state = hub.state();
    let repo = open(&mut state, request, name)?;
    let oid = repo
        .resolve(revision)
        .ok_or_else(|| HubError::revision_not_found(revision))?;
    let tree = repo.tree(&oid).unwrap_or_default();
    let public = !repo.private && repo.gated == Gated::No;
    match tree.get(path) {
        Some(entry) => Ok((Arc::clone(entry), oid, public)),
        None => Err(HubError::entry_not_found("Entry not found")
            .named("x-repo-commit", &*oid)
            .into()),
    }
}

/// `GET` and `HEAD /{id}/resolve/{revision}/{path}`
pub(super) fn resolve(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
    path: &str,
) -> RouteResult {
    let (entry, oid, public) = find(hub, request, name, revision, path)?;
    let state = hub.state();
    let response = if let Some(lfs) = &entry.lfs {
        let location = object_url(hub, &state, &lfs.sha256);
        let mut response = HubResponse::redirect(StatusCode::FOUND, &location)
            .header(ACCEPT_RANGES, "bytes")
            .named("cache-control", "no-store")
            .header(X_LINKED_ETAG, format!("\"{}\"", lfs.sha256))
            .named("x-linked-size", entry.blob.len().to_string());
        if state.settings.xet_headers {
            let hash = xet_hash(&lfs.sha256);
            let (kind, id) = (name.repo_type.plural(), &name.id);
            response = response.named("x-xet-hash", &hash).named(
                "link",
                format!(
                    "</api/{kind}/{id}/xet-read-token/{oid}>; rel=\"xet-auth\", <{}/v1/reconstructions/{hash}>; rel=\"xet-reconstruction-info\"",
                    hub.storage_endpoint()
                ),
            );
        }
        response
    } else if public && state.settings.resolve_cache {
        let etag = format!("\"{}\"", entry.oid);
        let location = format!(
            "/api/resolve-cache/{}/{}/{oid}/{}?{}=&etag={}",
            name.repo_type.plural(),
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
    Ok(response.header(X_REPO_COMMIT, &*oid))
}

/// `GET` and `HEAD /api/resolve-cache/{type}s/{id}/{commit}/{path}`
pub(super) fn cached(hub: &Hub, request: &Request, parts: &[String]) -> RouteResult {
    let (Some(repo_type), rest) = (
        parts.first().and_then(|kind| RepoType::parse(kind)),
        parts.get(1..).unwrap_or_default(),
    ) else {
        return Err(HubError::page_not_found().into());
    };
    // Unlike elsewhere, the id is always followed by a commit: an old one-part id is told by that.
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
    let (entry, oid, _) = find(hub, request, &name, &revision, &path)?;
    Ok(content(&request.headers, &entry, &path).header(X_REPO_COMMIT, &*oid))
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `GET /{id}/raw/{revision}/{path}`: what git holds, pointers included
pub(super) fn raw(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
    path: &str,
) -> RouteResult {
    let (entry, oid, _) = find(hub, request, name, revision, path)?;
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

/// Gives the part of a content that the request wants: `Range`, `If-Range`, `If-None-Match`.
pub(super) fn ranged(headers: &HeaderMap, mut response: HubResponse) -> HubResponse {
    response = response.header(ACCEPT_RANGES, "bytes");
    let etag = response.headers.get(ETAG).cloned();
    if etag.is_some() && headers.get(IF_NONE_MATCH) == etag.as_ref() {
        response.range = 0..0;
        return response.with_status(StatusCode::NOT_MODIFIED);
    }
    let same = headers
        .get(IF_RANGE)
        .is_none_or(|wanted| Some(wanted) == etag.as_ref());
    let Some(wanted) = headers
        .get(RANGE)
        .and_then(|value| value.to_str().ok())
        .filter(|_| same)
    else {
        return response;
    };
    let size = response.body.len();
    match range(wanted, size) {
        Wanted::All => response,
        Wanted::Part(part) => {
            let value = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            response.range = part;
            response
                .with_status(StatusCode::PARTIAL_CONTENT)
                .header(CONTENT_RANGE, value)
        }
        Wanted::Nothing => {
            HubResponse::text(StatusCode::RANGE_NOT_SATISFIABLE, "Range Not Satisfiable")
                .header(CONTENT_RANGE, format!("bytes */{size}"))
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// No range, several, or none that is understood: the whole content, as the standard allows.
    All,
    Part(Range<u64>),
    Nothing,
}

fn range(header: &str, size: u64) -> Wanted {
    let Some((first, last)) = header
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Wanted::All;
    };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), _) if first >= size => Wanted::Nothing,
        (Ok(first), Ok(last)) if last >= first => Wanted::Part(first..(last + 1).min(size)),
        (Ok(first), Err(_)) if last.trim().is_empty() => Wanted::Part(first..size),
        (Err(_), Ok(0)) => Wanted::Nothing,
        (Err(_), Ok(last)) if first.trim().is_empty() && size > 0 => {
            Wanted::Part(size.saturating_sub(last)..size)
        }
        (Err(_), Ok(_)) if size == 0 => Wanted::Nothing,
        _ => Wanted::All,
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, range};

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (header, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=2-5", Wanted::Part(2..6)),
            ("bytes=2-", Wanted::Part(2..10)),
            ("bytes=2-500", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=5-2", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("lines=0-1", Wanted::All),
        ] {
            assert_eq!(range(header, 10), expected, "{header}");
        }
        assert_eq!(range("bytes=0-", 0), Wanted::Nothing);
    }
}
