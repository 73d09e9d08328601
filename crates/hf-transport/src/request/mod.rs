mod target;

use std::borrow::Cow;
use std::fmt::Display;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;

use crate::body::Body;
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::marks::{Marks, RedirectMode, TokenMode};
use target::{append, decode, with_query};

/// A request to the Hub as a value: made without I/O, sent by a [`Client`](crate::Client).
///
/// The target is a path below the endpoint, percent-encoded already (see [`path`](crate::path)), or
/// an absolute address. Anything malformed is kept and comes out as a `Validation` error when the
/// request is sent, so that building one stays a chain.
///
/// ```
/// use hf_transport::Request;
/// let request = Request::get("/api/models").query("author", "google").query("full", true);
/// assert_eq!(request.url_path_and_query(), "/api/models?author=google&full=true");
/// ```
#[derive(Debug, Clone)]
pub struct Request {
    method: Method,
    target: String,
    query: String,
    headers: HeaderMap,
    body: SharedBody,
    marks: Marks,
    fault: Option<String>,
}

/// A body that clones of a request share.
#[derive(Debug)]
struct SharedBody(Body);

impl Clone for SharedBody {
    fn clone(&self) -> Self {
        Self(self.0.share())
    }
}

impl Request {
    /// A request by any method.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: SharedBody(Body::empty()),
            marks: Marks::default(),
            fault: None,
        }
    }

    /// A `GET`.
    pub fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target)
    }

    /// A `HEAD`.
    pub fn head(target: impl Into<String>) -> Self {
        Self::new(Method::HEAD, target)
    }

    /// A `POST`.
    pub fn post(target: impl Into<String>) -> Self {
        Self::new(Method::POST, target)
    }

    /// A `PUT`.
    pub fn put(target: impl Into<String>) -> Self {
        Self::new(Method::PUT, target)
    }

    /// A `PATCH`.
    pub fn patch(target: impl Into<String>) -> Self {
        Self::new(Method::PATCH, target)
    }

    /// A `DELETE`.
    pub fn delete(target: impl Into<String>) -> Self {
        Self::new(Method::DELETE, target)
    }

    /// Appends a query parameter, encoded as Python's client encodes its `params`.
    pub fn query(mut self, key: &str, value: impl Display) -> Self {
        append(&mut self.query, key, &value.to_string());
        self
    }

    /// Appends a query parameter if there is a value.
    pub fn query_opt(self, key: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.query(key, value),
            None => self,
        }
    }

    /// Appends the same key once for each value.
    pub fn query_all(self, key: &str, values: impl IntoIterator<Item = impl Display>) -> Self {
        values
            .into_iter()
            .fold(self, |request, value| request.query(key, value))
    }

    /// Sets a header, in place of an earlier one of this name.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let (name, value) = (name.as_ref(), value.as_ref());
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            (Err(_), _) => self.fail(format!("`{}` is no legal header name", name.escape_debug())),
            // The value may be a secret.
            (_, Err(_)) => self.fail(format!(
                "the value of header `{name}` holds illegal characters"
            )),
        }
        self
    }

    /// Sends a value as JSON.
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

    /// Sends fields as `application/x-www-form-urlencoded`.
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

    /// Names the call, as the name of its span: `"model_info"`.
    pub fn operation(mut self, name: &'static str) -> Self {
        self.marks.operation = Some(name);
        self
    }

    /// Says whether sending this twice is harmless, where its method says otherwise: `GET`, `HEAD`,
    /// `PUT`, `DELETE` and `OPTIONS` are repeatable, `POST` and `PATCH` are not.
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.marks.repeatable = Some(repeatable);
        self
    }

    /// Limits how often it is sent again after a failure, instead of the client's configuration.
    /// `0` makes the first failure final, for a caller that has something to fall back on.
    ///
    /// ```
    /// use hf_transport::Request;
    /// let probe = Request::head("/gpt2/resolve/main/config.json").max_retries(0);
    /// ```
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.marks.max_retries = Some(retries);
        self
    }

    /// Chooses the token.
    pub fn token(mut self, token: TokenMode) -> Self {
        self.marks.token = token;
        self
    }

    /// Lets the target's own origin see the token though it is not the endpoint's: for a service of
    /// the Hub at a fixed address of its own, never for an address that a server sent.
    pub fn trusted(mut self) -> Self {
        self.marks.trusted = true;
        self
    }

    /// Chooses which redirects are followed.
    pub fn redirect(mut self, mode: RedirectMode) -> Self {
        self.marks.redirect = mode;
        self
    }

    /// `false` asks for the bytes as they are (`Accept-Encoding: identity`), so that length, range
    /// and ETag are the file's own.
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

    /// Limits all of it: retries, redirects and reading the body.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.marks.timeout = Some(limit);
        self
    }

    /// Limits the wait for the head of the answer, for each attempt, from the moment the last byte
    /// of the request's body left.
    pub fn head_timeout(mut self, limit: Duration) -> Self {
        self.marks.head_timeout = Some(limit);
        self
    }

    /// Limits silence while the answer's body is read. `Duration::MAX` waits for ever, as a stream
    /// of events needs it.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.marks.idle_timeout = Some(limit);
        self
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The target as given, without [`query`](Self::query) parameters.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The query parameters that were appended, decoded.
    pub fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(key), decode(value))
            })
    }

    /// The headers set so far.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    pub fn body_ref(&self) -> &Body {
        &self.body.0
    }

    /// What travels with the request through the layers.
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Whether it may be sent twice: its repetition is harmless and its body can be.
    pub fn is_repeatable(&self) -> bool {
        self.marks.is_repeatable(&self.method) && self.body.0.is_replayable()
    }

    /// Target and query, as they are sent.
    pub fn url_path_and_query(&self) -> String {
        with_query(&self.target, &self.query)
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
        self.fault.get_or_insert(fault);
    }

    /// The value that falls through the layers. Its target is absolute, or a path.
    ///
    /// # Errors
    /// `Validation` for whatever was malformed.
    pub fn into_http(self) -> Result<http::Request<Body>> {
        if let Some(fault) = self.fault {
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
        request.extensions_mut().insert(self.marks);
        Ok(request)
    }

    /// The absolute address it will go to.
    pub fn url(&self, endpoint: &Endpoint) -> String {
        endpoint.join(&self.url_path_and_query())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_request_is_readable_before_it_is_sent() {
        let request = Request::get("/api/models?x=1")
            .query("search", "a b&c")
            .query_opt("limit", Some(5))
            .query_opt("sort", None::<&str>)
            .query_all("expand", ["sha", "tags"])
            .header("Range", "bytes=0-1");
        assert_eq!(
            request.url_path_and_query(),
            "/api/models?x=1&search=a+b%26c&limit=5&expand=sha&expand=tags"
        );
        let pairs: Vec<_> = request.query_pairs().collect();
        assert_eq!(pairs[0], ("search".into(), "a b&c".into()));
        assert_eq!(pairs.len(), 4);
        assert_eq!(request.headers()["range"], "bytes=0-1");
        assert!(request.is_repeatable());
        assert!(!Request::post("/x").is_repeatable());
        assert!(Request::post("/x").repeatable(true).is_repeatable());
    }

    #[test]
    fn malformed_parts_come_out_when_it_is_sent() {
        let unwritable = std::collections::BTreeMap::from([((1, 2), 3)]);
        for (request, word) in [
            (Request::get("/x").header("a b", "c"), "header name"),
            (Request::get("/x").header("a", "c\nd"), "illegal characters"),
            (Request::get("/x").json(&unwritable), "JSON"),
            (Request::get("api/models"), "neither"),
            (Request::get("//evil.test/x"), "two slashes"),
            (Request::get("/a b"), "not legal"),
            (Request::get("/a/../b"), "`..`"),
            (Request::get("/a/%2e%2E/b"), "`..`"),
            (Request::get("/a\u{7}"), "not legal"),
            (Request::get("/\u{e4}"), "not legal"),
            (Request::get("ftp://h/x"), "neither"),
            (Request::get("https://"), "not legal"),
            (Request::get("C:\\x"), "neither"),
            (Request::get("\\\\server\\share"), "neither"),
        ] {
            let shown = format!("{request:?}");
            let error = request.into_http().map(|_| shown).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Validation);
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn bodies_bring_their_type() {
        let request = Request::post("/x").json(&serde_json::json!({"a": 1}));
        assert_eq!(request.body_ref().as_bytes().unwrap(), b"{\"a\":1}");
        assert_eq!(request.headers()["content-type"], "application/json");
        let request = Request::post("/x").form([("paths", "a b"), ("paths", "c")]);
        assert_eq!(request.body_ref().as_bytes().unwrap(), b"paths=a+b&paths=c");
    }
}
