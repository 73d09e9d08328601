//! The parts of a Space besides its files: runtime, secrets, variables, volumes, logs; and lists of
//! all Spaces.
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Request, RouteResult, catalog, jobs, own, see};
use crate::hub::Hub;
use crate::names::{RepoName, RepoType};
use crate::response::{HubError, HubResponse};
use crate::store::{RepoState, SpaceState, date};

/// Handles `/api/spaces/{id}/{action}`, or returns `None` if the route is not specific to Spaces.
pub(super) fn route(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    action: &str,
    tail: &[String],
) -> Option<RouteResult> {
    if name.repo_type != RepoType::Space {
        return None;
    }
    let tail: Vec<&str> = tail.iter().map(String::as_str).collect();
    Some(match (request.method.as_str(), action, tail.as_slice()) {
        ("GET", "runtime", []) => {
            see(&mut hub.state(), request, name).map(|space| HubResponse::json(&runtime(space)))
        }
        ("POST", "hardware" | "sleeptime" | "pause" | "restart" | "dev-mode", []) => {
            act(hub, request, name, action)
        }
        (_, "secrets" | "variables", []) => entries(hub, request, name, action == "secrets"),
        ("PUT" | "DELETE", "volumes", []) => volumes(hub, request, name),
        ("GET", "logs", [kind @ ("run" | "build")]) => {
            let mut state = hub.state();
            own(&mut state, request, name).map(|repo| {
                let log = if *kind == "run" {
                    &repo.space.run_log
                } else {
                    &repo.space.build_log
                };
                jobs::events(log, repo.created, None)
            })
        }
        _ => return None,
    })
}

/// Returns the description of a Space's runtime.
pub(super) fn runtime(repo: &RepoState) -> Value {
    let space = &repo.space;
    let domain = format!("{}.hf.space", repo.subdomain());
    let requested = (repo.sdk.as_deref() != Some("static")).then_some(&space.requested);
    let mut body = json!({
        "stage": space.stage,
        "hardware": {"current": space.hardware, "requested": requested},
        "storage": null,
        "replicas": {"current": u8::from(space.stage == "RUNNING"), "requested": 1},
        "devMode": space.dev_mode,
        "domains": [{"domain": domain, "stage": "READY"}],
    });
    if let Some(seconds) = space.sleep_seconds {
        body["gcTimeout"] = seconds.into();
    }
    if !space.volumes.is_empty() {
        body["volumes"] = space.volumes.clone().into();
    }
    body
}

fn act(hub: &Hub, request: &Request, name: &RepoName, action: &str) -> RouteResult {
    let body = request.json()?;
    let mut state = hub.change();
    let repo = own(&mut state, request, name)?;
    let is_static = repo.sdk.as_deref() == Some("static");
    let space = &mut repo.space;
    match action {
        "hardware" => {
            let flavor = body.get("flavor").and_then(Value::as_str);
            let flavor = flavor.ok_or_else(|| HubError::invalid("expected string", "flavor"))?;
            if !catalog::has_hardware(flavor) {
                return Err(HubError::bad_request(format!(
                    "✖ Invalid option: {flavor:?}\n  → at flavor"
                ))
                .into());
            }
            flavor.clone_into(&mut space.requested);
            if let Some(seconds) = body.get("sleepTimeSeconds").and_then(Value::as_i64) {
                space.sleep_seconds = Some(seconds);
            }
        }
        "sleeptime" => {
            let seconds = body.get("seconds").and_then(Value::as_i64);
            let seconds = seconds.ok_or_else(|| HubError::invalid("expected number", "seconds"))?;
            if space.requested == "cpu-basic" {
                return Err(HubError::bad_request(
                    "Sleep time is not configurable on free hardware",
                )
                .into());
            }
            space.sleep_seconds = Some(seconds);
        }
        // The Python client converts this status to a hint that static Spaces cannot be paused.
        "pause" | "restart" if is_static => {
            return Err(HubError::bad_request(format!("Cannot {action} a static Space")).into());
        }
        "pause" => space.stage = "PAUSED",
        "restart" => space.stage = "BUILDING",
        _ => space.dev_mode = body.get("enabled").and_then(Value::as_bool) == Some(true),
    }
    Ok(HubResponse::json(&runtime(repo)))
}

/// Handles secrets and variables: `GET`, `POST` and `DELETE`.
fn entries(hub: &Hub, request: &Request, name: &RepoName, secret: bool) -> RouteResult {
    let mut state = hub.change();
    let repo = own(&mut state, request, name)?;
    let method = request.method.as_str();
    if method != "GET" {
        let body = request.json()?;
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let key = text("key")
            .filter(|key| is_key(key))
            .ok_or_else(|| HubError::invalid("expected letters, digits and underscores", "key"))?;
        let kept = if secret {
            &mut repo.space.secrets
        } else {
            &mut repo.space.variables
        };
        if method == "DELETE" {
            kept.remove(key);
        } else {
            let value =
                text("value").ok_or_else(|| HubError::invalid("expected string", "value"))?;
            kept.insert(
                key.to_owned(),
                entry(key, value, text("description"), secret),
            );
        }
    }
    let space = &repo.space;
    let kept = if secret {
        &space.secrets
    } else {
        &space.variables
    };
    if secret && method != "GET" {
        return Ok(HubResponse::json(&json!({})));
    }
    let shown: Map<String, Value> = kept.clone().into_iter().collect();
    Ok(HubResponse::json(&Value::Object(shown)))
}

