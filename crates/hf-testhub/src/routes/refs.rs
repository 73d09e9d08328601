//! Branches, tags, pull request refs, and the commits behind them.
use std::fmt::Write as _;
use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::{Request, RouteResult, encode, open, own, see};
use crate::hub::Hub;
use crate::names::RepoName;
use crate::response::{HubError, HubResponse};
use crate::store::{Change, Commit, CommitRequest, apply_changes, date};

/// `GET /api/{type}s/{id}/refs`
pub(super) fn list(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let mut state = hub.state();
    let repo = see(&mut state, request, name)?;
    let under = |prefix: &str| -> Value {
        repo.refs
            .iter()
            .filter_map(|(full, oid)| {
                let name = full.strip_prefix(prefix)?;
                Some(json!({"name": name, "ref": full, "targetCommit": &**oid}))
            })
            .collect()
    };
    let mut body = json!({
        "branches": under("refs/heads/"),
        "tags": under("refs/tags/"),
        "converts": under("refs/convert/"),
    });
    if request.flag("include_prs") {
        body["pullRequests"] = under("refs/pr/");
    }
    Ok(HubResponse::json(&body))
}

fn check_ref(name: &str) -> Result<(), HubError> {
    let bad = name.is_empty()
        || name.starts_with(['/', '-', '.'])
        || name.ends_with(['/', '.'])
        || name.contains("..")
        || name.contains("//")
        || name
            .chars()
            .any(|c| c.is_control() || " ~^:?*[\\".contains(c));
    if bad {
        return Err(HubError::bad_request(format!(
            "Invalid reference name: {name}"
        )));
    }
    Ok(())
}

/// `POST /api/{type}s/{id}/branch/{branch}`
pub(super) fn create_branch(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    branch: &str,
) -> RouteResult {
    let body = request.json()?;
    check_ref(branch)?;
    let mut state = hub.change();
    let repo = own(&mut state, request, name)?;
    let reference = format!("refs/heads/{branch}");
    if repo.refs.contains_key(&reference) {
        return Err(HubError::conflict(format!("Reference already exists:{reference}")).into());
    }
    let start = body
        .get("startingPoint")
        .and_then(Value::as_str)
        .unwrap_or("main");
    let oid = repo
        .resolve(start)
        .ok_or_else(|| HubError::revision_not_found(start))?;
    repo.refs.insert(reference, oid);
    Ok(HubResponse::json(&json!({})))
}

/// `DELETE /api/{type}s/{id}/branch/{branch}`
pub(super) fn delete_branch(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    branch: &str,
) -> RouteResult {
    let mut state = hub.change();
    let repo = own(&mut state, request, name)?;
    if branch == "main" {
        return Err(HubError::forbidden("Cannot delete main branch").into());
    }
    if repo.refs.remove(&format!("refs/heads/{branch}")).is_none() {
        let message = format!("Reference does not exist: refs/heads/{branch}");
        return Err(HubError::new(StatusCode::NOT_FOUND, message)
            .code("RevisionNotFound")
            .into());
    }
    Ok(HubResponse::json(&json!({})))
}

/// `POST /api/{type}s/{id}/tag/{revision}`, with the name of the tag in the body
pub(super) fn create_tag(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
) -> RouteResult {
    let body = request.json()?;
    let tag = body
        .get("tag")
        .and_then(Value::as_str)
        .ok_or_else(|| HubError::bad_request("✖ Invalid input: expected string\n  → at tag"))?;
    check_ref(tag)?;
    let mut state = hub.change();
    let repo = own(&mut state, request, name)?;
    let oid = repo
        .resolve(revision)
        .ok_or_else(|| HubError::revision_not_found(revision))?;
    let reference = format!("refs/tags/{tag}");
    if repo.refs.contains_key(&reference) {
        return Err(
            HubError::conflict(format!("Tag reference exists already: {reference}")).into(),
        );
    }
    repo.refs.insert(reference, oid);
    Ok(HubResponse::json(&json!({})))
}

