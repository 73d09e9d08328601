//! `/api/settings/webhooks`
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Request, RouteResult};
use crate::hub::Hub;
use crate::response::{HubError, HubResponse};
use crate::store::Webhook;

pub(super) fn route(hub: &Hub, request: &Request, rest: &[String]) -> RouteResult {
    let user = request.user()?.to_owned();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    if method != "GET" {
        request.writer()?;
    }
    match (method, rest.as_slice()) {
        ("GET", []) => {
            let state = hub.state();
            let own: Vec<Value> = state
                .services
                .webhooks
                .iter()
                .filter(|webhook| webhook.owner == user)
                .map(|webhook| describe(webhook, false))
                .collect();
            Ok(HubResponse::json(&own.into()))
        }
        ("POST", []) => {
            let body = checked(&request.json()?)?;
            let mut state = hub.change();
            let id = state.object_id();
            let webhook = Webhook {
                id,
                owner: user,
                body,
            };
            let shown = describe(&webhook, true);
            state.services.webhooks.push(webhook);
            Ok(HubResponse::json(&json!({"webhook": shown})))
        }
        (_, [id, tail @ ..]) if matches!(tail, [] | ["enable" | "disable"]) => {
            let mut state = hub.change();
            let place = state
                .services
                .webhooks
                .iter()
                .position(|webhook| webhook.id == *id && webhook.owner == user)
                .ok_or_else(|| HubError::new(StatusCode::NOT_FOUND, "Webhook not found"))?;
            if (method, tail) == ("DELETE", &[]) {
                state.services.webhooks.remove(place);
                return Ok(HubResponse::text(StatusCode::OK, "OK"));
            }
            let webhook = &mut state.services.webhooks[place];
            match (method, tail) {
                ("GET", []) => {}
                ("POST", []) => {
                    let mut body = checked(&request.json()?)?;
                    body["disabled"] = webhook.body["disabled"].clone();
                    webhook.body = body;
                }
                ("POST", ["enable"]) => webhook.body["disabled"] = false.into(),
                ("POST", ["disable"]) => webhook.body["disabled"] = true.into(),
                _ => return Err(request.not_offered().into()),
            }
            let shown = describe(webhook, true);
            Ok(HubResponse::json(&json!({"webhook": shown})))
        }
        _ => Err(request.not_offered().into()),
    }
}

fn describe(webhook: &Webhook, with_secret: bool) -> Value {
    let mut body = webhook.body.clone();
    body.insert("id".to_owned(), webhook.id.clone().into());
    let secret = body.remove("secret").filter(|secret| !secret.is_null());
    body.insert("hasSecret".to_owned(), secret.is_some().into());
    if let Some(secret) = secret.filter(|_| with_secret) {
        body.insert("secret".to_owned(), secret);
    }
    body.into()
}

/// Returns the members of a webhook in a request body, if they are valid.
fn checked(body: &Value) -> Result<Map<String, Value>, HubError> {
    let watched = body
        .get("watched")
        .and_then(Value::as_array)
        .filter(|watched| !watched.is_empty())
        .ok_or_else(|| {
            HubError::bad_request("✖ Too small: expected array to have >=1 items\n  → at watched")
        })?;
    let mut shown = Vec::with_capacity(watched.len());
    for item in watched {
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        let (Some(kind), Some(name)) = (text("type"), text("name")) else {
            return Err(HubError::invalid("expected type and name", "watched"));
        };
        let known = ["bucket", "dataset", "model", "org", "space", "user"];
        if !known.contains(&kind) {
            return Err(HubError::invalid(
                &format!("unknown type {kind:?}"),
                "watched.type",
            ));
        }
        shown.push(json!({"type": kind, "name": name, "avatarUrl": "/avatars/user.svg"}));
    }
    let url = body.get("url").filter(|url| !url.is_null());
    let job = body.get("jobSourceId").filter(|job| !job.is_null());
    if url.is_none() && job.is_none() {
        return Err(HubError::invalid("expected a url or a job", "url"));
    }
    let mut webhook = Map::new();
    webhook.insert("url".to_owned(), url.cloned().unwrap_or_default());
    let job = job.map(|id| {
        json!({
            "dockerImage": "python:3.12", "command": ["true"], "arguments": [], "environment": {},
            "flavor": "cpu-basic", "secrets": [], "labels": {"source": id},
        })
    });
    webhook.insert("job".to_owned(), job.unwrap_or_default());
    webhook.insert("watched".to_owned(), shown.into());
    let domains = body.get("domains").filter(|domains| domains.is_array());
    let domains = domains.cloned().unwrap_or_else(|| json!(["repo"]));
    webhook.insert("domains".to_owned(), domains);
    let secret = body.get("secret").cloned().unwrap_or_default();
    webhook.insert("secret".to_owned(), secret);
    webhook.insert("disabled".to_owned(), false.into());
    Ok(webhook)
}
