//! Lists files, and looks up some of them by path.
use serde_json::{Value, json};

use super::info::MASK;
use super::{Request, RouteResult, page, see, xet_hash};
use crate::hub::Hub;
use crate::names::RepoName;
use crate::response::{HubError, HubResponse, RouteError};
use crate::store::{Entry, Oid, RepoState, Tree, date, list as list_tree, under};
use std::sync::Arc;

/// How entries are shown to a viewer.
#[derive(Clone, Copy)]
struct Show<'a> {
    hub: &'a Hub,
    expand: bool,
    masked: bool,
    xet: bool,
}

/// Returns the files of a repository at a revision, and how the viewer may see them.
fn at<'a>(
    hub: &'a Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
    expand: bool,
) -> Result<(Show<'a>, Arc<Tree>, Oid), RouteError> {
    let mut state = hub.state();
    see(&mut state, request, name)?;
    let show = Show {
        hub,
        expand,
        masked: state
            .repos
            .get(name)
            .is_some_and(|repo| !state.has_access(&request.viewer, repo)),
        xet: state.settings.xet,
    };
    let repo = see(&mut state, request, name)?;
    let oid = repo
        .resolve(revision)
        .ok_or_else(|| HubError::revision_not_found(revision))?;
    let tree = repo
        .tree(&oid)
        .ok_or_else(|| HubError::revision_not_found(revision))?;
    Ok((show, tree, oid))
}

/// `GET /api/{type}s/{id}/tree/{revision}/{path}`
pub(super) fn list(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
    path: &str,
) -> RouteResult {
    let path = path.trim_matches('/');
    let expand = request.flag("expand");
    let (show, tree, oid) = at(hub, request, name, revision, expand)?;
    let mut state = hub.state();
    let recursive = request.flag("recursive");
    let listing = state.listings.list(&oid, &tree, path, recursive);
    let listing = listing.ok_or_else(|| {
        HubError::entry_not_found(format!("{path} does not exist on \"{revision}\""))
    })?;

    // Looking up last commits is expensive for the real Hub, so it returns fewer entries at once.
    let most = if expand {
        state.settings.page_size.min(100)
    } else {
        state.settings.page_size
    };
    let folders = listing.directories.len();
    let page = page(hub, request, folders + listing.files.len(), most)?;
    let repo = see(&mut state, request, name)?;
    let mut entries = Vec::with_capacity(page.range.len());
    for index in page.range {
        entries.push(if index < folders {
            let (path, oid) = &listing.directories[index];
            folder(repo, &tree, path, oid, show)
        } else {
            let (path, entry) = &listing.files[index - folders];
            file(repo, path, entry, show)
        });
    }
    Ok(HubResponse::json(&Value::Array(entries))
        .link(page.next)
        .named("x-repo-commit", &*oid))
}

/// `POST /api/{type}s/{id}/paths-info/{revision}`, with a form or JSON
pub(super) fn paths_info(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
) -> RouteResult {
    let body = request.json_or_form()?;
    let paths: Vec<&str> = match body.get("paths") {
        Some(Value::Array(paths)) => paths.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(path)) => vec![path],
        _ => {
            return Err(
                HubError::bad_request("✖ Invalid input: expected array\n  → at paths").into(),
            );
        }
    };
    let expand = body.get("expand").is_some_and(|value| match value {
        Value::Bool(expand) => *expand,
        other => matches!(other.as_str(), Some("true" | "True" | "1")),
    });
    let (show, tree, _) = at(hub, request, name, revision, expand)?;
    let mut state = hub.state();
    let repo = see(&mut state, request, name)?;
    let mut entries = Vec::new();
    for path in paths {
        let path = path.trim_matches('/');
        if let Some((path, entry)) = tree.get_key_value(path) {
            entries.push(file(repo, path, entry, show));
        } else if let Some(parent) = list_tree(&tree, parent_of(path), false)
            && let Some((path, oid)) = parent.directories.iter().find(|(folder, _)| folder == path)
        {
            entries.push(folder(repo, &tree, path, oid, show));
        }
    }
    Ok(HubResponse::json(&Value::Array(entries)))
}

fn parent_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn file(repo: &RepoState, path: &str, entry: &Entry, show: Show<'_>) -> Value {
    let mut body =
        json!({"type": "file", "oid": entry.oid, "size": entry.blob.len(), "path": path});
    if let Some(lfs) = &entry.lfs {
        let oid = if show.masked { MASK } else { &lfs.sha256 };
        body["lfs"] =
            json!({"oid": oid, "size": entry.blob.len(), "pointerSize": lfs.pointer_size});
        if show.xet && show.masked {
            body["xetHash"] = MASK.into();
        } else if show.xet
            && let Some(hash) = xet_hash(show.hub, &entry.blob)
        {
            body["xetHash"] = hash.into();
        }
    }
    if show.expand {
        body["lastCommit"] = last_commit(repo, &entry.last_commit);
        body["securityFileStatus"] = json!({
            "status": "safe",
            "protectAiScan": {"status": "unscanned"},
            "avScan": {"status": "safe", "message": "No security issues detected"},
            "pickleImportScan": {"status": "unscanned", "pickleImports": [], "version": "0.0.0"},
            "virusTotalScan": {"status": "unscanned"},
            "jFrogScan": {"status": "unscanned", "message": "Not a machine-learning model"},
        });
    }
    body
}

fn folder(repo: &RepoState, tree: &Tree, path: &str, oid: &str, show: Show<'_>) -> Value {
    let mut body = json!({"type": "directory", "oid": oid, "size": 0, "path": path});
    if show.expand {
        let prefix = format!("{path}/");
        let newest = under(tree, &prefix)
            .map(|(_, entry)| &entry.last_commit)
            .max_by_key(|oid| repo.commits.get(*oid).map(|commit| commit.date));
        if let Some(newest) = newest {
            body["lastCommit"] = last_commit(repo, newest);
        }
    }
    body
}

fn last_commit(repo: &RepoState, oid: &Oid) -> Value {
    repo.commits.get(oid).map_or(
        Value::Null,
        |commit| json!({"id": &*commit.oid, "title": commit.title, "date": date(commit.date)}),
    )
}
