//! Discussions and pull requests.
use std::sync::Arc;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::merge::merge;
use super::people::account_id;
use super::{Request, RouteResult, own, see};
use crate::blob::sha1_hex;
use crate::hub::Hub;
use crate::names::RepoName;
use crate::response::{HubError, HubResponse};
use crate::store::{Discussion, Oid, RepoState, date};

/// The number of discussions per page.
const PAGE: usize = 50;

pub(super) fn route(hub: &Hub, request: &Request, name: &RepoName, tail: &[String]) -> RouteResult {
    let tail: Vec<&str> = tail.iter().map(String::as_str).collect();
    let num = tail
        .first()
        .map(|num| num.parse::<u64>().map_err(|_| HubError::page_not_found()))
        .transpose()?;
    match (request.method.as_str(), num, tail.get(1)) {
        ("GET", None, None) => list(hub, request, name),
        ("POST", None, None) => create(hub, request, name),
        ("GET", Some(num), None) => details(hub, request, name, num),
        ("POST", Some(num), Some(&"comment")) if tail.len() == 4 => {
            change_comment(hub, request, name, num, tail[2], tail[3])
        }
        ("POST", Some(num), Some(&action @ ("comment" | "title" | "status" | "merge")))
            if tail.len() == 2 =>
        {
            act(hub, request, name, num, action)
        }
        _ => Err(request.not_offered().into()),
    }
}

/// Opens a pull request from `base`, and returns its number.
pub(super) fn open_pull_request(
    repo: &mut RepoState,
    title: &str,
    description: &str,
    author: &str,
    status: &'static str,
    base: &Oid,
) -> u64 {
    let num = add(
        repo,
        title,
        description,
        author,
        status,
        Some(Arc::clone(base)),
    );
    repo.refs.insert(format!("refs/pr/{num}"), Arc::clone(base));
    num
}

fn add(
    repo: &mut RepoState,
    title: &str,
    description: &str,
    author: &str,
    status: &'static str,
    base: Option<Oid>,
) -> u64 {
    let num = repo
        .discussions
        .keys()
        .next_back()
        .map_or(1, |last| last + 1);
    let mut discussion = Discussion {
        num,
        title: title.to_owned(),
        author: author.to_owned(),
        status,
        is_pull_request: base.is_some(),
        created: Timestamp::now(),
        base,
        merge_commit: None,
        events: Vec::new(),
    };
    let data = comment(&repo.name, &discussion, description, author);
    discussion.events.push(data);
    repo.discussions.insert(num, discussion);
    num
}

fn author(name: &str) -> Value {
    json!({
        "_id": account_id(name), "avatarUrl": "/avatars/user.svg", "fullname": name, "name": name,
        "type": "user", "isPro": false, "isHf": false, "isMod": false,
    })
}

fn event(repo: &RepoName, discussion: &Discussion, kind: &str, by: &str, data: &Value) -> Value {
    let place = format!("{repo} {} {}", discussion.num, discussion.events.len());
    json!({
        "id": sha1_hex(&[b"event ", place.as_bytes()])[..24],
        "author": author(by),
        "createdAt": date(Timestamp::now()),
        "type": kind,
        "data": data,
    })
}

fn comment(repo: &RepoName, discussion: &Discussion, text: &str, by: &str) -> Value {
    let data = json!({
        "edited": false, "hidden": false,
        "latest": {
            "raw": text, "html": format!("<p>{text}</p>"), "updatedAt": date(Timestamp::now()),
            "author": author(by),
        },
        "numEdits": 0, "editors": [by], "reactions": [],
    });
    event(repo, discussion, "comment", by, &data)
}

fn summary(repo: &RepoName, discussion: &Discussion) -> Value {
    json!({
        "num": discussion.num,
        "author": author(&discussion.author),
        "repo": {"name": repo.id, "type": repo.repo_type.as_str()},
        "title": discussion.title,
        "status": discussion.status,
        "createdAt": date(discussion.created),
        "isPullRequest": discussion.is_pull_request,
        "numComments": discussion.events.iter().filter(|e| e["type"] == "comment").count(),
        "topReactions": [], "numReactionUsers": 0, "pinned": false,
    })
}

