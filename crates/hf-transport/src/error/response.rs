//! From an answer with a status of 400 or more to a typed error, by the rules of `huggingface_hub`.

use std::fmt::Write;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;

use super::{Error, ErrorKind};
use crate::endpoint::Endpoint;
use crate::retry::headers::{RateLimit, retry_after};

/// How much of an error answer is read. Anything longer is no message for a person.
pub(crate) const ERROR_BODY_LIMIT: usize = 1 << 20;

/// How much of one server message is shown.
const MESSAGE_LIMIT: usize = 2_000;

/// What is known of an answer when it turns out to be an error.
pub(crate) struct Answer<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Uri,
}

pub(crate) fn from_response(answer: Answer<'_>, endpoint: &Endpoint) -> Error {
    let Answer {
        status,
        headers,
        body,
        method,
        url,
    } = answer;
    let header = |name: &str| {
        headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
            .filter(|value| !value.is_empty())
    };
    let code = header("x-error-code");
    let said = header("x-error-message");
    let rate_limit = RateLimit::from_headers(headers);
    let route = Route::of(endpoint.path_of(url));
    let kind = kind_of(status, code.as_deref(), said.as_deref(), &route);
    let (message, hint) = words(kind, status, &route, rate_limit.as_ref());

    let mut error = Error::new(kind, message)
        .with_status(status)
        .with_request(method, &url.to_string());
    if let Some(hint) = hint {
        error = error.with_hint(hint);
    }
    let wait = match &rate_limit {
        Some(limit) if status == StatusCode::TOO_MANY_REQUESTS && limit.remaining == 0 => {
            Some(limit.reset)
        }
        _ => retry_after(headers, SystemTime::now()),
    };
    let inner = &mut *error.0;
    inner.retry_after = wait;
    inner.repo_commit = headers
        .get("x-repo-commit")
        .and_then(|commit| commit.to_str().ok())
        .map(str::to_owned);
    inner.request_id = ["x-request-id", "x-amzn-trace-id", "x-amz-cf-id"]
        .into_iter()
        .find_map(header);
    inner.server_messages = server_messages(said, headers, &body);
    inner.error_code = code;
    inner.body = body;
    error
}

/// What kind of address an error came from, by its path below the endpoint.
#[derive(Debug, PartialEq, Eq)]
enum Route {
    Repository,
    Bucket,
    Job,
    Other,
}

impl Route {
    fn of(path: &str) -> Self {
        let mut parts = path.trim_start_matches('/').split('/');
        match (parts.next(), parts.next()) {
            (Some("api"), Some("buckets")) => Self::Bucket,
            (Some("api"), Some("jobs" | "scheduled-jobs")) => match (parts.next(), parts.next()) {
                (Some(_), Some(id)) if !id.is_empty() => Self::Job,
                _ => Self::Other,
            },
            (Some("api"), Some("models" | "datasets" | "spaces" | "kernels")) => match parts.next()
            {
                Some(id) if !id.is_empty() => Self::Repository,
                _ => Self::Other,
            },
            _ => match path.split_once("/resolve/") {
                Some((before, after)) if before.len() > 1 && !after.is_empty() => Self::Repository,
                _ => Self::Other,
            },
        }
    }
}

/// The order of the rules is `huggingface_hub`'s: the code, then the disabled message, then status
/// and address. Two differences: a 401 without a code means "not found" over plain http and for
/// kernels, too.
fn kind_of(status: StatusCode, code: Option<&str>, said: Option<&str>, route: &Route) -> ErrorKind {
    match code {
        Some("RevisionNotFound") => return ErrorKind::RevisionNotFound,
        Some("EntryNotFound") => return ErrorKind::EntryNotFound,
        Some("GatedRepo") => return ErrorKind::GatedRepo,
        _ => {}
    }
    if said == Some("Access to this resource is disabled.") {
        return ErrorKind::DisabledRepo;
    }
    match (status.as_u16(), code, route) {
        (_, Some("RepoNotFound"), Route::Bucket) => ErrorKind::BucketNotFound,
        (404, _, Route::Job) => ErrorKind::JobNotFound,
        (_, Some("RepoNotFound"), _) => ErrorKind::RepositoryNotFound,
        (401, _, Route::Repository)
            if said != Some("Invalid credentials in Authorization header") =>
        {
            ErrorKind::RepositoryNotFound
        }
        (400, ..) => ErrorKind::BadRequest,
        (401, ..) => ErrorKind::Unauthorized,
        (403, ..) => ErrorKind::Forbidden,
        (409, ..) => ErrorKind::Conflict,
        (412, ..) => ErrorKind::PreconditionFailed,
        (429, ..) => ErrorKind::RateLimited,
        _ => ErrorKind::Http,
    }
}

