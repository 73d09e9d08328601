//! The options of a request: the one carrier in which they travel through the layers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};

use super::headers;
use crate::progress::ProgressSink;
use crate::token::Token;

/// Selects the token that a request carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TokenMode {
    /// The client's token, if it has one.
    #[default]
    Default,
    /// No token (`token=False` in Python).
    None,
    /// The client's token, even where implicit tokens are disabled; an error if there is none
    /// (`token=True` in Python).
    Required,
    /// This token.
    Explicit(Token),
}

/// Selects the redirects that a request follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum RedirectMode {
    /// Follows all redirects. The token is dropped when the origin changes.
    #[default]
    Follow,
    /// Follows redirects within the endpoint's origin. The first one that leaves it is returned as the
    /// response, as the metadata of a file needs it.
    SameOrigin,
    /// Follows none: the redirect is the response.
    None,
}

/// The options of a request, and the defaults of a client or of a call of several requests.
///
/// One value carries them all: a call collects its options here and puts them on each of its requests
/// ([`Request::with_defaults`](crate::Request::with_defaults)); the client adds its own defaults; and the
/// layers read the result from the extensions of the `http::Request` ([`of`](Self::of)). What is set closer
/// to the request wins: the request itself, then the call, then the client.
///
/// # Timeouts
/// Three limits, each per request:
/// - [`with_timeout`](Self::with_timeout): the whole request, from the moment it is sent to the last byte of
///   the response's body, with all attempts, waits and redirects. A call that sends several requests (pages,
///   files) applies it to each of them.
/// - [`with_header_timeout`](Self::with_header_timeout): the response's headers, in each attempt.
/// - [`with_idle_timeout`](Self::with_idle_timeout): silence while the response's body is read.
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
    /// `Authorization` was set for this request, whatever its target: a storage's own credentials.
    pub(crate) own_authorization: bool,
}

impl RequestOptions {
    /// Creates options of which none is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the options that travel with an `http::Request`, or the defaults if it has none.
    pub fn of<B>(request: &http::Request<B>) -> Self {
        request.extensions().get().cloned().unwrap_or_default()
    }

    /// Names the request, as its span and its retries are reported: `"model_info"`.
    pub fn with_operation(mut self, name: &'static str) -> Self {
        self.operation = Some(name);
        self
    }

    /// Names the call of the user that the request is part of; the outermost call wins.
    pub fn with_root_operation(mut self, name: &'static str) -> Self {
        self.root_operation.get_or_insert(name);
        self
    }

