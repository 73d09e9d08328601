//! The options of a request, which travel through the layers as one value.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};

use super::headers;
use crate::progress::{ProgressEvent, ProgressSink};
use crate::token::Token;

/// Selects the token that a request carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenMode {
    /// Sends the client's token, if it has one.
    #[default]
    Default,
    /// Sends no token (`token=False` in Python).
    None,
    /// Sends the client's token even where implicit tokens are disabled, and fails if there is none
    /// (`token=True` in Python).
    Required,
    /// Sends this token.
    Explicit(Token),
}

/// Selects the redirects that a request follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedirectMode {
    /// Follows all redirects. The token is dropped when the origin changes.
    #[default]
    Follow,
    /// Follows redirects within the endpoint's origin. The first redirect that leaves it is returned as the
    /// response, which is where the metadata of a file is.
    SameOrigin,
    /// Follows no redirects; the redirect is returned as the response.
    None,
}

/// The options of a request, or the default options of a client or of a call that sends several requests.
///
/// One value carries them all: a call collects its options here and applies them to each of its requests
/// ([`Request::with_defaults`](crate::Request::with_defaults)), the client adds its own defaults, and the
/// layers read the result from the extensions of the `http::Request` ([`of`](Self::of)). The request's own
/// options take precedence over those of the call, and those over the client's.
///
/// # Timeouts
/// There are three time limits, each per request:
/// - [`with_timeout`](Self::with_timeout): the whole request, from the moment it is sent to the last byte of
///   the response body, including all attempts, waits and redirects. A call that sends several requests
///   (pages, files) applies the limit to each of them.
/// - [`with_header_timeout`](Self::with_header_timeout): the response headers, in each attempt.
/// - [`with_idle_timeout`](Self::with_idle_timeout): silence while the response body is read.
///
/// ```
/// use std::time::Duration;
/// use hf_transport::{Request, RequestOptions};
/// let options = RequestOptions::new()
///     .with_timeout(Duration::from_secs(30))
///     .with_header("x-hf-bill-to", "my-org");
/// let request = Request::get("/api/models").with_defaults(&options);
/// assert_eq!(request.options().timeout(), Some(Duration::from_secs(30)));
/// ```
#[derive(Clone, Default)]
pub struct RequestOptions {
    pub(crate) operation: Option<&'static str>,
    pub(crate) root_operation: Option<&'static str>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) token: TokenMode,
    pub(crate) trusted: bool,
    pub(crate) redirect: RedirectMode,
    pub(crate) header_timeout: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) buffer_limit: Option<u64>,
    pub(crate) max_retries: Option<u32>,
    pub(crate) headers: HeaderMap,
    pub(crate) progress: Option<Arc<dyn ProgressSink>>,
    pub(crate) attempt: u32,
    pub(crate) fault: Option<String>,
    /// Whether `Authorization` was set for this request whatever its target, as a storage service's own
    /// credentials are.
    pub(crate) own_authorization: bool,
}

impl RequestOptions {
    /// Creates options without any value set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the options that travel with an `http::Request`, or empty options if it has none.
    pub fn of<B>(request: &http::Request<B>) -> Self {
        request.extensions().get().cloned().unwrap_or_default()
    }

    /// Sets the name of the request, under which its span and its retries are reported: `"model_info"`.
    pub fn with_operation(mut self, name: &'static str) -> Self {
        self.operation = Some(name);
        self
    }

    /// Sets the name of the user's call that the request is part of. The outermost call wins.
    pub fn with_root_operation(mut self, name: &'static str) -> Self {
        self.root_operation.get_or_insert(name);
        self
    }

