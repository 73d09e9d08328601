//! Creates, deletes, moves and configures repositories.
use http::StatusCode;
use serde_json::{Value, json};

use super::{Request, RouteResult, buckets, open, own, people, see, spaces};
use crate::blob::sha1_hex;
use crate::card;
use crate::hub::Hub;
use crate::names::{RepoName, RepoType, repo_type_of};
use crate::response::{HubError, HubResponse, RouteError};
use crate::store::{Gated, SpaceState, State, new_repo};

/// Returns the repository in a request body: `name`, `organization` (the caller by default) and
/// `type`.
fn named(request: &Request, body: &Value) -> Result<RepoName, HubError> {
    let user = request.user()?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let repo_type = text("type").unwrap_or("model");
    let repo_type = repo_type_of(repo_type).ok_or_else(|| {
        HubError::invalid(
            &format!("expected one of \"model\"|\"dataset\"|\"space\", got {repo_type:?}"),
            "type",
        )
    })?;
    let name = text("name").ok_or_else(|| HubError::invalid("expected string", "name"))?;
    check_name(name)?;
    let owner = text("organization").unwrap_or(user);
    Ok(RepoName::new(repo_type, format!("{owner}/{name}")))
}

pub(super) fn check_name(name: &str) -> Result<(), HubError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fine = !name.is_empty()
        && name.len() <= 96
        && name.chars().all(legal)
        && !name.starts_with(['-', '.'])
        && !name.ends_with(['-', '.'])
        && !name.contains("--")
        && !name.contains("..");
    if fine {
        Ok(())
    } else {
        Err(HubError::invalid(
            "name must use alphanumeric chars or '-', '_', '.', max length is 96",
            "name",
        ))
    }
}

/// Returns an error unless the caller may create something of this kind under `owner`.
pub(super) fn may_own(
    state: &State,
    request: &Request,
    kind: &str,
    owner: &str,
) -> Result<(), HubError> {
    let refusal = || {
        HubError::forbidden(format!(
            "You don't have the rights to create a {kind} under the namespace \"{owner}\""
        ))
    };
    let user = request.writer().map_err(|error| {
        if error.status == StatusCode::FORBIDDEN {
            refusal()
        } else {
            error
        }
    })?;
    if state.owns(user, owner) {
        Ok(())
    } else {
        Err(refusal())
    }
}

/// Converts the error for a repository in a request body. Its old names are not accepted there,
/// because a redirect cannot change a body.
fn not_moved(error: RouteError) -> RouteError {
    match error {
        RouteError::Moved(_) => HubError::repo_not_found().into(),
        error @ RouteError::Error(_) => error,
    }
}

/// `POST /api/repos/create`
pub(super) fn create(hub: &Hub, request: &Request) -> RouteResult {
    let body = request.json()?;
    let name = named(request, &body)?;
    let mut state = hub.change();
    may_own(&state, request, name.repo_type.as_str(), name.owner())?;
    let url = format!("{}/{name}", hub.endpoint());
    if state.repos.contains_key(&name) {
        let message = format!("You already created this {} repo", name.repo_type.as_str());
        return Err(HubError::conflict(message).more(json!({"url": url})).into());
    }
    let sdk = body.get("sdk").and_then(Value::as_str);
    if name.repo_type == RepoType::Space {
        match sdk {
            Some("gradio" | "streamlit" | "docker" | "static") => {}
            _ => {
                return Err(HubError::invalid(
                    "expected one of \"gradio\"|\"docker\"|\"static\"|\"streamlit\"",
                    "sdk",
                )
                .into());
            }
        }
    }
    let private = body
        .get("private")
        .and_then(Value::as_bool)
        .unwrap_or(false)
        || body.get("visibility").and_then(Value::as_str) == Some("private");
    let user = request.user()?.to_owned();
    let mut space = SpaceState::default();
    spaces::set_up(&mut space, &body)?;
    new_repo(&mut state, &name, &user);
    let mut id = String::new();
    if let Some(repo) = state.repos.get_mut(&name) {
        repo.private = private;
        repo.sdk = sdk.map(ToOwned::to_owned);
        *repo.space = space;
        id.clone_from(&repo.object_id);
    }
    Ok(HubResponse::json(
        &json!({"url": url, "name": name.id, "id": id}),
    ))
}

