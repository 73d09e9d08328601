//! Users and organizations, and what they follow, like and own.
use http::StatusCode;
use serde_json::{Value, json};

use super::{Request, RouteResult, page};
use crate::hub::Hub;
use crate::names::RepoType;
use crate::response::{HubError, HubResponse, RouteError};
use crate::store::{Role, State, Viewer, date};

/// `GET /api/whoami-v2`
pub(super) fn whoami(hub: &Hub, request: &Request) -> RouteResult {
    let Viewer::User { name, role } = &request.viewer else {
        return Err(HubError::unauthorized().into());
    };
    let orgs: Vec<_> = orgs_of(&hub.state(), name)
        .map(|org| {
            json!({
                "type": "org", "id": account_id(org), "name": org, "fullname": org, "email": null,
                "canPay": false, "avatarUrl": "/avatars/org.svg", "periodEnd": null,
                "roleInOrg": "admin", "isEnterprise": false,
            })
        })
        .collect();
    let role = match role {
        Role::Write => "write",
        Role::Read => "read",
    };
    Ok(HubResponse::json(&json!({
        "type": "user",
        "id": account_id(name),
        "name": name,
        "fullname": name,
        "email": format!("{name}@example.com"),
        "emailVerified": true,
        "canPay": false,
        "billingMode": "prepaid",
        "periodEnd": null,
        "isPro": false,
        "avatarUrl": "/avatars/user.svg",
        "orgs": orgs,
        "auth": {
            "type": "access_token",
            "accessToken": {
                "displayName": format!("{name} {role}"),
                "role": role,
                "createdAt": "2026-01-01T00:00:00.000Z",
            },
        },
    })))
}

fn orgs_of<'a>(state: &'a State, user: &'a str) -> impl Iterator<Item = &'a String> {
    let orgs = state.orgs.iter();
    orgs.filter(move |(_, members)| members.contains(user))
        .map(|(org, _)| org)
}

/// `/api/users/{rest}` and `/api/organizations/{rest}`
pub(super) fn route(hub: &Hub, request: &Request, users: bool, rest: &[String]) -> RouteResult {
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let (name, what) = match rest.as_slice() {
        [name, what] if request.method == http::Method::GET => (*name, *what),
        _ => return Err(request.not_offered().into()),
    };
    let state = hub.state();
    if users && !state.users.contains(name) {
        if let Some(spelled) = state
            .users
            .iter()
            .find(|user| user.eq_ignore_ascii_case(name))
        {
            return Err(RouteError::Moved(request.path.replacen(name, spelled, 1)));
        }
        return Err(HubError::new(StatusCode::NOT_FOUND, "This user does not exist").into());
    }
    if !users && !state.orgs.contains_key(name) {
        return Err(HubError::page_not_found().into());
    }
    let names: Vec<&String> = match what {
        "overview" if users => return Ok(HubResponse::json(&user_overview(&state, name))),
        "overview" => return Ok(HubResponse::json(&org_overview(&state, request, name))),
        "likes" if users => {
            drop(state);
            return likes(hub, request, name);
        }
        "followers" => pairs(&state, |(_, to)| to == name)
            .map(|(by, _)| by)
            .collect(),
        "following" if users => pairs(&state, |(by, to)| by == name && state.users.contains(to))
            .map(|(_, to)| to)
            .collect(),
        "members" if !users => state.orgs[name].iter().collect(),
        _ => return Err(request.not_offered().into()),
    };
    let page = page(hub, request, names.len(), state.settings.page_size)?;
    let shown: Vec<Value> = names[page.range].iter().map(|name| account(name)).collect();
    Ok(HubResponse::json(&shown.into()).link(page.next))
}

fn pairs<'a>(
    state: &'a State,
    wanted: impl Fn(&(String, String)) -> bool + 'a,
) -> impl Iterator<Item = &'a (String, String)> {
    state
        .services
        .follows
        .iter()
        .filter(move |pair| wanted(pair))
}

/// Returns an account as shown in lists of accounts.
pub(super) fn account(name: &str) -> Value {
    json!({
        "_id": account_id(name), "avatarUrl": "/avatars/user.svg", "isPro": false, "fullname": name,
        "user": name, "name": name, "type": "user", "isFollowing": false,
    })
}

/// Returns `user` or `org`.
pub(super) fn kind(state: &State, name: &str) -> &'static str {
    if state.orgs.contains_key(name) {
        "org"
    } else {
        "user"
    }
}

fn owned(state: &State, name: &str, repo_type: RepoType) -> usize {
    state
        .repos_of(repo_type, 0)
        .filter(|(_, repo)| repo.name.owner() == name)
        .count()
}