    /// Sets whether sending the request twice has the same effect as sending it once. The default depends on
    /// the method: `GET`, `HEAD`, `PUT`, `DELETE` and `OPTIONS` are idempotent, `POST` and `PATCH` are not.
    pub fn with_idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }

    /// Selects the token.
    pub fn with_token(mut self, token: TokenMode) -> Self {
        self.token = token;
        self
    }

    /// Sends the token and the headers of these options to the target's origin even if that is not the
    /// endpoint's. Use this for a service of the Hub at a fixed URL, never for a URL that a server sent.
    pub fn with_trusted(mut self, trusted: bool) -> Self {
        self.trusted = trusted;
        self
    }

    /// Selects which redirects are followed.
    pub fn with_redirect(mut self, mode: RedirectMode) -> Self {
        self.redirect = mode;
        self
    }

    /// Limits the duration of the whole request, including retries and reading the body.
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Limits the wait for the response headers in each attempt, counted from the last byte of the request
    /// body.
    pub fn with_header_timeout(mut self, limit: Duration) -> Self {
        self.header_timeout = Some(limit);
        self
    }

    /// Limits silence while the response body is read. `Duration::MAX` disables the limit, which a stream of
    /// events needs.
    pub fn with_idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = Some(limit);
        self
    }

    /// Reads the response body, up to `limit` bytes, as part of each attempt, so that a truncated body is
    /// retried. [`Client::fetch`](crate::Client::fetch) sets this.
    pub fn with_buffer_limit(mut self, limit: u64) -> Self {
        self.buffer_limit = Some(limit);
        self
    }

    /// Limits the number of retries, in place of the client's [`RetryConfig`](crate::RetryConfig). 0 makes
    /// the first failure final, for a caller that has a fallback.
    pub fn with_max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(retries);
        self
    }

    /// Adds a header. It is sent only to the endpoint's origin (and to [trusted](Self::with_trusted)
    /// targets), never to the storage that a redirect or a signed URL points to. If the request itself has a
    /// header with the same name, that one wins.
    ///
    /// A malformed name or value is reported as a `Validation` error when the request is sent.
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        match headers::parse(name.as_ref(), value.as_ref()) {
            Ok((name, value)) => {
                self.headers.append(name, value);
            }
            Err(fault) => {
                self.fault.get_or_insert(fault);
            }
        }
        self
    }

    /// Adds headers, as [`with_header`](Self::with_header) does.
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        for (name, value) in &mut self.headers {
            headers::mark_sensitive(name, value);
        }
        self
    }

    /// Sets the sink to which retries and transfers are reported.
    pub fn with_progress(mut self, sink: Arc<dyn ProgressSink>) -> Self {
        self.progress = Some(sink);
        self
    }

    /// Removes the limit for the whole request, for one whose body may take hours.
    pub fn without_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// Returns the options for a request to a presigned URL: the names, the limits of each attempt and the
    /// progress sink are kept; token, headers and the limit for the whole request are not.
    pub fn for_storage(&self) -> Self {
        Self {
            operation: self.operation,
            root_operation: self.root_operation,
            token: TokenMode::None,
            header_timeout: self.header_timeout,
            idle_timeout: self.idle_timeout,
            max_retries: self.max_retries,
            progress: self.progress.clone(),
            ..Self::default()
        }
    }

    /// Fills in unset options from `defaults`.
    ///
    /// [`TokenMode::Required`] is replaced by an explicit token in `defaults`. Headers are merged by name.
    pub fn with_defaults(mut self, defaults: &Self) -> Self {
        let explicit = matches!(defaults.token, TokenMode::Explicit(_));
        if self.token == TokenMode::Default || (self.token == TokenMode::Required && explicit) {
            self.token = defaults.token.clone();
        }
        self.operation = self.operation.or(defaults.operation);
        self.root_operation = defaults.root_operation.or(self.root_operation);
        self.header_timeout = self.header_timeout.or(defaults.header_timeout);
        self.idle_timeout = self.idle_timeout.or(defaults.idle_timeout);
        self.timeout = self.timeout.or(defaults.timeout);
        self.max_retries = self.max_retries.or(defaults.max_retries);
        if self.progress.is_none() {
            self.progress.clone_from(&defaults.progress);
        }
        if self.fault.is_none() {
            self.fault.clone_from(&defaults.fault);
        }
        for name in defaults.headers.keys() {
            if !self.headers.contains_key(name) {
                for value in defaults.headers.get_all(name) {
                    self.headers.append(name.clone(), value.clone());
                }
            }
        }
        self
    }

    /// Reports that a request with these options has failed and is sent again after `delay`: to `tracing`
    /// (`INFO`) and to the progress sink. The retry layer does; code that has a reason to send a request again
    /// itself calls it, too.
    pub fn report_retry(&self, attempt: u32, delay: Duration, reason: &str) {
        let operation = self.operation.unwrap_or("request");
        tracing::info!(
            target: "hf_transport::retry",
            operation,
            attempt,
            "{reason}; retrying in {:.1} s",
            delay.as_secs_f64()
        );
        if let Some(sink) = &self.progress {
            sink.on_event(&ProgressEvent::RequestRetry {
                operation,
                attempt,
                delay,
                reason,
            });
        }
    }

    /// Returns the name of the request.
    pub fn operation(&self) -> Option<&'static str> {
        self.operation
    }

    /// Returns the name of the user's call that the request is part of, or that of the request itself if it
    /// is not part of a larger call.
    pub fn root_operation(&self) -> Option<&'static str> {
        self.root_operation.or(self.operation)
    }

    /// Returns whether sending a request with these options and this method twice has the same effect as
    /// sending it once.
    pub fn is_idempotent(&self, method: &Method) -> bool {
        self.idempotent.unwrap_or_else(|| method.is_idempotent())
    }

    /// Returns which token the request carries.
    pub fn token(&self) -> &TokenMode {
        &self.token
    }

    /// Returns whether the token may be sent to the target's own origin.
    pub fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// Returns which redirects are followed.
    pub fn redirect(&self) -> RedirectMode {
        self.redirect
    }

    /// Returns the time limit for the whole request.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns the time limit for the response headers of each attempt.
    pub fn header_timeout(&self) -> Option<Duration> {
        self.header_timeout
    }

    /// Returns the time limit for silence in the response body.
    pub fn idle_timeout(&self) -> Option<Duration> {
        self.idle_timeout
    }

    /// Returns the size limit up to which the body is read as part of each attempt.
    pub fn buffer_limit(&self) -> Option<u64> {
        self.buffer_limit
    }

    /// Returns the limit on retries, if it is not left to the client.
    pub fn max_retries(&self) -> Option<u32> {
        self.max_retries
    }

    /// Returns the headers that are sent only to the endpoint's origin.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the sink of progress events.
    pub fn progress(&self) -> Option<&Arc<dyn ProgressSink>> {
        self.progress.as_ref()
    }

    /// Returns the number of the attempt, from 1; 0 outside of the retry layer.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }
}

impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A value may be a secret, whatever the name of its header: the names are enough.
        let headers: Vec<_> = self.headers.keys().map(http::HeaderName::as_str).collect();
        f.debug_struct("RequestOptions")
            .field("operation", &self.operation)
            .field("root_operation", &self.root_operation)
            .field("idempotent", &self.idempotent)
            .field("token", &self.token)
            .field("trusted", &self.trusted)
            .field("redirect", &self.redirect)
            .field("header_timeout", &self.header_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("timeout", &self.timeout)
            .field("buffer_limit", &self.buffer_limit)
            .field("max_retries", &self.max_retries)
            .field("headers", &headers)
            .field("progress", &self.progress.is_some())
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