/// `DELETE /api/{type}s/{id}/tag/{tag}`
pub(super) fn delete_tag(hub: &Hub, request: &Request, name: &RepoName, tag: &str) -> RouteResult {
    let mut state = hub.change();
    let repo = own(&mut state, request, name)?;
    if repo.refs.remove(&format!("refs/tags/{tag}")).is_none() {
        return Err(HubError::revision_not_found(tag).into());
    }
    Ok(HubResponse::json(&json!({})))
}

/// `GET /api/{type}s/{id}/commits/{revision}`
pub(super) fn commits(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: &str,
) -> RouteResult {
    let mut state = hub.state();
    let repo = open(&mut state, request, name)?;
    let oid = repo
        .resolve(revision)
        .ok_or_else(|| HubError::revision_not_found(revision))?;
    let history = repo.history(&oid);
    let number = |name: &str, default: usize| match request.get(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| {
            HubError::bad_request(format!("✖ Invalid input: expected number\n  → at {name}"))
        }),
    };
    let (page, limit) = (number("p", 0)?, number("limit", 50)?.clamp(1, 1000));
    let formatted = request.all("expand").any(|what| what == "formatted");
    let total = history.len();
    let items: Vec<Value> = history
        .into_iter()
        .skip(page * limit)
        .take(limit)
        .map(|commit| describe(commit, formatted))
        .collect();
    let mut response = HubResponse::json(&items.into()).named("x-total-count", total.to_string());
    if (page + 1) * limit < total {
        let mut next = format!(
            "<{}{}?p={}&limit={limit}",
            hub.endpoint(),
            request.path,
            page + 1
        );
        if formatted {
            let _ = write!(next, "&{}=formatted", encode("expand[]"));
        }
        response = response.named("link", format!("{next}>; rel=\"next\""));
    }
    Ok(response)
}

fn describe(commit: &Commit, formatted: bool) -> Value {
    let authors: Vec<_> = commit
        .authors
        .iter()
        .map(|user| json!({"user": user, "avatar": "/avatars/user.svg"}))
        .collect();
    let mut body = json!({
        "id": &*commit.oid,
        "title": commit.title,
        "message": commit.message,
        "authors": authors,
        "date": date(commit.date),
    });
    if formatted {
        body["formatted"] = json!({
            "title": escape(&commit.title),
            "message": escape(&commit.message),
        });
    }
    body
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// `POST /api/{type}s/{id}/super-squash/{branch}`
pub(super) fn super_squash(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    branch: &str,
) -> RouteResult {
    let body = request.json()?;
    let title = body
        .get("message")
        .and_then(Value::as_str)
        .filter(|message| !message.is_empty())
        .unwrap_or("Super-squash branch using huggingface_hub")
        .to_owned();
    let author = request.user()?.to_owned();
    let mut state = hub.change();
    let number = state.next_number();
    let repo = own(&mut state, request, name)?;
    let reference = if branch.starts_with("refs/") {
        branch.to_owned()
    } else {
        format!("refs/heads/{branch}")
    };
    let old = repo
        .refs
        .get(&reference)
        .filter(|_| !reference.starts_with("refs/tags/"))
        .cloned()
        .ok_or_else(|| HubError::revision_not_found(branch))?;
    let tree = repo.tree(&old).unwrap_or_default();
    let changes: Vec<Change> = tree
        .iter()
        .map(|(path, entry)| (Arc::clone(path), Some((**entry).clone())))
        .collect();
    let message = String::new();
    let oid = apply_changes(
        repo,
        &reference,
        None,
        CommitRequest {
            title,
            message,
            author,
            changes,
            number,
        },
    );
    // A squashed pull request has no base: all of its content is its own.
    if let Some(discussion) = reference
        .strip_prefix("refs/pr/")
        .and_then(|num| repo.discussions.get_mut(&num.parse().ok()?))
    {
        discussion.base = Some(Arc::clone(&oid));
    }
    Ok(HubResponse::json(&json!({"commitId": &*oid})))
}
