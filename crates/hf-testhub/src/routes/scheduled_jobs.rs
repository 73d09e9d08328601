//! Scheduled jobs.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::jobs::{check, has_label, make, owner, spec_of};
use super::{Request, RouteResult};
use crate::hub::Hub;
use crate::response::{HubError, HubResponse};
use crate::store::{Job, State, date};

/// `/api/scheduled-jobs/{rest}`
pub(super) fn route(hub: &Hub, request: &Request, rest: &[String]) -> RouteResult {
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let (Some(namespace), method) = (rest.first(), request.method.as_str()) else {
        return Err(HubError::page_not_found().into());
    };
    let mut state = hub.change();
    check(&state, request, namespace)?;
    match (method, &rest[1..]) {
        ("GET", []) => {
            let labels: Vec<&str> = request.all("label").collect();
            let jobs: Vec<&Value> = state
                .services
                .scheduled_jobs
                .values()
                .filter(|job| job.namespace == *namespace)
                .filter(|job| labels.iter().all(|label| has_label(&job.body, label)))
                .map(|job| &job.body)
                .collect();
            Ok(HubResponse::json(&json!(jobs)))
        }
        ("POST", []) => schedule(&mut state, request, namespace),
        (_, [id, tail @ ..]) => one_scheduled(&mut state, request, namespace, id, tail),
        _ => Err(request.not_offered().into()),
    }
}

fn check_schedule(schedule: Option<&Value>) -> Result<String, HubError> {
    let schedule = schedule.and_then(Value::as_str).unwrap_or_default();
    let named = [
        "@annually",
        "@yearly",
        "@monthly",
        "@weekly",
        "@daily",
        "@hourly",
    ];
    if named.contains(&schedule) || schedule.split_whitespace().count() == 5 {
        return Ok(schedule.to_owned());
    }
    Err(HubError::invalid("expected a CRON expression", "schedule"))
}

fn schedule(state: &mut State, request: &Request, namespace: &str) -> RouteResult {
    let body = request.json()?;
    let schedule = check_schedule(body.get("schedule"))?;
    let spec = body.get("jobSpec").cloned().unwrap_or_default();
    if spec.get("dockerImage").is_none() && spec.get("spaceId").is_none() {
        return Err(HubError::invalid("expected string", "jobSpec.dockerImage").into());
    }
    let id = state.object_id();
    let now = Timestamp::now();
    let flag = |key: &str| body.get(key).and_then(Value::as_bool).unwrap_or(false);
    let shown = json!({
        "id": id,
        "type": "scheduled-job",
        "createdAt": date(now),
        "schedule": schedule,
        "suspend": flag("suspend"),
        "concurrency": flag("concurrency"),
        "jobSpec": Value::Object(spec_of(&spec)),
        "status": {"lastJob": null, "nextJobRunAt": date(now + SignedDuration::from_hours(1))},
        "owner": owner(state, namespace),
        "initiator": owner(state, request.user()?),
    });
    let job = Job {
        namespace: namespace.to_owned(),
        body: shown.clone(),
        log: Vec::new(),
        created: now,
    };
    state.services.scheduled_jobs.insert(id, job);
    Ok(HubResponse::json(&shown))
}

fn one_scheduled(
    state: &mut State,
    request: &Request,
    namespace: &str,
    id: &str,
    tail: &[&str],
) -> RouteResult {
    let gone = || HubError::new(StatusCode::NOT_FOUND, "Scheduled job not found");
    let there = state.services.scheduled_jobs.get(id);
    let spec = there
        .filter(|job| job.namespace == namespace)
        .map(|job| job.body["jobSpec"].clone())
        .ok_or_else(gone)?;
    let method = request.method.as_str();
    match (method, tail) {
        ("DELETE", []) => {
            state.services.scheduled_jobs.remove(id);
            return Ok(HubResponse::json(&json!({})));
        }
        ("POST", ["run"]) => {
            let made = make(state, request, namespace, &spec)?;
            let job = state.services.scheduled_jobs.get_mut(id).ok_or_else(gone)?;
            job.body["status"]["lastJob"] = json!({"id": made["id"], "at": made["createdAt"]});
            return Ok(HubResponse::json(&made));
        }
        _ => {}
    }
    let job = state.services.scheduled_jobs.get_mut(id).ok_or_else(gone)?;
    match (method, tail) {
        ("GET", []) => {}
        ("POST", ["suspend"]) => {
            job.body["suspend"] = true.into();
            return Ok(HubResponse::json(&json!({})));
        }
        ("POST", ["resume"]) => {
            job.body["suspend"] = false.into();
            return Ok(HubResponse::json(&json!({})));
        }
        ("PUT", ["labels"]) => {
            let body = request.json()?;
            job.body["jobSpec"]["labels"] = body.get("labels").cloned().unwrap_or_default();
        }
        ("POST", ["schedule"]) => {
            job.body["schedule"] = check_schedule(request.json()?.get("schedule"))?.into();
        }
        _ => return Err(request.not_offered().into()),
    }
    Ok(HubResponse::json(&job.body))
}