fn list(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let mut state = hub.state();
    let repo = see(&mut state, request, name)?;
    let fits = |discussion: &&Discussion| {
        let kind = match request.get("type") {
            Some("pull_request") => discussion.is_pull_request,
            Some("discussion") => !discussion.is_pull_request,
            _ => true,
        };
        let status = match request.get("status") {
            Some("open") => matches!(discussion.status, "open" | "draft"),
            Some("closed") => matches!(discussion.status, "closed" | "merged"),
            _ => true,
        };
        kind && status
            && request
                .get("author")
                .is_none_or(|author| author == discussion.author)
    };
    let found: Vec<&Discussion> = repo.discussions.values().rev().filter(fits).collect();
    let start = request
        .get("p")
        .and_then(|p| p.parse::<usize>().ok())
        .unwrap_or(0)
        * PAGE;
    let closed = repo
        .discussions
        .values()
        .filter(|d| matches!(d.status, "closed" | "merged"))
        .count();
    let items: Vec<Value> = found
        .iter()
        .skip(start)
        .take(PAGE)
        .map(|d| summary(&repo.name, d))
        .collect();
    Ok(HubResponse::json(&json!({
        "discussions": items, "count": found.len(), "start": start, "numClosedDiscussions": closed,
    })))
}

fn create(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let body = request.json()?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let title = text("title")
        .filter(|title| title.trim().chars().count() >= 3)
        .ok_or_else(|| {
            HubError::bad_request(
                "✖ Too small: expected string to have >=3 characters\n  → at title",
            )
        })?;
    let description = text("description").unwrap_or_default();
    let pull_request = body
        .get("pullRequest")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let user = request.user()?.to_owned();
    let mut state = hub.change();
    let repo = see(&mut state, request, name)?;
    request.writer()?;
    let num = if pull_request {
        let head = repo
            .resolve("main")
            .ok_or_else(|| HubError::revision_not_found("main"))?;
        open_pull_request(repo, title, description, &user, "draft", &head)
    } else {
        add(repo, title, description, &user, "open", None)
    };
    Ok(HubResponse::json(&json!({
        "num": num,
        "pullRequest": pull_request,
        "url": format!("{}/{name}/discussions/{num}", hub.endpoint()),
    })))
}

fn known(repo: &RepoState, num: u64) -> Result<&Discussion, HubError> {
    repo.discussions
        .get(&num)
        .ok_or_else(|| HubError::new(StatusCode::NOT_FOUND, "Discussion not found"))
}

fn details(hub: &Hub, request: &Request, name: &RepoName, num: u64) -> RouteResult {
    let mut state = hub.state();
    let repo = see(&mut state, request, name)?;
    let discussion = known(repo, num)?;
    let mut events = discussion.events.clone();
    let mut body = summary(&repo.name, discussion);
    if let Some(base) = &discussion.base {
        let head = repo.refs.get(&format!("refs/pr/{num}")).cloned();
        let own: Vec<_> = head
            .map(|head| repo.history(&head))
            .unwrap_or_default()
            .into_iter()
            .take_while(|commit| commit.oid != *base)
            .collect();
        for commit in own.iter().rev() {
            events.push(json!({
                "id": commit.oid[..24],
                "author": author(commit.authors.first().map_or("", String::as_str)),
                "createdAt": date(commit.date),
                "type": "commit",
                "data": {"subject": commit.title, "oid": &*commit.oid},
            }));
        }
        body["changes"] =
            json!({"base": "refs/heads/main", "mergeCommitId": discussion.merge_commit.as_deref()});
        body["filesWithConflicts"] = json!([]);
        if request.flag("diff") {
            body["diff"] = "".into();
        }
    }
    body["events"] = events.into();
    body["collection"] = "discussions".into();
    body["locked"] = false.into();
    Ok(HubResponse::json(&body))
}