    /// Says whether sending the request twice does the same as sending it once; otherwise its method says
    /// so: `GET`, `HEAD`, `PUT`, `DELETE` and `OPTIONS` are idempotent, `POST` and `PATCH` are not.
    pub fn with_idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }

    /// Selects the token.
    pub fn with_token(mut self, token: TokenMode) -> Self {
        self.token = token;
        self
    }

    /// Lets the target's own origin see the token and the headers of these options though it is not the
    /// endpoint's. For a service of the Hub at a fixed URL, never for a URL that a server sent.
    pub fn with_trusted(mut self, trusted: bool) -> Self {
        self.trusted = trusted;
        self
    }

    /// Selects the redirects to follow.
    pub fn with_redirect(mut self, mode: RedirectMode) -> Self {
        self.redirect = mode;
        self
    }

    /// Limits the whole request, retries and the reading of the body included.
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Limits the wait for the response's headers in each attempt, from the last byte of the request's body.
    pub fn with_header_timeout(mut self, limit: Duration) -> Self {
        self.header_timeout = Some(limit);
        self
    }

    /// Limits silence while the response's body is read. `Duration::MAX` waits for ever, as a stream of
    /// events needs it.
    pub fn with_idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = Some(limit);
        self
    }

    /// Reads the response's body, at most `limit` bytes, as part of each attempt, so that a body that breaks
    /// off is retried. [`Client::fetch`](crate::Client::fetch) sets it.
    pub fn with_buffer_limit(mut self, limit: u64) -> Self {
        self.buffer_limit = Some(limit);
        self
    }

    /// Limits how often the request is sent again after a failure, in place of the client's
    /// [`RetryConfig`](crate::RetryConfig). 0 makes the first failure final, for a caller that has something
    /// to fall back on.
    pub fn with_max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(retries);
        self
    }

    /// Adds a header. It is sent to the endpoint's origin (and to [trusted](Self::with_trusted) targets)
    /// only, never to the storage that a redirect or a signed URL leads to. A header of the same name that
    /// the request itself has wins.
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

    /// Reports retries and transfers to this sink.
    pub fn with_progress(mut self, sink: Arc<dyn ProgressSink>) -> Self {
        self.progress = Some(sink);
        self
    }

    /// Fills in what is not set here from `defaults`.
    ///
    /// A [`TokenMode::Required`] takes an explicit token of the defaults; headers are taken by name.
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

    /// Returns the name of the request.
    pub fn operation(&self) -> Option<&'static str> {
        self.operation
    }

    /// Returns the name of the user's call that the request is part of; that of the request itself if it is
    /// not part of a larger one.
    pub fn root_operation(&self) -> Option<&'static str> {
        self.root_operation.or(self.operation)
    }

    /// Returns whether sending a request with these options and this method twice does the same as sending
    /// it once.
    pub fn is_idempotent(&self, method: &Method) -> bool {
        self.idempotent.unwrap_or_else(|| method.is_idempotent())
    }

    /// Returns which token the request carries.
    pub fn token(&self) -> &TokenMode {
        &self.token
    }

    /// Returns whether the target's own origin may see the token.
    pub fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// Returns which redirects are followed.
    pub fn redirect(&self) -> RedirectMode {
        self.redirect
    }

    /// Returns the limit for the whole request.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns the limit for the headers of each attempt.
    pub fn header_timeout(&self) -> Option<Duration> {
        self.header_timeout
    }

    /// Returns the limit for silence in the body.
    pub fn idle_timeout(&self) -> Option<Duration> {
        self.idle_timeout
    }

    /// Returns the limit up to which the body is read as part of each attempt.
    pub fn buffer_limit(&self) -> Option<u64> {
        self.buffer_limit
    }

    /// Returns how often the request may be sent again, where that is not up to the client.
    pub fn max_retries(&self) -> Option<u32> {
        self.max_retries
    }

    /// Returns the headers that go to the endpoint's origin only.
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
            .field("headers", &self.headers)
            .field("progress", &self.progress.is_some())
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_wins_over_its_call_and_the_call_over_the_client() {
        let second = Duration::from_secs(1);
        let token = |text| TokenMode::Explicit(Token::new(text).unwrap());
        let client = RequestOptions::new()
            .with_token(token("client"))
            .with_timeout(9 * second)
            .with_idle_timeout(8 * second)
            .with_header("a", "client")
            .with_header("b", "1")
            .with_header("b", "2");
        let call = RequestOptions::new()
            .with_timeout(5 * second)
            .with_root_operation("upload_folder")
            .with_header("a", "call");
        let request = RequestOptions::new()
            .with_token(TokenMode::Required)
            .with_operation("preupload");
        let merged = request.with_defaults(&call).with_defaults(&client);
        assert_eq!(merged.token(), &token("client"));
        assert_eq!(merged.timeout(), Some(5 * second));
        assert_eq!(merged.idle_timeout(), Some(8 * second));
        assert_eq!(merged.headers()["a"], "call");
        let all: Vec<_> = merged.headers().get_all("b").iter().collect();
        assert_eq!(all, ["1", "2"]);
        assert_eq!(merged.operation(), Some("preupload"));
        assert_eq!(merged.root_operation(), Some("upload_folder"));
        let anonymous = RequestOptions::new().with_token(TokenMode::None);
        assert_eq!(anonymous.with_defaults(&client).token(), &TokenMode::None);
    }

    #[test]
    fn a_secret_header_never_shows_in_debug() {
        for name in [
            "Authorization",
            "cookie",
            "X-Api-Key",
            "x-my-token",
            "proxy-authorization",
        ] {
            let options = RequestOptions::new().with_header(name, "s3cr3t");
            let request = crate::Request::get("/x")
                .header(name, "s3cr3t")
                .with_defaults(&options);
            for shown in [
                format!("{options:?}"),
                format!("{request:?}"),
                format!("{request:#?}"),
            ] {
                assert!(!shown.contains("s3cr3t"), "{name}: {shown}");
            }
        }
    }
}
