//! Jobs and scheduled jobs: `/api/jobs` and `/api/scheduled-jobs`.
//!
//! No job is run. A new job is immediately `RUNNING`, and `COMPLETED` at the next request for it;
//! use [`Hub::set_job`](crate::Hub::set_job) to set another stage.
use std::fmt::Write as _;

use http::StatusCode;
use http::header::CONTENT_TYPE;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::people::account_id;
use super::{Request, RouteResult, catalog, people};
use crate::hub::Hub;
use crate::response::{HubError, HubResponse, RouteError};
use crate::store::{Job, State, date};

/// `/api/jobs/{rest}`
pub(super) fn route(hub: &Hub, request: &Request, rest: &[String]) -> RouteResult {
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    match (method, rest.as_slice()) {
        ("GET", ["hardware"]) => Ok(HubResponse::json(&catalog::hardware())),
        ("GET", [namespace]) => list(hub, request, namespace),
        ("POST", [namespace]) => {
            let spec = request.json()?;
            let mut state = hub.change();
            check(&state, request, namespace)?;
            let body = make(&mut state, request, namespace, &spec)?;
            Ok(HubResponse::json(&body))
        }
        (_, [namespace, id, tail @ ..]) => {
            let mut state = hub.change();
            check(&state, request, namespace)?;
            known(&state, namespace, id)?;
            one(&mut state, request, namespace, id, method, tail)
        }
        _ => Err(request.not_offered().into()),
    }
}

/// Checks that the caller owns a namespace, and so may see and create its jobs.
pub(super) fn check(state: &State, request: &Request, namespace: &str) -> Result<(), HubError> {
    let user = request.user()?;
    if !state.owns(user, namespace) {
        return Err(HubError::no_permission());
    }
    if request.method != http::Method::GET {
        request.writer()?;
    }
    Ok(())
}

pub(super) fn known(state: &State, namespace: &str, id: &str) -> Result<(), RouteError> {
    match state.services.jobs.get(id) {
        Some(job) if job.namespace == namespace => Ok(()),
        _ => Err(HubError::new(StatusCode::NOT_FOUND, "Job not found").into()),
    }
}

pub(super) fn owner(state: &State, name: &str) -> Value {
    json!({
        "id": account_id(name), "name": name, "type": people::kind(state, name),
        "avatarUrl": "/avatars/user.svg",
    })
}

/// Returns the members of a job that its creator chose.
pub(super) fn spec_of(spec: &Value) -> Map<String, Value> {
    let mut body = Map::new();
    for (key, default) in [
        ("dockerImage", Value::Null),
        ("spaceId", Value::Null),
        ("command", json!([])),
        ("arguments", json!([])),
        ("environment", json!({})),
        ("flavor", json!("cpu-basic")),
        ("labels", json!({})),
        ("volumes", json!([])),
        ("expose", Value::Null),
        ("network", Value::Null),
        ("timeoutSeconds", Value::Null),
        ("attempts", Value::Null),
        ("ssh", Value::Null),
    ] {
        let value = spec.get(key).cloned().filter(|value| !value.is_null());
        match value {
            Some(value) => body.insert(key.to_owned(), value),
            None if default.is_null() && key != "dockerImage" && key != "spaceId" => None,
            None => body.insert(key.to_owned(), default),
        };
    }
    // Only the names: values of secrets are never shown.
    let secrets: Option<Vec<&String>> = spec
        .get("secrets")
        .and_then(Value::as_object)
        .map(|secrets| secrets.keys().collect());
    body.insert("secrets".to_owned(), json!(secrets));
    body
}