/// `DELETE /api/repos/delete`
pub(super) fn delete(hub: &Hub, request: &Request) -> RouteResult {
    let name = named(request, &request.json()?)?;
    let mut state = hub.change();
    own(&mut state, request, &name).map_err(not_moved)?;
    state.remove_repo(&name);
    Ok(HubResponse::text(StatusCode::OK, "OK"))
}

/// `POST /api/repos/move`
pub(super) fn move_repo(hub: &Hub, request: &Request) -> RouteResult {
    let body = request.json()?;
    let text = |key: &'static str| {
        body.get(key)
            .and_then(Value::as_str)
            .ok_or_else(|| HubError::invalid("expected string", key))
    };
    let kind = body.get("type").and_then(Value::as_str).unwrap_or("model");
    if kind == "bucket" {
        return buckets::rename(hub, request, text("fromRepo")?, text("toRepo")?);
    }
    let repo_type =
        repo_type_of(kind).ok_or_else(|| HubError::invalid("unknown repository type", "type"))?;
    let from = RepoName::new(repo_type, text("fromRepo")?);
    let to = RepoName::new(repo_type, text("toRepo")?);
    let Some((_, new_name)) = to.id.split_once('/') else {
        return Err(HubError::invalid("expected namespace/name", "toRepo").into());
    };
    check_name(new_name)?;
    let mut state = hub.change();
    own(&mut state, request, &from).map_err(not_moved)?;
    may_own(&state, request, to.repo_type.as_str(), to.owner())?;
    if state.repos.contains_key(&to) {
        return Err(HubError::conflict(format!("A {kind} named {} exists already", to.id)).into());
    }
    state.rename_repo(&from, &to);
    Ok(HubResponse::json(&json!({})))
}

/// `PUT /api/{type}s/{id}/settings`
pub(super) fn settings(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let body = request.json()?;
    let mut state = hub.change();
    let repo = own(&mut state, request, name)?;
    let mut done = serde_json::Map::new();
    if let Some(gated) = body.get("gated") {
        repo.gated = serde_json::from_value(gated.clone())
            .ok()
            .filter(|gated| !matches!(gated, Gated::Other(_)))
            .ok_or_else(|| HubError::invalid("expected false|\"auto\"|\"manual\"", "gated"))?;
        done.insert("gated".to_owned(), gated.clone());
    }
    if let Some(private) = body.get("private").and_then(Value::as_bool) {
        repo.private = private;
        done.insert("private".to_owned(), private.into());
    }
    match body.get("visibility").and_then(Value::as_str) {
        None => {}
        Some("private") => repo.private = true,
        Some("public" | "protected") => repo.private = false,
        Some(_) => {
            return Err(HubError::invalid(
                "expected one of \"private\"|\"public\"|\"protected\"",
                "visibility",
            )
            .into());
        }
    }
    if body.get("visibility").is_some() {
        done.insert("private".to_owned(), repo.private.into());
    }
    Ok(HubResponse::json(&Value::Object(done)))
}

/// `GET /api/{type}s/{id}/auth-check`
pub(super) fn auth_check(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let mut state = hub.state();
    if request.flag("write") {
        own(&mut state, request, name)?;
    } else {
        open(&mut state, request, name)?;
    }
    Ok(HubResponse::text(StatusCode::OK, "OK"))
}

