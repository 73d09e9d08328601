//! The error type shared by all crates above `hf-types`.

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

/// A `Result` with this crate's [`Error`] by default.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error type of the tower services in this crate.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Whether sending the same request again may help, and when that is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retryability {
    /// Sending the same request again would fail in the same way.
    Never,
    /// A retry may help, but the failed attempt may have had an effect, so only idempotent requests are sent
    /// again.
    IfIdempotent,
    /// A retry may help, and the failed attempt had no effect: no connection was made, or the server declined
    /// to process the request.
    Always,
}

/// An error of a call to the Hub: what went wrong, where, and what to do about it.
///
/// [`kind`](Error::kind) is the stable part to match on. [`Display`](fmt::Display) is written for people:
/// what failed, the server's own messages, the URL without secrets, the request id, the number of attempts,
/// and a hint where there is one. `{:?}`, which `main` and `unwrap` print, adds the causes; `{:#?}` shows the
/// fields. Tokens and signatures never appear in any of them.
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
    /// Whether the response came from the storage behind the Hub, which receives no token.
    from_storage: bool,
    /// Shared, so that several waiters can each receive a complete copy of one error.
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Creates an error with a kind and a message.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind: Some(kind),
            message: message.into(),
            ..Inner::default()
        }))
    }

    /// Creates a [`Validation`](ErrorKind::Validation) error: an argument is invalid, or the call was refused
    /// before a request was sent.
    pub fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Validation, message)
    }

    /// Creates the error of a failed local file operation. `context` says which one, including the path.
    ///
    /// A missing file becomes [`ErrorKind::FileNotFound`].
    pub fn io(context: impl fmt::Display, source: std::io::Error) -> Self {
        Self::new(convert::io_kind(&source), format!("{context}: {source}")).with_source(source)
    }

    /// Creates a [`Network`](ErrorKind::Network) error: a connection failed or broke. It is retried if the
    /// request is idempotent.
    pub fn network(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Network, message).with_retryability(Retryability::IfIdempotent)
    }

    /// Creates a [`Timeout`](ErrorKind::Timeout) error: a time limit passed. It is retried if the request is
    /// idempotent.
    pub fn timeout(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Timeout, message).with_retryability(Retryability::IfIdempotent)
    }

    /// Creates a [`Decode`](ErrorKind::Decode) error: a response does not have the expected form.
    pub fn decode(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Decode, message)
    }

    /// Adds a hint that tells the caller what to do.
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Sets the error that caused this one.
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Prepends context to the message, for example `"while uploading a.bin"`.
    pub fn with_context(mut self, context: impl fmt::Display) -> Self {
        self.0.context.insert(0, context.to_string());
        self
    }

    /// Sets whether, and when, sending the request again may help.
    pub fn with_retryability(mut self, retryability: Retryability) -> Self {
        self.0.retryability = Some(retryability);
        self
    }

    /// Replaces the kind and keeps everything else, for a call that knows better what a status means.
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = Some(kind);
        self
    }

    /// Sets the HTTP status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets how long the server asked the client to wait.
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Sets the method and URL of the request, unless they are set already. The URL is redacted.
    pub fn with_request(mut self, method: &Method, url: &str) -> Self {
        if self.0.url.is_none() {
            self.0.method = Some(method.clone());
            self.0.url = Some(crate::redact::redact_url(url).into_owned());
        }
        self
    }

    /// Sets the number of attempts and their total duration; larger existing values are kept.
    pub(crate) fn with_attempts(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = self.0.attempts.max(attempts);
        self.0.elapsed = Some(self.0.elapsed.unwrap_or_default().max(elapsed));
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind.unwrap_or(ErrorKind::Http)
    }

    /// Returns the HTTP status, if there was a response.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns this client's own message, without the server's messages, URL and hint.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the server's own messages, from the `X-Error-Message` header and the body, each once.
    pub fn server_messages(&self) -> &[String] {
        &self.0.server_messages
    }

    /// Returns the `X-Error-Code` header (`"RepoNotFound"`, `"GatedRepo"`, ...), or the `Code` of a storage
    /// error.
    pub fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// Returns the id by which the Hub can find the request in its logs (`X-Request-Id` or a similar header).
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the commit that the request referred to (`X-Repo-Commit`). The Hub reports it even if the file
    /// was not found.
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

    /// Returns how many times the request was sent; 0 if it was never sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the time from the start of the request to its failure, including waits, if the request was
    /// sent.
    pub fn elapsed(&self) -> Option<Duration> {
        self.0.elapsed
    }

    /// Returns how long the server asked the client to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns a hint that says what to do about the error.
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

    /// Returns whether the same call may succeed later, unchanged.
    pub fn is_retryable(&self) -> bool {
        self.retryability() != Retryability::Never
    }

    /// Returns whether a time limit passed, in the client or in the server (408, 504).
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
            || matches!(
                self.0.status,
                Some(StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT)
            )
    }

    /// Returns whether another token may help: 401, 403, a gated or invisible repository, or a missing token.
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

    /// Returns whether the requested object does not exist or is not visible: every `...NotFound` kind of the
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
