//! Responses that a test defines.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::Value;

use crate::blob::Blob;
use crate::response::{HubResponse, JSON, header_value};

/// A response that a test defines, in place of the Hub's own.
///
/// ```
/// use hf_testhub::CannedResponse;
/// let response = CannedResponse::status(503).header("retry-after", "2").html("<h1>Bad day</h1>");
/// ```
#[derive(Clone, Debug)]
pub struct CannedResponse {
    pub(crate) response: HubResponse,
    /// Exact bytes for the socket, in place of an HTTP response.
    pub(crate) raw: Option<Bytes>,
}

impl CannedResponse {
    /// Creates a response with this status and an empty body.
    ///
    /// # Panics
    /// If `status` is not within 100..=999.
    pub fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("a status code is between 100 and 999");
        Self {
            response: HubResponse::new(status, ""),
            raw: None,
        }
    }

    /// Creates a response of exact bytes, after which the connection is closed. Use it for
    /// responses that are not HTTP.
    pub fn raw(bytes: impl Into<Bytes>) -> Self {
        Self {
            raw: Some(bytes.into()),
            ..Self::status(200)
        }
    }

    /// Sets a header.
    ///
    /// # Panics
    /// If `name` is not a header name.
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        set(&mut self.response.headers, name, value.as_ref());
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Blob>) -> Self {
        self.response.body = body.into();
        self.response.range = 0..self.response.body.len();
        self
    }

    /// Sets a JSON body and its content type.
    pub fn json(self, value: &Value) -> Self {
        self.header("content-type", JSON).body(value.to_string())
    }

    /// Sets an HTML body and its content type.
    pub fn html(self, text: impl Into<String>) -> Self {
        self.header("content-type", "text/html; charset=utf-8")
            .body(text.into())
    }

    /// Sets an error body and headers in the form that the Hub uses.
    pub fn hub_error(self, code: Option<&str>, message: &str) -> Self {
        let response = self
            .json(&serde_json::json!({"error": message}))
            .header("x-error-message", message);
        match code {
            Some(code) => response.header("x-error-code", code),
            None => response,
        }
    }
}

pub(crate) fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    let name: HeaderName = name
        .parse()
        .unwrap_or_else(|_| panic!("{name:?} is not a header name"));
    headers.insert(name, header_value(value));
}
