//! Inference Endpoints and their catalog, under `/-/endpoints/v2` and `/-/catalog`. In reality
//! these services have other hosts; clients are configured with [`Hub::inference_endpoints_url`]
//! and [`Hub::inference_catalog_url`].
//!
//! No model is run. An endpoint is `pending` when it is created, and `running` at the next request
//! for it.
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::people::account_id;
use super::{Request, RouteResult};
use crate::blob::mix;
use crate::hub::Hub;
use crate::response::{HubError, HubResponse, RouteError};
use crate::store::{State, date};

/// `/-/endpoints/v2/{rest}`
pub(super) fn route(hub: &Hub, request: &Request, rest: &[String]) -> RouteResult {
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    let [kind, namespace, tail @ ..] = rest.as_slice() else {
        return Err(HubError::page_not_found().into());
    };
    let mut state = hub.change();
    let user = request.user()?.to_owned();
    if !state.owns(&user, namespace) {
        return Err(
            HubError::forbidden(format!("You cannot use the namespace {namespace}")).into(),
        );
    }
    if method != "GET" {
        request.writer()?;
    }
    match (method, *kind, tail) {
        ("GET", "provider", []) => Ok(HubResponse::json(&hardware())),
        ("GET", "endpoint", []) => {
            let own = |key: &(String, String)| key.0 == *namespace;
            let endpoints = &state.services.endpoints;
            let items: Vec<&Value> = endpoints
                .iter()
                .filter(|(key, _)| own(key))
                .map(|(_, endpoint)| endpoint)
                .collect();
            Ok(HubResponse::json(&json!({"items": items})))
        }
        ("POST", "endpoint", []) => {
            let shown = create(&mut state, namespace, &user, &request.json()?)?;
            Ok(HubResponse::json(&shown))
        }
        (_, "endpoint", [name, action @ ..]) => {
            let key = ((*namespace).to_owned(), (*name).to_owned());
            one(&mut state, request, &key, action)
        }
        _ => Err(request.not_offered().into()),
    }
}

fn create(
    state: &mut State,
    namespace: &str,
    user: &str,
    body: &Value,
) -> Result<Value, RouteError> {
    let name = body
        .get("name")
        .and_then(Value::as_str)
        .ok_or_else(|| HubError::invalid("expected string", "name"))?;
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 32 || !name.chars().all(legal) {
        return Err(HubError::bad_request(format!(
            "Invalid endpoint name {name:?}: lower-case letters, digits and '-', at most 32"
        ))
        .into());
    }
    let key = (namespace.to_owned(), name.to_owned());
    if state.services.endpoints.contains_key(&key) {
        return Err(HubError::conflict(format!("Endpoint {name} already exists")).into());
    }
    let now = date(Timestamp::now());
    let by = json!({"id": account_id(user), "name": user});
    let mut endpoint = Map::new();
    for member in [
        "compute",
        "model",
        "provider",
        "type",
        "route",
        "cacheHttpResponses",
        "tags",
    ] {
        if let Some(value) = body.get(member) {
            endpoint.insert(member.to_owned(), value.clone());
        }
    }
    endpoint.insert("name".to_owned(), name.into());
    endpoint
        .entry("type")
        .or_insert_with(|| "authenticated".into());
    endpoint.insert(
        "accountId".to_owned(),
        body.get("accountId").cloned().unwrap_or_default(),
    );
    endpoint.insert("healthRoute".to_owned(), "/health".into());
    endpoint.insert(
        "status".to_owned(),
        json!({
            "createdAt": now, "createdBy": by, "updatedAt": now, "updatedBy": by, "private": null,
            "state": "pending", "message": "Endpoint waiting to be scheduled", "readyReplica": 0,
            "targetReplica": 1,
        }),
    );
    let model = endpoint.entry("model").or_insert_with(|| json!({}));
    if model.get("revision").is_none_or(Value::is_null) {
        model["revision"] = "11c5a3d5811f50298f278a704980280950aedb10".into();
    }
    let endpoint = Value::Object(endpoint);
    state.services.endpoints.insert(key, endpoint.clone());
    Ok(endpoint)
}

fn one(
    state: &mut State,
    request: &Request,
    key: &(String, String),
    action: &[&str],
) -> RouteResult {
    let gone = || {
        HubError::new(
            StatusCode::NOT_FOUND,
            format!("Endpoint {} not found", key.1),
        )
    };
    let number = state.next_number();
    let endpoint = state.services.endpoints.get_mut(key).ok_or_else(gone)?;
    let now = date(Timestamp::now());
    let set = |endpoint: &mut Value, stage: &str, message: &str, ready: u64| {
        endpoint["status"]["state"] = stage.into();
        endpoint["status"]["message"] = message.into();
        endpoint["status"]["readyReplica"] = ready.into();
        endpoint["status"]["updatedAt"] = now.clone().into();
    };
    let stage = endpoint["status"]["state"].clone();
    match (request.method.as_str(), action) {
        ("GET", []) => {
            let shown = endpoint.clone();
            if ["pending", "updating", "initializing"]
                .iter()
                .any(|s| stage == *s)
            {
                set(endpoint, "running", "Endpoint is ready", 1);
                let host = format!(
                    "{:016x}.us-east-1.aws.endpoints.huggingface.cloud",
                    mix(number)
                );
                endpoint["status"]["url"] = format!("https://{host}").into();
            }
            return Ok(HubResponse::json(&shown));
        }
        ("DELETE", []) => {
            state.services.endpoints.remove(key);
            return Ok(HubResponse::new(StatusCode::OK, ""));
        }
        ("PUT", []) => {
            merge(endpoint, &request.json()?);
            set(endpoint, "updating", "Endpoint waiting for the update", 0);
        }
        ("POST", ["pause"]) => set(endpoint, "paused", "Endpoint is paused", 0),
        ("POST", ["scale-to-zero"]) => {
            set(endpoint, "scaledToZero", "Endpoint is scaled to zero", 0);
        }
        ("POST", ["resume"]) => {
            if stage == "running" {
                return Err(HubError::bad_request("Endpoint is already running").into());
            }
            set(endpoint, "pending", "Endpoint waiting to be scheduled", 0);
        }
        _ => return Err(request.not_offered().into()),
    }
    Ok(HubResponse::json(endpoint))
}