/// `POST /api/{type}s/{id}/duplicate`
pub(super) fn duplicate(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let body = request.json()?;
    let target = body
        .get("repository")
        .and_then(Value::as_str)
        .ok_or_else(|| HubError::invalid("expected string", "repository"))?;
    let to = RepoName::new(name.repo_type, target);
    let mut state = hub.change();
    open(&mut state, request, name)?;
    may_own(&state, request, to.repo_type.as_str(), to.owner())?;
    if state.repos.contains_key(&to) {
        return Err(HubError::conflict(format!(
            "You already created this {} repo",
            name.repo_type.as_str()
        ))
        .into());
    }
    let user = request.user()?.to_owned();
    let private = body
        .get("private")
        .and_then(Value::as_bool)
        .unwrap_or(false)
        || body.get("visibility").and_then(Value::as_str) == Some("private");
    crate::store::copy_repo(&mut state, name, &to, &user, private);
    Ok(HubResponse::json(
        &json!({"url": format!("{}/{to}", hub.endpoint())}),
    ))
}

/// `POST` and `DELETE /api/{type}s/{id}/like`
pub(super) fn like(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let user = request.user()?.to_owned();
    let mut state = hub.change();
    let repo = see(&mut state, request, name)?;
    if request.method == http::Method::POST {
        repo.likes.insert(user);
    } else {
        repo.likes.remove(&user);
    }
    Ok(HubResponse::text(StatusCode::OK, "OK"))
}

/// `GET /api/{type}s/{id}/likers`
pub(super) fn likers(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let mut state = hub.state();
    let repo = see(&mut state, request, name)?;
    let users: Vec<_> = repo
        .likes
        .iter()
        .map(|user| json!({"_id": people::account_id(user), "user": user, "fullname": user, "type": "user", "avatarUrl": "/avatars/user.svg", "isPro": false}))
        .collect();
    Ok(HubResponse::json(&users.into()))
}

/// `POST /api/validate-yaml`
pub(super) fn validate_yaml(request: &Request) -> RouteResult {
    let body = request.json()?;
    let content = body
        .get("content")
        .and_then(Value::as_str)
        .ok_or_else(|| HubError::invalid("expected string", "content"))?;
    let mut warnings = Vec::new();
    let card = card::parse(content).map_err(|message| bad_metadata(&message))?;
    if let Some(license) = card.get("license")
        && !license.is_null()
        && license
            .as_str()
            .is_none_or(|text| text.is_empty() || text.contains(' '))
        && !license.is_array()
    {
        return Err(
            bad_metadata("\"license\" must be one of [apache-2.0, mit, openrail, ...]").into(),
        );
    }
    if let Some(index) = card.get("model-index")
        && let Some(problem) = card::model_index_problem(index)
    {
        return Err(bad_metadata(&problem).into());
    }
    if card.is_empty() {
        warnings.push(json!({"message": "empty or missing yaml metadata in repo card"}));
    }
    Ok(HubResponse::json(
        &json!({"errors": [], "warnings": warnings}),
    ))
}

fn bad_metadata(message: &str) -> HubError {
    HubError::bad_request("Invalid metadata in README.md").more(json!({
        "errors": [{"message": message}],
        "warnings": [],
    }))
}

/// `POST /uploads`: stores an image for a discussion, and returns its URL as text
pub(super) fn upload_attachment(hub: &Hub, request: &Request) -> RouteResult {
    let user = request.user()?;
    if request.body.is_empty() {
        return Err(HubError::bad_request("The attachment is empty").into());
    }
    let kind = request
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let ending = match kind {
        "image/png" => "png",
        "image/jpeg" => "jpeg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "video/mp4" => "mp4",
        other => {
            return Err(HubError::bad_request(format!("Unsupported file type: {other}")).into());
        }
    };
    let name = &sha1_hex(&[&request.body])[..20];
    let account = people::account_id(user);
    let url = format!(
        "{}/production/uploads/{account}/{name}.{ending}",
        hub.storage_endpoint()
    );
    Ok(HubResponse::text(StatusCode::OK, url))
}
