//! The one error type of the crates above `hf-types`.

mod classify;
mod convert;
mod kind;
mod messages;
mod response;
mod show;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};

pub(crate) use classify::{chain, display_chain, status_retryability};
pub use kind::ErrorKind;
pub(crate) use response::{ERROR_BODY_LIMIT, FailedResponse};

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error type of the tower services of this crate.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Whether sending the same request again may help, and when that is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retryability {
    /// The same request will fail in the same way.
    Never,
    /// A retry may help, but the attempt may have had an effect: only idempotent requests are sent again.
    IfIdempotent,
    /// A retry may help, and the attempt had no effect (no connection was made, or the server declined to
    /// process the request).
    Always,
}

/// What went wrong in a call to the Hub, where, and what to do about it.
///
/// [`kind`](Error::kind) is the stable part to match on. [`Display`](fmt::Display) is written for people:
/// what failed, the server's own words, the URL without secrets, the request id, how often the request was
/// sent, and a hint where there is one. `{:?}`, which `main` and `unwrap` print, adds the causes; `{:#?}` shows
/// the fields. Tokens and signatures never appear in any of them.
///
/// ```
/// use hf_transport::{Error, ErrorKind};
/// let error = Error::validation("`repo_id` is empty").with_hint("write it as `namespace/name`");
/// assert_eq!(error.kind(), ErrorKind::Validation);
/// assert_eq!(error.to_string(), "`repo_id` is empty\nHint: write it as `namespace/name`");
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone, Default)]
struct Inner {
    kind: Option<ErrorKind>,
    message: Cow<'static, str>,
    context: Vec<String>,
    hint: Option<Cow<'static, str>>,
    status: Option<StatusCode>,
    error_code: Option<String>,
    server_messages: Vec<String>,
    request_id: Option<String>,
    repo_commit: Option<String>,
    method: Option<Method>,
    url: Option<String>,
    attempts: u32,
    elapsed: Option<Duration>,
    retry_after: Option<Duration>,
    retryability: Option<Retryability>,
    body: Bytes,
    /// The response is that of a storage behind the Hub, which knows no tokens.
    from_storage: bool,
    /// Shared, so that an error that several wait for can be given to each of them whole.
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Creates an error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind: Some(kind),
            message: message.into(),
            ..Inner::default()
        }))
    }

    /// Creates the error of a call that is wrong, or was refused before anything was sent.
    pub fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Validation, message)
    }

    /// Creates the error of a local file operation; `context` says which, with the path.
    ///
    /// A missing file becomes [`ErrorKind::FileNotFound`].
    pub fn io(context: impl fmt::Display, source: std::io::Error) -> Self {
        Self::new(convert::io_kind(&source), format!("{context}: {source}")).with_source(source)
    }

    /// Creates the error of a connection that failed or broke. It is retried if the request is idempotent.
    pub fn network(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Network, message).with_retryability(Retryability::IfIdempotent)
    }

    /// Creates the error of a limit of time that passed. It is retried if the request is idempotent.
    pub fn timeout(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Timeout, message).with_retryability(Retryability::IfIdempotent)
    }

    /// Creates the error of a response that does not have the expected form.
    pub fn decode(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Decode, message)
    }

    /// Adds what the caller should do.
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the error that caused this one.
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Puts what was being done in front of the message: `"while uploading a.bin"`.
    pub fn with_context(mut self, context: impl fmt::Display) -> Self {
        self.0.context.insert(0, context.to_string());
        self
    }

    /// Sets whether and when sending the request again may help.
    pub fn with_retryability(mut self, retryability: Retryability) -> Self {
        self.0.retryability = Some(retryability);
        self
    }

    /// Changes the kind and keeps everything else, for a call that knows better what a status means.
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = Some(kind);
        self
    }

    /// Sets the HTTP status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets how long the server asked to wait.
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Names the request. The URL is redacted here; a request that is known already is kept.
    pub fn with_request(mut self, method: &Method, url: &str) -> Self {
        if self.0.url.is_none() {
            self.0.method = Some(method.clone());
            self.0.url = Some(crate::redact::redact_url(url).into_owned());
        }
        self
    }

    /// Sets how often the request was sent, and how long that took in all; larger values are kept.
    pub(crate) fn with_attempts(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = self.0.attempts.max(attempts);
        self.0.elapsed = Some(self.0.elapsed.unwrap_or_default().max(elapsed));
        self
    }

    /// Returns what went wrong, as a stable name.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind.unwrap_or(ErrorKind::Http)
    }

    /// Returns the HTTP status, if the server responded.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns what this client says, without the server's words, URL and hint.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the server's own messages, from the `X-Error-Message` header and the body, each once.
    pub fn server_messages(&self) -> &[String] {
        &self.0.server_messages
    }

    /// Returns the `X-Error-Code` header (`"RepoNotFound"`, `"GatedRepo"`, ...), or the `Code` of a storage.
    pub fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// Returns the id under which the Hub knows the request (`X-Request-Id` and its like).
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the commit that the Hub looked at (`X-Repo-Commit`), which it reports also for a file that it did
    /// not find.
    pub fn repo_commit(&self) -> Option<&str> {
        self.0.repo_commit.as_deref()
    }

    /// Returns the HTTP method of the failed request.
    pub fn method(&self) -> Option<&Method> {
        self.0.method.as_ref()
    }

    /// Returns the URL of the failed request, without user info and signatures.
    pub fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// Returns how many times the request was sent; 0 if it never left.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the time from the call to its failure, waits included, if it was sent at all.
    pub fn elapsed(&self) -> Option<Duration> {
        self.0.elapsed
    }

    /// Returns how long the server asked to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Returns the body of the error response, at most 1 MiB; empty if there was none.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// Returns whether and when sending the same request again may help.
    pub fn retryability(&self) -> Retryability {
        self.0.retryability.unwrap_or_else(|| match self.0.status {
            Some(status) => classify::status_retryability(status, self.0.retry_after.is_some()),
            None => Retryability::Never,
        })
    }

    /// Returns whether the same call may succeed later without a change to it.
    pub fn is_retryable(&self) -> bool {
        self.retryability() != Retryability::Never
    }

    /// Returns whether a limit of time passed, here or in the server (408, 504).
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
            || matches!(
                self.0.status,
                Some(StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT)
            )
    }

    /// Returns whether another or a better token may help: 401, 403, a gated or invisible repository, or no
    /// token where one is needed.
    pub fn is_auth(&self) -> bool {
        if self.0.from_storage {
            return false;
        }
        matches!(
            self.kind(),
            ErrorKind::Unauthorized
                | ErrorKind::Forbidden
                | ErrorKind::GatedRepo
                | ErrorKind::LocalTokenNotFound
        ) || matches!(
            self.0.status,
            Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        )
    }

    /// Returns whether the thing asked for is not there (or not visible): every `...NotFound` kind of the
    /// Hub, or a plain 404.
    pub fn is_not_found(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::RepositoryNotFound
                | ErrorKind::RevisionNotFound
                | ErrorKind::EntryNotFound
                | ErrorKind::BucketNotFound
                | ErrorKind::JobNotFound
        ) || self.0.status == Some(StatusCode::NOT_FOUND)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}