pub(super) fn make(
    state: &mut State,
    request: &Request,
    namespace: &str,
    spec: &Value,
) -> Result<Value, HubError> {
    let text = |key: &str| spec.get(key).and_then(Value::as_str);
    if text("dockerImage").is_none() && text("spaceId").is_none() {
        return Err(HubError::invalid("expected string", "dockerImage"));
    }
    let flavor = text("flavor").unwrap_or("cpu-basic");
    if !catalog::has_hardware(flavor) {
        return Err(HubError::bad_request(format!(
            "✖ Invalid option: {flavor:?}\n  → at flavor"
        )));
    }
    let id = state.object_id();
    let now = Timestamp::now();
    let mut body = spec_of(spec);
    let user = request.user()?;
    body.insert("id".to_owned(), id.clone().into());
    body.insert("type".to_owned(), "job".into());
    body.insert("createdAt".to_owned(), date(now).into());
    body.insert("startedAt".to_owned(), date(now).into());
    body.insert("finishedAt".to_owned(), Value::Null);
    body.insert("owner".to_owned(), owner(state, namespace));
    body.insert("initiator".to_owned(), owner(state, user));
    body.insert(
        "durations".to_owned(),
        json!({"schedulingSecs": 0, "runningSecs": null, "totalSecs": null}),
    );
    let status =
        json!({"stage": "RUNNING", "message": null, "exposeUrls": urls(&id, spec.get("expose"))});
    body.insert("status".to_owned(), status);
    let command: Vec<&str> = spec
        .get("command")
        .and_then(Value::as_array)
        .map(|words| words.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let job = Job {
        namespace: namespace.to_owned(),
        body: Value::Object(body),
        log: vec![
            "===== Job started =====".to_owned(),
            format!("$ {}", command.join(" ")),
        ],
        created: now,
    };
    let shown = job.body.clone();
    state.services.jobs.insert(id, job);
    Ok(shown)
}

fn urls(id: &str, expose: Option<&Value>) -> Value {
    let ports = |key: &str| {
        expose
            .and_then(|expose| expose.get(key))
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let urls: Vec<String> = ports("ports")
        .iter()
        .chain(&ports("portsPublic"))
        .map(|port| format!("https://{id}--{port}.hf.jobs"))
        .collect();
    if urls.is_empty() {
        Value::Null
    } else {
        json!(urls)
    }
}

fn list(hub: &Hub, request: &Request, namespace: &str) -> RouteResult {
    let state = hub.state();
    check(&state, request, namespace)?;
    let stages: Vec<&str> = request.all("stage").collect();
    let labels: Vec<&str> = request.all("label").collect();
    let jobs: Vec<&Value> = state
        .services
        .jobs
        .values()
        .rev()
        .filter(|job| job.namespace == namespace)
        .filter(|job| {
            let stage = job.body["status"]["stage"].as_str().unwrap_or_default();
            stages.is_empty() || stages.contains(&stage)
        })
        .filter(|job| labels.iter().all(|label| has_label(&job.body, label)))
        .map(|job| &job.body)
        .collect();
    let page = super::page(hub, request, jobs.len(), state.settings.page_size)?;
    let shown: Vec<Value> = jobs[page.range].iter().map(|&job| job.clone()).collect();
    Ok(HubResponse::json(&shown.into()).link(page.next))
}

pub(super) fn has_label(body: &Value, label: &str) -> bool {
    let (key, value) = label.split_once('=').unwrap_or((label, ""));
    let labels = body
        .get("labels")
        .or_else(|| body.pointer("/jobSpec/labels"));
    labels
        .and_then(|labels| labels.get(key))
        .and_then(Value::as_str)
        == Some(value)
}

fn one(
    state: &mut State,
    request: &Request,
    namespace: &str,
    id: &str,
    method: &str,
    tail: &[&str],
) -> RouteResult {
    let gone = || HubError::new(StatusCode::NOT_FOUND, "Job not found");
    if (method, tail) == ("POST", &["duplicate"]) {
        let spec = state.services.jobs.get(id).ok_or_else(gone)?.body.clone();
        return Ok(HubResponse::json(&make(state, request, namespace, &spec)?));
    }
    let job = state.services.jobs.get_mut(id).ok_or_else(gone)?;
    match (method, tail) {
        ("GET", []) => {
            let shown = job.body.clone();
            advance(job);
            return Ok(HubResponse::json(&shown));
        }
        ("GET", ["logs"]) => return Ok(events(&job.log, job.created, request.get("tail"))),
        ("GET", ["metrics"]) => {
            let metric = "event: metric\ndata: {\"cpu_usage_pct\":0,\"cpu_millicores\":3500,\"memory_used_bytes\":1306624,\"memory_total_bytes\":15032385536,\"rx_bps\":0,\"tx_bps\":0,\"gpus\":{},\"replica\":\"57vr7\"}\n\n";
            return Ok(stream(metric.to_owned()));
        }
        ("POST", ["cancel"]) => finish(job, "CANCELED"),
        ("PUT", ["labels"]) => {
            let body = request.json()?;
            job.body["labels"] = body.get("labels").cloned().unwrap_or_else(|| json!({}));
        }
        ("PUT", ["expose"]) => {
            let expose = request.json()?;
            job.body["status"]["exposeUrls"] = urls(id, Some(&expose));
            job.body["expose"] = expose;
        }
        _ => return Err(request.not_offered().into()),
    }
    Ok(HubResponse::json(&job.body))
}

/// Completes a job that was returned as running before.
fn advance(job: &mut Job) {
    if job.body["status"]["stage"] == "RUNNING" && job.body.get("expose").is_none() {
        finish(job, "COMPLETED");
    }
}

fn finish(job: &mut Job, stage: &str) {
    job.body["status"]["stage"] = stage.into();
    job.body["finishedAt"] = date(Timestamp::now()).into();
    job.body["durations"] = json!({"schedulingSecs": 0, "runningSecs": 1, "totalSecs": 1});
}

pub(super) fn stream(text: String) -> HubResponse {
    HubResponse::new(StatusCode::OK, text)
        .header(CONTENT_TYPE, "text/event-stream")
        .named("cache-control", "no-cache")
}

/// Returns a log as server-sent events, one millisecond apart and all in the past.
pub(super) fn events(log: &[String], from: Timestamp, tail: Option<&str>) -> HubResponse {
    let tail = tail
        .and_then(|tail| tail.parse().ok())
        .unwrap_or(usize::MAX);
    let mut text = String::new();
    for (line, number) in log.iter().zip(0..).skip(log.len().saturating_sub(tail)) {
        let at = from + SignedDuration::from_millis(number);
        let event = json!({"data": line, "timestamp": date(at)});
        let _ = write!(text, "data: {event}\n\n");
    }
    stream(text)
}

impl Hub {
    /// Sets the stage of a job (`RUNNING`, `COMPLETED`, `ERROR`, ...) and its log lines.
    ///
    /// # Panics
    /// Panics if there is no such job.
    pub fn set_job(&self, id: &str, stage: &str, log: &[&str]) {
        let mut state = self.change();
        let job = state.services.jobs.get_mut(id);
        let job = job.unwrap_or_else(|| panic!("there is no job {id}"));
        job.log = log.iter().map(ToString::to_string).collect();
        if matches!(stage, "COMPLETED" | "ERROR" | "CANCELED" | "DELETED") {
            finish(job, stage);
        } else {
            job.body["status"]["stage"] = stage.into();
        }
    }
}
