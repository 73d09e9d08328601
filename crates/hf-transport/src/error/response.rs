//! Converts a response with a status of 400 or more into a typed error, by the rules of `huggingface_hub`.

use std::fmt::Write;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

use super::messages::Messages;
use super::{Error, ErrorKind};
use crate::retry::{RateLimit, retry_after};

/// How much of an error body is read. A longer body is not a message for a person.
pub(crate) const ERROR_BODY_LIMIT: usize = 1 << 20;

/// A response with an error status.
pub(crate) struct FailedResponse<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Uri,
    /// The path relative to the endpoint.
    pub(crate) path: &'a str,
}

impl FailedResponse<'_> {
    /// Converts the response into an error of the matching kind.
    pub(crate) fn into_error(self) -> Error {
        let Self {
            status, headers, ..
        } = self;
        let header = |name: &str| {
            headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let code = header("x-error-code");
        let said = header("x-error-message");
        let rate_limit = RateLimit::from_headers(headers);
        let route = Route::of(self.path);
        let kind = kind_of(status, code.as_deref(), said.as_deref(), &route);
        let messages = Messages::read(said, headers, &self.body);
        let from_storage =
            code.is_none() && (messages.storage_code.is_some() || is_signed(self.url));
        let (message, hint) = if from_storage {
            storage_words(status, messages.storage_code.as_deref())
        } else {
            words(kind, status, &route, rate_limit.as_ref())
        };

        let mut error = Error::new(kind, message)
            .with_status(status)
            .with_request(self.method, &self.url.to_string());
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
        inner.request_id = [
            "x-request-id",
            "x-amzn-trace-id",
            "x-amz-cf-id",
            "x-amz-request-id",
        ]
        .into_iter()
        .find_map(header);
        inner.server_messages = messages.texts;
        inner.error_code = code.or(messages.storage_code);
        inner.body = self.body;
        inner.from_storage = from_storage;
        error
    }
}

/// Returns whether a URL carries its own signature, which means that it points to storage and receives no
/// token.
fn is_signed(url: &Uri) -> bool {
    const SIGNATURES: [&str; 4] = [
        "x-amz-signature=",
        "x-goog-signature=",
        "signature=",
        "sig=",
    ];
    url.query().is_some_and(|query| {
        let query = query.to_ascii_lowercase();
        query
            .split('&')
            .any(|pair| SIGNATURES.iter().any(|name| pair.starts_with(name)))
    })
}

fn storage_words(status: StatusCode, code: Option<&str>) -> (String, Option<String>) {
    let number = status.as_u16();
    let message = match code {
        Some(code) => format!("the storage refused the request ({number}, {code})"),
        None => format!("the storage refused the request ({number})"),
    };
    let hint = match number {
        403 => Some(
            "the signed URL may have expired, or a proxy may have changed the request: try again, and check \
             that the clock of this machine is right",
        ),
        500.. => Some("the storage failed; try again later"),
        _ => None,
    };
    (message, hint.map(str::to_owned))
}

/// The subject of a request, derived from its path relative to the endpoint.
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

/// Returns the kind by the rules of `huggingface_hub`, in their order: the code, then the message of a
/// disabled repository, then status and path. There are two differences: a 401 without a code means "not
/// found" also over plain http, and also for kernels.
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

/// Returns the client's message for a kind, and a hint.
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
                "accept its conditions or request access on the repository's page, then use a token of that account",
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
            hint("the token is missing, expired or invalid: set HF_TOKEN or run `hf auth login`"),
        ),
        ErrorKind::Forbidden => (
            format!("forbidden ({number})"),
            hint(
                "the token lacks the permission for this: use one with the right scope (`write` for changes)",
            ),
        ),
        ErrorKind::Conflict => (
            format!("conflict ({number})"),
            hint("it exists already, or another operation on it is in progress"),
        ),
        ErrorKind::PreconditionFailed => (
            format!("precondition failed ({number})"),
            hint(
                "the branch has moved since `parent_commit`: read what changed and commit on top of it",
            ),
        ),
        ErrorKind::RateLimited => (
            format!("too many requests ({number})"),
            Some(rate_limit_hint(rate_limit)),
        ),
        _ => {
            let reason = status.canonical_reason().unwrap_or("unknown status");
            let hint = match (number, route) {
                (500.., _) => hint("the server failed; try again later"),
                (404, Route::Other) => hint("check the URL and the endpoint (HF_ENDPOINT)"),
                _ => None,
            };
            (format!("the server responded with {number} {reason}"), hint)
        }
    }
}

fn rate_limit_hint(limit: Option<&RateLimit>) -> String {
    match limit {
        Some(limit) if limit.remaining == 0 => {
            let mut text = format!(
                "the '{}' rate limit is exhausted; it resets in {} s",
                limit.resource,
                limit.reset.as_secs()
            );
            if let (Some(quota), Some(window)) = (limit.quota, limit.window) {
                let _ = write!(text, " ({quota} requests per {} s)", window.as_secs());
            }
            text.push_str("; requests with a token have a higher limit than anonymous ones");
            text
        }
        _ => "send fewer requests, and try again later".to_owned(),
    }
}
