use serde_json::json;

use super::{Request, RouteResult};
use crate::hub::Hub;
use crate::response::{HubError, HubResponse};
use crate::store::{Role, Viewer};

/// `GET /api/whoami-v2`
pub(super) fn whoami(hub: &Hub, request: &Request) -> RouteResult {
    let Viewer::User { name, role } = &request.viewer else {
        return Err(HubError::unauthorized().into());
    };
    let orgs: Vec<_> = hub
        .state()
        .orgs
        .iter()
        .filter(|(_, members)| members.contains(name))
        .map(|(org, _)| {
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

/// `GET /api/users/{name}/overview`
pub(super) fn user_overview(hub: &Hub, name: &str) -> RouteResult {
    let state = hub.state();
    if !state.users.contains(name) {
        let status = http::StatusCode::NOT_FOUND;
        return Err(HubError::new(status, "This user does not exist").into());
    }
    let owned = |plural: &str| {
        state
            .order
            .iter()
            .filter(|repo| repo.owner() == name && repo.repo_type.plural() == plural)
            .count()
    };
    Ok(HubResponse::json(&json!({
        "_id": account_id(name), "avatarUrl": "/avatars/user.svg", "isPro": false, "fullname": name,
        "user": name, "type": "user", "numModels": owned("models"), "numDatasets": owned("datasets"),
        "numSpaces": owned("spaces"), "numDiscussions": 0, "numPapers": 0, "numUpvotes": 0,
        "numLikes": 0, "numFollowers": 0, "numFollowing": 0, "orgs": [],
    })))
}

pub(super) fn account_id(name: &str) -> String {
    crate::blob::sha1_hex(&[b"account ", name.as_bytes()])[..24].to_owned()
}
