//! A request as a value.

mod headers;
mod options;
mod target;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, header};
use serde::Serialize;

use crate::body::Body;
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::redact::redact_url;
pub use options::{RedirectMode, RequestOptions, TokenMode};
use target::{append, decode, with_query};

/// A request to the Hub as a value: built without I/O and sent by a [`Client`](crate::Client).
///
/// The target is a percent-encoded path relative to the endpoint (see [`path`](crate::path)), or an absolute
/// URL. Malformed input is recorded and reported as a `Validation` error when the request is sent, so that a
/// request can be built in one chain.
///
/// ```
/// use hf_transport::Request;
/// let request = Request::get("/api/models")
///     .query("author", "google")
///     .query_some("limit", Some(10))
///     .query_flag("full", true);
/// assert_eq!(request.path_and_query(), "/api/models?author=google&limit=10&full=true");
/// ```
#[derive(Clone)]
pub struct Request {
    method: Method,
    target: String,
    query: String,
    headers: HeaderMap,
    body: SharedBody,
    options: RequestOptions,
}

/// A body that the clones of a request share.
struct SharedBody(Body);

impl Clone for SharedBody {
    fn clone(&self) -> Self {
        Self(self.0.share())
    }
}

impl Request {
    /// Creates a request with a method and a target.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: SharedBody(Body::empty()),
            options: RequestOptions::default(),
        }
    }

    /// Creates a `GET` request.
    pub fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target)
    }

    /// Creates a `HEAD` request.
    pub fn head(target: impl Into<String>) -> Self {
        Self::new(Method::HEAD, target)
    }

    /// Creates a `POST` request.
    pub fn post(target: impl Into<String>) -> Self {
        Self::new(Method::POST, target)
    }

    /// Creates a `PUT` request.
    pub fn put(target: impl Into<String>) -> Self {
        Self::new(Method::PUT, target)
    }

    /// Creates a `PATCH` request.
    pub fn patch(target: impl Into<String>) -> Self {
        Self::new(Method::PATCH, target)
    }

    /// Creates a `DELETE` request.
    pub fn delete(target: impl Into<String>) -> Self {
        Self::new(Method::DELETE, target)
    }

    /// Appends a query parameter, encoded as Python's client encodes its `params`.
    pub fn query(mut self, key: &str, value: impl Display) -> Self {
        append(&mut self.query, key, &value.to_string());
        self
    }

    /// Appends a query parameter, if there is a value.
    pub fn query_some(self, key: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.query(key, value),
            None => self,
        }
    }

    /// Appends a query parameter, if there is a text that is not empty.
    pub fn query_text(self, key: &str, text: Option<&str>) -> Self {
        self.query_some(key, text.filter(|text| !text.is_empty()))
    }

    /// Appends `key=true` if the flag is set.
    pub fn query_flag(self, key: &str, flag: bool) -> Self {
        self.query_some(key, flag.then_some(true))
    }

    /// Appends the same key once per value.
    pub fn query_all(self, key: &str, values: impl IntoIterator<Item = impl Display>) -> Self {
        values
            .into_iter()
            .fold(self, |request, value| request.query(key, value))
    }

    /// Appends the same key once per item, if there is a list.
    pub fn query_list<T: Display>(self, key: &str, items: Option<&[T]>) -> Self {
        self.query_all(key, items.unwrap_or_default())
    }

    /// Sets a header, replacing an earlier one with the same name. It is sent wherever the request goes; for
    /// a header that is meant for the Hub only, use [`RequestOptions::with_header`].
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        match headers::parse(name.as_ref(), value.as_ref()) {
            Ok((name, value)) => {
                self.options.own_authorization |= name == header::AUTHORIZATION;
                self.headers.insert(name, value);
            }
            Err(fault) => self.fail(fault),
        }
        self
    }

    /// Sets the body to a value encoded as JSON.
    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => {
                self.headers.insert(
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/json"),
                );
                self.body(bytes)
            }
            Err(error) => {
                self.fail(format!("the body cannot be written as JSON: {error}"));
                self
            }
        }
    }

    /// Sets the body to fields encoded as `application/x-www-form-urlencoded`.
    pub fn form<K: AsRef<str>, V: Display>(
        mut self,
        fields: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut text = String::new();
        for (key, value) in fields {
            append(&mut text, key.as_ref(), &value.to_string());
        }
        self.headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        self.body(text)
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = SharedBody(body.into());
        self
    }

    /// Sets whether the response may be compressed. With `false`, requests the bytes as stored
    /// (`Accept-Encoding: identity`), so that length, range and `ETag` are those of the file.
    pub fn accept_compressed(mut self, accept: bool) -> Self {
        if accept {
            self.headers.remove(header::ACCEPT_ENCODING);
        } else {
            self.headers.insert(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static("identity"),
            );
        }
        self
    }

    /// Fills in options that this request does not set from those of a call or a client.
    pub fn with_defaults(mut self, defaults: &RequestOptions) -> Self {
        self.options = self.options.with_defaults(defaults);
        self
    }

    fn set(mut self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        self.options = change(self.options);
        self
    }

    /// Names the request: [`RequestOptions::with_operation`].
    pub fn operation(self, name: &'static str) -> Self {
        self.set(|options| options.with_operation(name))
    }

    /// Sets whether it is safe to send the request twice: [`RequestOptions::with_idempotent`].
    pub fn idempotent(self, idempotent: bool) -> Self {
        self.set(|options| options.with_idempotent(idempotent))
    }

    /// Selects the token: [`RequestOptions::with_token`].
    pub fn token(self, token: TokenMode) -> Self {
        self.set(|options| options.with_token(token))
    }

    /// Sends the token to the target's origin even if that is not the endpoint's:
    /// [`RequestOptions::with_trusted`].
    pub fn trusted(self) -> Self {
        self.set(|options| options.with_trusted(true))
    }

    /// Selects which redirects are followed: [`RequestOptions::with_redirect`].
    pub fn redirect(self, mode: RedirectMode) -> Self {
        self.set(|options| options.with_redirect(mode))
    }

    /// Sets the timeout of the whole request: [`RequestOptions::with_timeout`].
    pub fn timeout(self, limit: Duration) -> Self {
        self.set(|options| options.with_timeout(limit))
    }

    /// Sets the timeout for the response headers: [`RequestOptions::with_header_timeout`].
    pub fn header_timeout(self, limit: Duration) -> Self {
        self.set(|options| options.with_header_timeout(limit))
    }

    /// Sets the idle timeout of the response body: [`RequestOptions::with_idle_timeout`].
    pub fn idle_timeout(self, limit: Duration) -> Self {
        self.set(|options| options.with_idle_timeout(limit))
    }

    /// Limits the number of retries: [`RequestOptions::with_max_retries`].
    ///
    /// ```
    /// use hf_transport::Request;
    /// let probe = Request::head("/gpt2/resolve/main/config.json").max_retries(0);
    /// ```
    pub fn max_retries(self, retries: u32) -> Self {
        self.set(|options| options.with_max_retries(retries))
    }

    /// Reads the response body as part of each attempt: [`RequestOptions::with_buffer_limit`].
    pub fn buffer_limit(self, limit: u64) -> Self {
        self.set(|options| options.with_buffer_limit(limit))
    }

    /// Returns the method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the target as given, without parameters added by [`query`](Self::query).
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the query parameters that were added, decoded.
    pub fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(key), decode(value))
            })
    }

    /// Returns the headers set so far, without those of the [options](Self::options).
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the body.
    pub fn body_ref(&self) -> &Body {
        &self.body.0
    }

    /// Returns the options that travel with the request through the layers.
    pub fn options(&self) -> &RequestOptions {
        &self.options
    }

    /// Returns whether the request may be sent twice: it is idempotent and its body can be read again.
    pub fn is_retryable(&self) -> bool {
        self.options.is_idempotent(&self.method) && self.body.0.is_replayable()
    }

    /// Returns the target and query as they are sent.
    pub fn path_and_query(&self) -> String {
        with_query(&self.target, &self.query)
    }

    /// Returns the absolute URL that the request is sent to.
    pub fn url(&self, endpoint: &Endpoint) -> String {
        endpoint.join(&self.path_and_query())
    }

    pub(crate) fn without_query(mut self) -> Self {
        self.query.clear();
        self
    }

    pub(crate) fn retarget(mut self, target: String) -> Self {
        self.target = target;
        self
    }

    fn fail(&mut self, fault: String) {
        self.options.fault.get_or_insert(fault);
    }

    /// Converts the request into the value that passes through the layers. Its target is an absolute URL or a
    /// path.
    ///
    /// # Errors
    /// Returns `Validation` if any part of the request was malformed.
    pub fn into_http(mut self) -> Result<http::Request<Body>> {
        if let Some(fault) = self.options.fault.take() {
            return Err(Error::validation(fault));
        }
        let text = if self.query.is_empty() {
            self.target
        } else {
            with_query(&self.target, &self.query)
        };
        let uri = target::parse(&text)?;
        let mut request = http::Request::new(self.body.0);
        *request.method_mut() = self.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers;
        request.extensions_mut().insert(self.options);
        Ok(request)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A value may be a secret, whatever the name of its header: the names are enough.
        let headers: Vec<_> = self.headers.keys().map(http::HeaderName::as_str).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &redact_url(&self.path_and_query()))
            .field("headers", &headers)
            .field("body", &self.body.0)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