/// Merges `from` into `into`, recursively for objects.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => into.clone_from(from),
    }
}

fn hardware() -> Value {
    let compute = |id: &str, accelerator: &str, kind: &str, price: f64| {
        json!({
            "id": id, "accelerator": accelerator, "numAccelerators": 1, "numCpus": 7,
            "memoryGb": 30.0, "gpuMemoryGb": (accelerator == "gpu").then_some(24),
            "instanceType": kind, "instanceSize": "x1", "architecture": kind, "status": "available",
            "pricePerHour": price, "quota": {"maxAccelerators": 16, "usedAccelerators": 0},
        })
    };
    json!({"vendors": [{"name": "aws", "status": "available", "regions": [{
        "name": "us-east-1", "label": "N. Virginia", "status": "available", "computes": [
            compute("aws-us-east-1-nvidia-l4-x1", "gpu", "nvidia-l4", 0.8),
            compute("aws-us-east-1-intel-spr-x1", "cpu", "intel-spr", 0.033),
        ],
    }]}]})
}

const CATALOG_MODEL: &str = "Qwen/Qwen2.5-Coder-7B-Instruct";
const CATALOG_RECIPE: &str = "sizzling-biryani-g4xsi1ac";

/// `/-/catalog/{rest}`
pub(super) fn catalog(hub: &Hub, request: &Request, rest: &[String]) -> RouteResult {
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    let repository = match (method, rest.as_slice()) {
        ("GET", ["list"]) => return Ok(HubResponse::json(&json!({"items": [catalog_model()]}))),
        ("POST", ["model", owner, name, "deploy"]) => format!("{owner}/{name}"),
        ("POST", ["recipe", recipe, "deploy"]) if *recipe == CATALOG_RECIPE => {
            CATALOG_MODEL.to_owned()
        }
        ("POST", ["recipe", recipe, "deploy"]) => (*recipe).to_owned(),
        _ => return Err(request.not_offered().into()),
    };
    if repository != CATALOG_MODEL {
        let message = format!("{repository} is not in the catalog");
        return Err(HubError::new(StatusCode::NOT_FOUND, message).into());
    }
    let body = request.json()?;
    let user = request.writer()?.to_owned();
    let namespace = body
        .get("namespace")
        .and_then(Value::as_str)
        .unwrap_or(&user)
        .to_owned();
    let mut state = hub.change();
    if !state.owns(&user, &namespace) {
        return Err(HubError::no_permission().into());
    }
    let wanted = body.pointer("/config/name").and_then(Value::as_str);
    let number = state.next_number() & 0xfff;
    let name = wanted.map_or_else(
        || format!("qwen2-5-coder-7b-{number:03x}"),
        ToOwned::to_owned,
    );
    let accelerator = body
        .get("accelerator")
        .cloned()
        .unwrap_or_else(|| json!("gpu"));
    let spec = json!({
        "name": name,
        "provider": {"vendor": "aws", "region": "us-east-1"},
        "type": "protected",
        "compute": {
            "accelerator": accelerator, "instanceType": "nvidia-l4", "instanceSize": "x1",
            "scaling": {"minReplica": 0, "maxReplica": 1, "scaleToZeroTimeout": 15},
        },
        "model": {
            "repository": repository, "task": "text-generation", "framework": "pytorch",
            "image": {"huggingface": {}}, "env": {}, "secrets": {},
        },
    });
    let endpoint = create(&mut state, &namespace, &user, &spec)?;
    Ok(HubResponse::json(&json!({"endpoint": endpoint})))
}

fn catalog_model() -> Value {
    json!({
        "repoId": CATALOG_MODEL, "modelName": "Qwen2.5-Coder-7B-Instruct", "authorName": "Qwen",
        "license": "Apache 2.0", "task": "text-generation", "createdAt": "2026-03-02T10:11:12.000Z",
        "recipes": [{
            "publicId": CATALOG_RECIPE, "accelerator": "gpu", "engineType": "vllm", "ggufFile": null,
            "revision": null,
        }],
    })
}

impl Hub {
    /// Returns the URL of the Inference Endpoints service, for `HF_INFERENCE_ENDPOINTS_ENDPOINT`.
    pub fn inference_endpoints_url(&self) -> String {
        format!("{}/-/endpoints/v2", self.endpoint())
    }

    /// Returns the URL of the catalog of Inference Endpoints, for `HF_INFERENCE_CATALOG_ENDPOINT`.
    pub fn inference_catalog_url(&self) -> String {
        format!("{}/-/catalog", self.endpoint())
    }

    /// Returns the URL of the dataset viewer, for `HF_DATASETS_SERVER_ENDPOINT`.
    pub fn datasets_server_url(&self) -> String {
        format!("{}/-/datasets-server", self.endpoint())
    }
}