fn act(hub: &Hub, request: &Request, name: &RepoName, num: u64, action: &str) -> RouteResult {
    let body = request.json()?;
    let text = |key: &str| {
        body.get(key).and_then(Value::as_str).ok_or_else(|| {
            HubError::bad_request(format!("✖ Invalid input: expected string\n  → at {key}"))
        })
    };
    let user = request.user()?.to_owned();
    let mut state = hub.change();
    let number = state.next_number();
    let repo = see(&mut state, request, name)?;
    request.writer()?;
    known(repo, num)?;
    if action == "merge" {
        own(&mut state, request, name)?;
        let repo = see(&mut state, request, name)?;
        let discussion = known(repo, num)?.clone();
        let oid = merge(repo, &discussion, &user, number)?;
        let data = json!({"status": "merged"});
        let event = event(&repo.name, &discussion, "status-change", &user, &data);
        if let Some(discussion) = repo.discussions.get_mut(&num) {
            discussion.events.push(event);
            discussion.status = "merged";
            discussion.merge_commit = Some(Arc::clone(&oid));
        }
        return Ok(HubResponse::json(&json!({"mergeCommitId": &*oid})));
    }
    let repo_name = repo.name.clone();
    let gone = || HubError::new(StatusCode::NOT_FOUND, "Discussion not found");
    let discussion = repo.discussions.get_mut(&num).ok_or_else(gone)?;
    let (key, status, event) = match action {
        "comment" => (
            "newMessage",
            StatusCode::CREATED,
            comment(&repo_name, discussion, text("comment")?, &user),
        ),
        "title" => {
            let to = text("title")?.to_owned();
            let data = json!({"from": discussion.title, "to": to});
            discussion.title = to;
            (
                "newTitle",
                StatusCode::OK,
                event(&repo_name, discussion, "title-change", &user, &data),
            )
        }
        "status" => {
            let status = match text("status")? {
                "open" => "open",
                "closed" => "closed",
                _ => {
                    return Err(HubError::bad_request(
                        "✖ Invalid option: expected one of \"open\"|\"closed\"\n  → at status",
                    )
                    .into());
                }
            };
            discussion.status = status;
            let mut data = json!({"status": status});
            if let Some(reason) = body.get("comment") {
                data["reason"] = reason.clone();
            }
            (
                "newStatus",
                StatusCode::OK,
                event(&repo_name, discussion, "status-change", &user, &data),
            )
        }
        _ => return Err(request.not_offered().into()),
    };
    discussion.events.push(event.clone());
    Ok(HubResponse::json(&json!({ key: event })).with_status(status))
}

/// `POST .../comment/{id}/edit` and `/hide`
fn change_comment(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    num: u64,
    id: &str,
    action: &str,
) -> RouteResult {
    let body = request.json()?;
    let user = request.writer()?.to_owned();
    let mut state = hub.change();
    let owns = state.owns(&user, name.owner());
    let repo = see(&mut state, request, name)?;
    known(repo, num)?;
    let events = repo.discussions.get_mut(&num).map(|d| &mut d.events);
    let comment = events
        .and_then(|events| {
            events
                .iter_mut()
                .find(|event| event["id"] == id && event["type"] == "comment")
        })
        .ok_or_else(|| HubError::new(StatusCode::NOT_FOUND, "Comment not found"))?;
    if comment["author"]["name"] != user.as_str() && !(owns && action == "hide") {
        return Err(HubError::no_permission().into());
    }
    let now = date(Timestamp::now());
    let data = &mut comment["data"];
    match action {
        "edit" => {
            let text = body.get("content").and_then(Value::as_str);
            let text = text.ok_or_else(|| HubError::invalid("expected string", "content"))?;
            if data["hidden"] == true {
                return Err(HubError::bad_request("A hidden comment cannot be edited").into());
            }
            data["edited"] = true.into();
            data["numEdits"] = (data["numEdits"].as_u64().unwrap_or(0) + 1).into();
            data["latest"] = json!({
                "raw": text, "html": format!("<p>{text}</p>"), "updatedAt": now, "author": author(&user),
            });
        }
        "hide" => {
            const HIDDEN: &str = "This comment has been hidden";
            data["hidden"] = true.into();
            data["hiddenBy"] = user.clone().into();
            data["latest"] = json!({
                "raw": HIDDEN, "html": HIDDEN, "updatedAt": now, "author": author(&user),
            });
        }
        _ => return Err(request.not_offered().into()),
    }
    Ok(HubResponse::json(&json!({"updatedComment": comment})))
}