fn buckets_of(state: &State, name: &str) -> usize {
    let prefix = format!("{name}/");
    let buckets = state.services.buckets.keys();
    buckets.filter(|id| id.starts_with(&prefix)).count()
}

fn user_overview(state: &State, name: &str) -> Value {
    let orgs: Vec<Value> = orgs_of(state, name)
        .map(|org| {
            json!({"id": account_id(org), "name": org, "fullname": org, "avatarUrl": "/avatars/org.svg"})
        })
        .collect();
    let liked = state
        .repos
        .values()
        .filter(|repo| repo.likes.contains(name));
    json!({
        "_id": account_id(name), "avatarUrl": "/avatars/user.svg", "isPro": false, "fullname": name,
        "user": name, "type": "user",
        "numModels": owned(state, name, RepoType::Model),
        "numDatasets": owned(state, name, RepoType::Dataset),
        "numSpaces": owned(state, name, RepoType::Space),
        "numKernels": owned(state, name, RepoType::Kernel),
        "numBuckets": buckets_of(state, name),
        "numDiscussions": 0, "numPapers": 0, "numUpvotes": 0,
        "numLikes": liked.count(),
        "numFollowers": pairs(state, |(_, to)| to == name).count(),
        "numFollowing": pairs(state, |(by, to)| by == name && state.users.contains(to)).count(),
        "numFollowingOrgs": pairs(state, |(by, to)| by == name && state.orgs.contains_key(to)).count(),
        "orgs": orgs, "isFollowing": false, "createdAt": "2026-01-01T00:00:00.000Z",
    })
}

fn org_overview(state: &State, request: &Request, name: &str) -> Value {
    let viewer = request.viewer.name();
    json!({
        "_id": account_id(name), "avatarUrl": "/avatars/org.svg", "fullname": name, "name": name,
        "details": "", "isVerified": false,
        "isFollowing": pairs(state, |(by, to)| Some(by.as_str()) == viewer && to == name).next().is_some(),
        "numUsers": state.orgs[name].len(),
        "numModels": owned(state, name, RepoType::Model),
        "numDatasets": owned(state, name, RepoType::Dataset),
        "numSpaces": owned(state, name, RepoType::Space),
        "numKernels": owned(state, name, RepoType::Kernel),
        "numBuckets": buckets_of(state, name),
        "numPapers": 0, "numFollowers": pairs(state, |(_, to)| to == name).count(),
    })
}

/// `GET /api/users/{name}/likes`
fn likes(hub: &Hub, request: &Request, name: &str) -> RouteResult {
    let state = hub.state();
    let mut liked: Vec<_> = state
        .repos
        .values()
        .filter(|repo| repo.likes.contains(name) && state.can_see(&request.viewer, repo))
        .collect();
    liked.sort_by_key(|repo| repo.sequence);
    let page = page(hub, request, liked.len(), state.settings.page_size)?;
    let shown: Vec<Value> = liked[page.range]
        .iter()
        .map(|repo| {
            json!({
                "createdAt": date(repo.modified),
                "repo": {"name": repo.name.id, "type": repo.name.repo_type.as_str()},
            })
        })
        .collect();
    Ok(HubResponse::json(&shown.into()).link(page.next))
}

/// `GET /api/settings/repositories` and `/api/organizations/{name}/settings/repositories`
pub(super) fn repositories(hub: &Hub, request: &Request, namespace: Option<&str>) -> RouteResult {
    let user = request.user()?;
    let state = hub.state();
    let namespace = namespace.unwrap_or(user);
    if !state.owns(user, namespace) {
        return Err(HubError::no_permission().into());
    }
    let mut rows: Vec<Value> = Vec::new();
    for repo_type in RepoType::ALL {
        let own = state.repos_of(repo_type, 0).map(|(_, repo)| repo);
        rows.extend(own.filter(|repo| repo.name.owner() == namespace).map(|repo| {
            json!({
                "id": repo.name.id, "type": repo_type.as_str(), "updatedAt": date(repo.modified),
                "visibility": if repo.private { "private" } else { "public" },
                "storage": repo.used_storage(), "storagePercent": 0.0,
            })
        }));
    }
    let page = page(hub, request, rows.len(), state.settings.page_size)?;
    let shown: Vec<Value> = rows.drain(page.range).collect();
    Ok(HubResponse::json(&shown.into()).link(page.next))
}

pub(super) fn account_id(name: &str) -> String {
    crate::blob::sha1_hex(&[b"account ", name.as_bytes()])[..24].to_owned()
}

impl Hub {
    /// Makes a user follow another user, or an organization.
    pub fn follow(&self, user: &str, whom: &str) {
        let pair = (user.to_owned(), whom.to_owned());
        self.change().services.follows.insert(pair);
    }
}
