//! Requests for access to gated repositories.
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::people::account;
use super::{Request, RouteResult, own, page, see};
use crate::hub::Hub;
use crate::names::RepoName;
use crate::response::{HubError, HubResponse};
use crate::store::{AccessRequest, Gated, State, date, existing};

const STATUSES: &[&str] = &["accepted", "rejected", "pending", "reset"];

/// `/api/{type}s/{id}/user-access-request/{action}`
pub(super) fn route(hub: &Hub, request: &Request, name: &RepoName, tail: &[String]) -> RouteResult {
    let action = tail.first().map_or("", String::as_str);
    match (request.method.as_str(), action) {
        ("POST", "handle") => handle(hub, request, name),
        ("POST", "grant") => grant(hub, request, name),
        ("POST", "cancel") => cancel(hub, request, name),
        ("GET", status) if STATUSES.contains(&status) => list(hub, request, name, status),
        _ => Err(request.not_offered().into()),
    }
}

fn list(hub: &Hub, request: &Request, name: &RepoName, status: &str) -> RouteResult {
    let mut state = hub.state();
    let most = state.settings.page_size.min(1000);
    let repo = own(&mut state, request, name)?;
    if repo.gated == Gated::No {
        return Err(not_gated().into());
    }
    let fitting: Vec<&AccessRequest> = repo
        .access_requests
        .iter()
        .filter(|request| request.status == status)
        .collect();
    let page = page(hub, request, fitting.len(), most)?;
    let shown: Vec<Value> = fitting[page.range].iter().map(|r| describe(r)).collect();
    Ok(HubResponse::json(&shown.into()).link(page.next))
}

fn not_gated() -> HubError {
    HubError::bad_request("This repository is not gated")
}

fn describe(request: &AccessRequest) -> Value {
    let mut user = account(&request.user);
    user["user"] = request.user.clone().into();
    user["email"] = format!("{}@example.com", request.user).into();
    let mut body = json!({
        "requestId": request.id, "user": user, "timestamp": date(request.at), "status": request.status,
    });
    if let Some(reviewed) = request.reviewed {
        body["reviewedAt"] = date(reviewed).into();
    }
    if !request.fields.is_empty() {
        body["fields"] = Value::Object(request.fields.clone());
    }
    body
}

fn handle(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let body = request.json()?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let status = text("status").unwrap_or_default();
    if !STATUSES.contains(&status) {
        return Err(HubError::bad_request(
            "✖ Invalid option: expected one of \"accepted\"|\"rejected\"|\"pending\"|\"reset\"\n  → at status",
        )
        .into());
    }
    let mut state = hub.change();
    own(&mut state, request, name)?;
    if let Some(user) = text("user")
        && !state.users.contains(user)
    {
        return Err(user_not_found().into());
    }
    let repo = own(&mut state, request, name)?;
    let found = repo.access_requests.iter_mut().find(|known| {
        text("user").map_or(text("requestId") == Some(&known.id), |user| {
            known.user == user
        })
    });
    let found = found.ok_or_else(|| {
        HubError::new(
            StatusCode::NOT_FOUND,
            "No access request found matching your criteria",
        )
    })?;
    if found.status == status {
        return Err(HubError::new(
            StatusCode::NOT_FOUND,
            format!("The access request is {status} already"),
        )
        .into());
    }
    status.clone_into(&mut found.status);
    found.reviewed = (status != "pending").then(Timestamp::now);
    let user = found.user.clone();
    if status == "accepted" {
        repo.granted.insert(user);
    } else {
        repo.granted.remove(&user);
    }
    Ok(HubResponse::json(&json!({})))
}

fn user_not_found() -> HubError {
    HubError::new(StatusCode::NOT_FOUND, "User not found")
}

fn grant(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let body = request.json()?;
    let user = body.get("user").and_then(Value::as_str);
    let user = user.ok_or_else(|| HubError::invalid("expected string", "user"))?;
    let mut state = hub.change();
    let repo = own(&mut state, request, name)?;
    if repo.gated == Gated::No {
        return Err(not_gated().into());
    }
    if repo.granted.contains(user) {
        return Err(HubError::bad_request("That user already has access to the repo").into());
    }
    if !state.users.contains(user) {
        return Err(user_not_found().into());
    }
    add(&mut state, name, user, "accepted", Map::new());
    Ok(HubResponse::json(&json!({})))
}

fn cancel(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let user = request.user()?.to_owned();
    let mut state = hub.change();
    let repo = see(&mut state, request, name)?;
    let place = repo
        .access_requests
        .iter()
        .position(|known| known.user == user && known.status == "pending");
    let place = place.ok_or_else(|| {
        HubError::new(
            StatusCode::NOT_FOUND,
            "No pending access request found for this repo and this user",
        )
    })?;
    repo.access_requests.remove(place);
    Ok(HubResponse::json(&json!({})))
}

/// `POST /{id}/ask-access`: the form of a gated repository
pub(super) fn ask(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let user = request.user()?.to_owned();
    let Value::Object(fields) = request.json_or_form()? else {
        return Err(HubError::invalid("expected a form", "body").into());
    };
    let mut state = hub.change();
    let gated = &see(&mut state, request, name)?.gated;
    let status = match gated {
        Gated::No => return Err(not_gated().into()),
        Gated::Auto => "accepted",
        _ => "pending",
    };
    add(&mut state, name, &user, status, fields);
    let page = format!("{}/{name}", hub.endpoint());
    Ok(HubResponse::redirect(StatusCode::SEE_OTHER, &page))
}

fn add(state: &mut State, name: &RepoName, user: &str, status: &str, fields: Map<String, Value>) {
    let id = state.object_id();
    let Some(repo) = state.repos.get_mut(name) else {
        return;
    };
    repo.access_requests.retain(|known| known.user != user);
    if status == "accepted" {
        repo.granted.insert(user.to_owned());
    }
    repo.access_requests.push(AccessRequest {
        id,
        user: user.to_owned(),
        status: status.to_owned(),
        at: Timestamp::now(),
        reviewed: (status != "pending").then(Timestamp::now),
        fields,
    });
}

/// Returns why a user without access is refused, if an access request is the reason.
pub(super) fn refusal(repo: &crate::store::RepoState, user: &str) -> Option<String> {
    let kind = repo.name.repo_type.as_str();
    let id = &repo.name.id;
    let request = repo
        .access_requests
        .iter()
        .find(|known| known.user == user)?;
    match request.status.as_str() {
        "pending" => Some(format!(
            "Your request to access {kind} {id} is awaiting a review from the repo authors."
        )),
        "reset" => Some(format!(
            "Your request to access {kind} {id} has been reset by the repo's authors. Visit https://huggingface.co/{} to submit a new request.",
            repo.name
        )),
        "rejected" => Some(format!(
            "Your request to access {kind} {id} has been rejected by the repo's authors."
        )),
        _ => None,
    }
}

impl Hub {
    /// Requests access to a gated repository on behalf of a user. The request is pending, or
    /// granted immediately if the repository says so.
    ///
    /// # Panics
    /// Panics if the repository does not exist or is not gated.
    pub fn request_access(&self, repo: impl Into<RepoName>, user: &str) {
        let name = repo.into();
        let mut state = self.change();
        let status = match &existing(&mut state, &name).gated {
            Gated::No => panic!("{name} is not gated"),
            Gated::Auto => "accepted",
            _ => "pending",
        };
        add(&mut state, &name, user, status, Map::new());
    }
}
