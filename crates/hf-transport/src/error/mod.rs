//! The one error type of the crates above `hf-types`.

mod classify;
mod kind;
mod response;
mod show;
mod validation;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};

pub(crate) use classify::{chain, repeat_status, spell_out};
pub use kind::ErrorKind;
pub(crate) use response::{Answer, ERROR_BODY_LIMIT, from_response};

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error type that tower services of this crate speak.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Whether sending the same request again may help, and when that is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// The same request will fail the same way.
    Never,
    /// It may help; the first try may have had an effect, so only requests whose repetition is
    /// harmless are sent again.
    IfRepeatable,
    /// It may help, and the first try had no effect (the connection was never made, the server
    /// declined to process).
    Always,
}

/// What went wrong in a call to the Hub, where, and what to do about it.
///
/// [`kind`](Error::kind) is the stable part to match on. [`Display`](fmt::Display) is written for
/// people: what failed, the server's own words, the address without secrets, the request id, how
/// often it was tried, and a hint where there is one. Tokens and signatures never appear in it.
///
/// ```
/// use hf_transport::{Error, ErrorKind};
/// let error = Error::validation("repo_id is empty").with_hint("write it as `namespace/name`");
/// assert_eq!(error.kind(), ErrorKind::Validation);
/// assert_eq!(error.to_string(), "repo_id is empty\nHint: write it as `namespace/name`");
/// ```
pub struct Error(Box<Inner>);

#[derive(Default)]
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
    repeat: Option<Repeat>,
    body: Bytes,
    source: Option<BoxError>,
}

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind: Some(kind),
            message: message.into(),
            ..Inner::default()
        }))
    }

    /// The call itself is wrong, or was refused before anything was sent.
    pub fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Validation, message)
    }

    /// A local file operation failed; `context` says which, with the path.
    ///
    /// A missing file becomes [`ErrorKind::FileNotFound`].
    pub fn io(context: impl fmt::Display, source: std::io::Error) -> Self {
        let kind = match source.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::FileNotFound,
            _ => ErrorKind::Io,
        };
        Self::new(kind, format!("{context}: {source}")).with_source(source)
    }

    /// The connection failed or broke. Retryable where repetition is harmless.
    pub fn network(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Network, message).with_repeat(Repeat::IfRepeatable)
    }

    /// A limit of time passed. Retryable where repetition is harmless.
    pub fn timeout(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Timeout, message).with_repeat(Repeat::IfRepeatable)
    }

    /// An answer was not of the expected shape.
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
        self.0.source = Some(source.into());
        self
    }

    /// Puts what was being done in front of the message: `"while uploading a.bin"`.
    pub fn with_context(mut self, context: impl fmt::Display) -> Self {
        self.0.context.insert(0, context.to_string());
        self
    }

    /// Says whether and when sending again may help.
    pub fn with_repeat(mut self, repeat: Repeat) -> Self {
        self.0.repeat = Some(repeat);
        self
    }

    /// Changes the kind, keeping everything else: for a call that knows better what a status means.
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

    /// Names the request. The address is redacted here; what is known already is kept.
    pub fn with_request(mut self, method: &Method, url: &str) -> Self {
        if self.0.url.is_none() {
            self.0.method = Some(method.clone());
            self.0.url = Some(crate::redact::redact_url(url).into_owned());
        }
        self
    }

    pub(crate) fn with_trials(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = self.0.attempts.max(attempts);
        self.0.elapsed = Some(self.0.elapsed.unwrap_or_default().max(elapsed));
        self
    }

    /// The same error again, without its source, which cannot be shared.
    pub(crate) fn echo(&self) -> Self {
        let inner = &*self.0;
        Self(Box::new(Inner {
            kind: inner.kind,
            message: inner.message.clone(),
            context: inner.context.clone(),
            hint: inner.hint.clone(),
            repeat: inner.repeat,
            ..Inner::default()
        }))
    }

    /// What went wrong, as a stable name.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind.unwrap_or(ErrorKind::Http)
    }

    /// The HTTP status, if the server answered.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// What this client says, without the server's words, address and hint.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The server's own messages, from the `X-Error-Message` header and the body, each once.
    pub fn server_messages(&self) -> &[String] {
        &self.0.server_messages
    }

    /// The `X-Error-Code` header: `"RepoNotFound"`, `"GatedRepo"`, ...
    pub fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// The id under which the Hub knows the request (`X-Request-Id` and its kin).
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The commit that the Hub looked at (`X-Repo-Commit`), as it tells also of a file it did not find.
    pub fn repo_commit(&self) -> Option<&str> {
        self.0.repo_commit.as_deref()
    }

    /// The HTTP method of the failed request.
    pub fn method(&self) -> Option<&Method> {
        self.0.method.as_ref()
    }

    /// The address of the failed request, without user info and signatures.
    pub fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// How many times the request was sent. 0: it never left.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Time from the call to its failure, waits included, if it was sent at all.
    pub fn elapsed(&self) -> Option<Duration> {
        self.0.elapsed
    }

    /// How long the server asked to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The body of the error answer, at most 1 MiB; empty if there was none.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// Whether and when sending the same request again may help.
    pub fn repeat(&self) -> Repeat {
        self.0.repeat.unwrap_or_else(|| match self.0.status {
            Some(status) => classify::repeat_status(status, self.0.retry_after.is_some()),
            None => Repeat::Never,
        })
    }

    /// Whether the same call may succeed later without a change to it.
    pub fn is_retryable(&self) -> bool {
        self.repeat() != Repeat::Never
    }

    /// Whether another or a better token may help: 401, 403, a gated or invisible repository, or no
    /// token where one is needed.
    pub fn is_auth(&self) -> bool {
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

    /// Whether the thing asked for is not there (or not visible): every `...NotFound` kind of the
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

impl From<BoxError> for Error {
    /// Finds the [`Error`] inside, or files a stranger's error as [`ErrorKind::Network`].
    fn from(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => *error,
            Err(error) => classify::foreign(error),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_pointer_and_can_cross_threads() {
        fn assert_bounds<T: Send + Sync + 'static>() {}
        assert_bounds::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn display_tells_what_where_and_what_to_do() {
        let error = Error::network("connection refused")
            .with_context("while listing models")
            .with_request(&Method::GET, "https://u:p@h/x?X-Amz-Signature=abc&a=1")
            .with_trials(3, Duration::from_millis(2_140))
            .with_hint("is the Hub reachable?");
        assert_eq!(
            error.to_string(),
            "while listing models: connection refused\n\
             Request: GET https://h/x?X-Amz-Signature=[redacted]&a=1, tried 3 times in 2.1 s\n\
             Hint: is the Hub reachable?"
        );
        assert!(error.is_retryable() && !error.is_auth());
    }

    #[test]
    fn kinds_have_their_own_names() {
        for kind in ErrorKind::ALL {
            assert_eq!(kind.as_str(), format!("{kind:?}"));
        }
        assert_eq!(ErrorKind::ALL.len(), 38);
    }
}
