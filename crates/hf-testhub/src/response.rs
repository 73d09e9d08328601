//! The responses of handlers: bodies with headers, and errors in the Hub's form.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use crate::blob::Blob;

pub(crate) const JSON: &str = "application/json; charset=utf-8";
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
pub(crate) const XML: &str = "application/xml";

/// A response before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct HubResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Blob,
    pub(crate) range: std::ops::Range<u64>,
}

impl HubResponse {
    pub(crate) fn new(status: StatusCode, body: impl Into<Blob>) -> Self {
        let body = body.into();
        let range = 0..body.len();
        Self {
            status,
            headers: HeaderMap::new(),
            body,
            range,
        }
    }

    pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Self {
        Self::new(status, text.into()).header(CONTENT_TYPE, TEXT)
    }

    pub(crate) fn json(value: &Value) -> Self {
        Self::new(StatusCode::OK, value.to_string()).header(CONTENT_TYPE, JSON)
    }

    /// Returns the bytes of the body that are sent.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut at = self.range.start;
        while let Some(piece) = self.body.piece(at, self.range.end) {
            at += piece.len() as u64;
            bytes.extend_from_slice(&piece);
        }
        bytes
    }

    /// Replaces the body.
    pub(crate) fn set_body(&mut self, body: impl Into<Blob>) {
        self.body = body.into();
        self.range = 0..self.body.len();
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Sets a header. Characters that are not allowed in a header value are omitted.
    pub(crate) fn header(mut self, name: impl Into<HeaderName>, value: impl AsRef<str>) -> Self {
        self.headers
            .insert(name.into(), header_value(value.as_ref()));
        self
    }

    pub(crate) fn named(self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.header(HeaderName::from_static(name), value)
    }

    pub(crate) fn redirect(status: StatusCode, location: &str) -> Self {
        let reason = status.canonical_reason().unwrap_or("Redirect");
        Self::text(status, format!("{reason}. Redirecting to {location}"))
            .header(LOCATION, location)
            .named("vary", "Origin, Accept")
    }

    /// Adds the weak ETag that the Hub sends with JSON: the length and hash of the body.
    pub(crate) fn weak_etag(mut self) -> Self {
        if let Some(bytes) = self.body.to_bytes() {
            let digest = STANDARD.encode(Sha1::digest(&bytes));
            let etag = format!("W/\"{:x}-{}\"", bytes.len(), &digest[..27]);
            self.headers.insert(ETAG, header_value(&etag));
        }
        self
    }
}

pub(crate) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text)
        .unwrap_or_else(|_| HeaderValue::from_str(&one_line_ascii(text)).unwrap_or(EMPTY))
}

const EMPTY: HeaderValue = HeaderValue::from_static("");

/// Converts text as the Hub does for `X-Error-Message`: one line, with `*` for characters that are
/// not ASCII.
fn one_line_ascii(text: &str) -> String {
    let ascii: String = text
        .chars()
        .map(|c| match c {
            ' '..='~' => c,
            c if c.is_whitespace() => ' ',
            _ => '*',
        })
        .collect();
    ascii.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The reason why a handler refused a request.
#[derive(Clone, Debug)]
pub(crate) enum RouteError {
    Error(HubError),
    /// The repository has a new name; the path is otherwise the same.
    Moved(String),
}

/// An error in the Hub's words.
#[derive(Clone, Debug)]
pub(crate) struct HubError {
    pub(crate) status: StatusCode,
    pub(crate) code: Option<&'static str>,
    pub(crate) message: String,
    /// Members of the JSON body in addition to `error`.
    pub(crate) more: Value,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl From<HubError> for RouteError {
    fn from(error: HubError) -> Self {
        Self::Error(error)
    }
}

impl HubError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            code: None,
            message: message.into(),
            more: Value::Null,
            headers: Vec::new(),
        }
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(crate) fn more(mut self, more: Value) -> Self {
        self.more = more;
        self
    }

    pub(crate) fn named(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Returns the error of an invalid member in the request.
    pub(crate) fn invalid(what: &str, at: &str) -> Self {
        Self::bad_request(format!("✖ Invalid input: {what}\n  → at {at}"))
    }

    pub(crate) fn no_permission() -> Self {
        Self::forbidden("You have read access but not the required permissions for this operation")
    }

    /// Returns the error of a route of the real Hub that this one does not offer.
    pub(crate) fn not_offered(method: &str, path: &str) -> Self {
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            format!(
                "hf-testhub does not offer {method} {path}; its README lists the routes that it offers"
            ),
        )
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid username or password.").named(
            "www-authenticate",
            "Bearer realm=\"Authentication required\", charset=\"UTF-8\"",
        )
    }

    pub(crate) fn bad_credentials() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Invalid credentials in Authorization header",
        )
        .named(
            "www-authenticate",
            "Bearer realm=\"Authentication required\"",
        )
    }

    pub(crate) fn repo_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Repository not found").code("RepoNotFound")
    }

    pub(crate) fn revision_not_found(revision: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Invalid rev id: {revision}"))
            .code("RevisionNotFound")
    }

    pub(crate) fn entry_not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message).code("EntryNotFound")
    }

    pub(crate) fn page_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Sorry, we can't find the page you are looking for.",
        )
    }

    /// Converts the error to a response. Errors of API routes are JSON, those of file routes plain
    /// text; the headers are the same.
    pub(crate) fn into_response(self, plain: bool) -> HubResponse {
        let mut response = if plain {
            HubResponse::text(self.status, self.message.clone())
        } else {
            let mut body = json!({"error": self.message});
            if let (Some(body), Value::Object(more)) = (body.as_object_mut(), self.more) {
                body.extend(more);
            }
            HubResponse::json(&body).with_status(self.status)
        };
        response = response.named("x-error-message", one_line_ascii(&self.message));
        if let Some(code) = self.code {
            response = response.named("x-error-code", code);
        }
        for (name, value) in self.headers {
            response = response.named(name, value);
        }
        response
    }
}

/// Returns an error in the form of S3 and the CDN.
pub(crate) fn storage_error(status: StatusCode, code: &str, message: &str) -> HubResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    HubResponse::new(status, Bytes::from(body)).header(CONTENT_TYPE, XML)
}