/// The client's words for a kind, and what to do.
fn words(
    kind: ErrorKind,
    status: StatusCode,
    route: &Route,
    rate_limit: Option<&RateLimit>,
) -> (String, Option<String>) {
    let number = status.as_u16();
    let hint = |text: &str| Some(text.to_owned());
    match kind {
        ErrorKind::RepositoryNotFound => (
            format!("repository not found ({number})"),
            hint(
                "check `repo_id` and `repo_type`; a private or gated repository needs a token that may read it \
                 (set HF_TOKEN or run `hf auth login`)",
            ),
        ),
        ErrorKind::GatedRepo => (
            format!("access to this repository is gated ({number})"),
            hint(
                "accept its conditions or ask for access on the repository's page, then use a token of that account",
            ),
        ),
        ErrorKind::DisabledRepo => (
            format!("access to this repository is disabled ({number})"),
            hint("only its owner or the Hub can enable it again"),
        ),
        ErrorKind::RevisionNotFound => (
            format!("revision not found ({number})"),
            hint("check the branch, tag or commit; `list_repo_refs` shows the branches and tags"),
        ),
        ErrorKind::EntryNotFound => (
            format!("entry not found in the repository ({number})"),
            hint("check the path and the revision; `list_repo_tree` shows what is there"),
        ),
        ErrorKind::BucketNotFound => (
            format!("bucket not found ({number})"),
            hint(
                "check the bucket id (`namespace/name`); a private bucket needs a token that may read it",
            ),
        ),
        ErrorKind::JobNotFound => (
            format!("job not found ({number})"),
            hint("check the job id and the namespace"),
        ),
        ErrorKind::BadRequest => (format!("the Hub refused the request ({number})"), None),
        ErrorKind::Unauthorized => (
            format!("not authenticated ({number})"),
            hint("the token is missing, expired or wrong: set HF_TOKEN or run `hf auth login`"),
        ),
        ErrorKind::Forbidden => (
            format!("forbidden ({number})"),
            hint(
                "the token lacks the permission for this: use one with the right scope (`write` for changes)",
            ),
        ),
        ErrorKind::Conflict => (
            format!("conflict ({number})"),
            hint("it exists already, or another operation on it is under way"),
        ),
        ErrorKind::PreconditionFailed => (
            format!("precondition failed ({number})"),
            hint(
                "the branch has moved since `parent_commit`: look at what changed and commit on top of it",
            ),
        ),
        ErrorKind::RateLimited => (
            format!("too many requests ({number})"),
            Some(rate_limit_hint(rate_limit)),
        ),
        _ => {
            let reason = status.canonical_reason().unwrap_or("unknown status");
            let hint = match (number, route) {
                (500.., _) => hint("the server failed; trying again later may help"),
                (404, Route::Other) => hint("check the address and the endpoint (HF_ENDPOINT)"),
                _ => None,
            };
            (format!("the server answered {number} {reason}"), hint)
        }
    }
}

fn rate_limit_hint(limit: Option<&RateLimit>) -> String {
    match limit {
        Some(limit) if limit.remaining == 0 => {
            let mut text = format!(
                "the '{}' rate limit is used up; it starts anew in {} s",
                limit.resource,
                limit.reset.as_secs()
            );
            if let (Some(quota), Some(window)) = (limit.quota, limit.window) {
                let _ = write!(text, " ({quota} requests per {} s)", window.as_secs());
            }
            text.push_str("; a token has a higher limit than none");
            text
        }
        _ => "slow down, and try again later".to_owned(),
    }
}

/// What the server said, from the header and the body, each message once and in order.
fn server_messages(header: Option<String>, headers: &HeaderMap, body: &[u8]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut add = |text: &str| {
        let text = shorten(text.trim());
        if !text.is_empty() && !messages.contains(&text) {
            messages.push(text);
        }
    };
    if let Some(text) = header {
        add(&text);
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(fields)) => {
            let text = |value: &Value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let present = |name: &str| fields.get(name).filter(|value| !value.is_null());
            match (present("error"), present("error_description")) {
                (Some(Value::Array(all)), _) => all.iter().for_each(|one| add(&text(one))),
                (Some(error), Some(more)) => add(&format!("{}: {}", text(error), text(more))),
                (Some(one), None) | (None, Some(one)) => add(&text(one)),
                (None, None) => {}
            }
            if let Some(Value::Array(all)) = fields.get("errors") {
                for message in all.iter().filter_map(|one| one.get("message")) {
                    add(&text(message));
                }
            }
        }
        Ok(Value::String(text)) => add(&text),
        Ok(_) => {}
        Err(_) => {
            let is_html = headers.get(http::header::CONTENT_TYPE).is_some_and(|kind| {
                kind.as_bytes()
                    .to_ascii_lowercase()
                    .windows(4)
                    .any(|w| w == b"html")
            }) || body.trim_ascii_start().starts_with(b"<");
            if !is_html {
                add(&String::from_utf8_lossy(
                    &body[..body.len().min(4 * MESSAGE_LIMIT)],
                ));
            }
        }
    }
    messages
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