fn is_key(key: &str) -> bool {
    !key.is_empty()
        && !key.starts_with(|c: char| c.is_ascii_digit())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Returns a secret or variable as shown to users: a secret without its value.
pub(super) fn entry(key: &str, value: &str, description: Option<&str>, secret: bool) -> Value {
    let mut entry = json!({"key": key, "updatedAt": date(Timestamp::now())});
    if !secret {
        entry["value"] = value.into();
    }
    if let Some(description) = description {
        entry["description"] = description.into();
    }
    entry
}

fn volumes(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let body = request.json()?;
    let mut state = hub.change();
    let repo = own(&mut state, request, name)?;
    if request.method == http::Method::DELETE {
        repo.space.volumes.clear();
        return Ok(HubResponse::json(&json!({})));
    }
    let volumes = body.get("volumes").and_then(Value::as_array);
    let volumes = volumes.ok_or_else(|| HubError::invalid("expected array", "volumes"))?;
    check_volumes(volumes)?;
    repo.space.volumes.clone_from(volumes);
    Ok(HubResponse::json(&json!({})))
}

fn check_volumes(volumes: &[Value]) -> Result<(), HubError> {
    for volume in volumes {
        for key in ["type", "source", "mountPath"] {
            if volume.get(key).and_then(Value::as_str).is_none() {
                return Err(HubError::invalid(
                    "expected string",
                    &format!("volumes.{key}"),
                ));
            }
        }
    }
    Ok(())
}

/// Applies the settings of a new Space in `POST /api/repos/create` and `/duplicate`.
pub(super) fn set_up(space: &mut SpaceState, body: &Value) -> Result<(), HubError> {
    if let Some(flavor) = body.get("hardware").and_then(Value::as_str) {
        flavor.clone_into(&mut space.requested);
    }
    if let Some(seconds) = body.get("sleepTimeSeconds").and_then(Value::as_i64) {
        space.sleep_seconds = Some(seconds);
    }
    for (name, secret) in [("secrets", true), ("variables", false)] {
        let given = body.get(name).and_then(Value::as_array);
        for item in given.into_iter().flatten() {
            let text = |key: &str| item.get(key).and_then(Value::as_str);
            let key = text("key").ok_or_else(|| HubError::invalid("expected string", name))?;
            let value = text("value").unwrap_or_default();
            let shown = entry(key, value, text("description"), secret);
            let kept = if secret {
                &mut space.secrets
            } else {
                &mut space.variables
            };
            kept.insert(key.to_owned(), shown);
        }
    }
    if let Some(volumes) = body.get("volumes").and_then(Value::as_array) {
        check_volumes(volumes)?;
        space.volumes.clone_from(volumes);
    }
    Ok(())
}

/// `GET /api/spaces/zero-gpu/quota`
pub(super) fn quota(request: &Request) -> RouteResult {
    request.user()?;
    Ok(HubResponse::json(&json!({
        "base": 1500, "current": 1341.5, "resetsAt": null, "overquotaUsed": 0,
    })))
}

/// `GET /api/spaces/semantic-search`: Spaces whose name or card contains the words
pub(super) fn search(hub: &Hub, request: &Request) -> HubResponse {
    let query = request.get("q").unwrap_or_default().to_lowercase();
    let sdks: Vec<&str> = request.all("sdk").collect();
    let filters: Vec<&str> = request.all("filter").collect();
    let all = request.flag("includeNonRunning");
    let state = hub.state();
    let found: Vec<Value> = state
        .repos_of(RepoType::Space, 0)
        .filter(|(_, repo)| state.can_see(&request.viewer, repo))
        .filter(|(_, repo)| all || repo.space.stage == "RUNNING")
        .filter(|(_, repo)| {
            sdks.is_empty() || repo.sdk.as_deref().is_some_and(|s| sdks.contains(&s))
        })
        .filter(|(_, repo)| {
            let tags = repo.all_tags();
            filters
                .iter()
                .all(|filter| tags.iter().any(|tag| tag == filter))
        })
        .filter_map(|(_, repo)| {
            let text =
                format!("{} {}", repo.name.id, Value::Object(repo.card.clone())).to_lowercase();
            let words = query.split_whitespace();
            let hits = words.clone().filter(|word| text.contains(word)).count();
            (hits > 0).then(|| describe(repo, hits, words.count()))
        })
        .take(100)
        .collect();
    HubResponse::json(&found.into())
}

fn describe(repo: &RepoState, hits: usize, words: usize) -> Value {
    let part = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let title = repo.card.get("title").and_then(Value::as_str);
    json!({
        "author": repo.name.owner(), "id": repo.name.id, "sdk": repo.sdk, "likes": repo.likes(),
        "private": repo.private, "tags": repo.all_tags(), "repoType": "space",
        "title": title.unwrap_or(repo.name.id.rsplit('/').next().unwrap_or_default()),
        "emoji": repo.card.get("emoji"), "runtime": runtime(repo), "trendingScore": 0,
        "semanticRelevancyScore": part(hits) / part(words.max(1)),
        "createdAt": date(repo.created), "lastModified": date(repo.modified),
    })
}
