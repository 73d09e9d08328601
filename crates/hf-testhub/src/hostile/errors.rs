//! Requests that fail, and the forms of their error bodies.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::json;

use crate::response::{HubResponse, JSON, TEXT, XML};

/// The text in every [`ErrorBody`] that contains a message, which a client must show.
pub const REASON: &str = "the disk of the server is full";

/// Requests that fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Errors {
    /// Selects the requests that fail.
    pub when: When,
    /// The status.
    pub status: u16,
    /// The shape of the body.
    pub body: ErrorBody,
    /// The value of `Retry-After`, in any form.
    pub retry_after: Option<String>,
    /// Whether the Hub's `RateLimit` headers say that the quota is exhausted for one second.
    pub rate_limit: bool,
}

/// Selects the requests that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// All requests.
    Always,
    /// The first `n` requests.
    First(u64),
    /// Every `n`th request.
    Every(u64),
}

impl Errors {
    /// Fails every request with `status`.
    pub fn always(status: u16) -> Self {
        Self {
            when: When::Always,
            status,
            body: ErrorBody::Hub,
            retry_after: None,
            rate_limit: false,
        }
    }

    /// Fails the first `n` requests with `status`.
    pub fn first(n: u64, status: u16) -> Self {
        Self {
            when: When::First(n),
            ..Self::always(status)
        }
    }

    /// Fails every `n`th request with `status`.
    pub fn every(n: u64, status: u16) -> Self {
        Self {
            when: When::Every(n),
            ..Self::always(status)
        }
    }

    /// Sets the shape of the body.
    pub fn body(mut self, body: ErrorBody) -> Self {
        self.body = body;
        self
    }

    /// Sets `Retry-After`, in any form.
    pub fn retry_after(mut self, value: impl Into<String>) -> Self {
        self.retry_after = Some(value.into());
        self
    }

    /// Adds `RateLimit` headers that say that the quota is exhausted for one second.
    pub fn rate_limit(mut self) -> Self {
        self.rate_limit = true;
        self
    }

    /// Returns whether the `number`th request (from 1) fails.
    pub(super) fn hits(&self, number: u64) -> bool {
        match self.when {
            When::Always => true,
            When::First(n) => number <= n,
            When::Every(n) => number.is_multiple_of(n.max(1)),
        }
    }

    pub(super) fn response(&self) -> HubResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = self.body.response(status);
        if let Some(value) = &self.retry_after {
            response = response.header(RETRY_AFTER, value);
        }
        if self.rate_limit {
            response = response
                .named("ratelimit", "\"api\";r=0;t=1")
                .named("ratelimit-policy", "\"fixed window\";\"api\";q=500;w=300");
        }
        response
    }
}

/// The forms of error bodies that servers send in practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorBody {
    /// `{"error": ..}` with `X-Error-Message`, like the Hub.
    Hub,
    /// `{"error": ["..", ".."]}`
    ErrorList,
    /// `{"error": "Bad Request", "message": ..}`
    ErrorAndMessage,
    /// `{"error": "..", "error_description": ..}`, like OAuth servers.
    OAuth,
    /// `{"error": {"message": ..}}`
    ErrorObject,
    /// `{"errors": [".."]}`
    Errors,
    /// `{"errors": [{"message": ..}]}`
    ErrorObjects,
    /// `{"message": ..}`
    Message,
    /// `{"detail": ..}`
    Detail,
    /// `{"detail": [{"loc": [..], "msg": ..}]}`, like FastAPI.
    DetailList,
    /// `application/problem+json` with `title` and `detail`.
    Problem,
    /// Plain text.
    Text,
    /// An HTML page, like a proxy's; its text is not the server's reason.
    Html,
    /// XML with `Code` and `Message`, like S3.
    Xml,
    /// No body.
    Empty,
    /// `{}`
    EmptyObject,
    /// `null`
    Null,
    /// Truncated JSON.
    HalfJson,
    /// Bytes that are not text.
    Binary,
    /// Ten megabytes of text.
    Huge,
}

impl ErrorBody {
    /// All forms.
    pub const ALL: &[Self] = &[
        Self::Hub,
        Self::ErrorList,
        Self::ErrorAndMessage,
        Self::OAuth,
        Self::ErrorObject,
        Self::Errors,
        Self::ErrorObjects,
        Self::Message,
        Self::Detail,
        Self::DetailList,
        Self::Problem,
        Self::Text,
        Self::Html,
        Self::Xml,
        Self::Empty,
        Self::EmptyObject,
        Self::Null,
        Self::HalfJson,
        Self::Binary,
        Self::Huge,
    ];

    /// Returns whether the body contains [`REASON`], which a client must then show.
    pub fn has_reason(self) -> bool {
        !matches!(
            self,
            Self::Html
                | Self::Empty
                | Self::EmptyObject
                | Self::Null
                | Self::HalfJson
                | Self::Binary
                | Self::Huge
        )
    }

    fn response(self, status: StatusCode) -> HubResponse {
        let value = match self {
            Self::Hub => {
                return HubResponse::json(&json!({"error": REASON}))
                    .with_status(status)
                    .named("x-error-message", REASON);
            }
            Self::ErrorList => json!({"error": ["first", REASON]}),
            Self::ErrorAndMessage => json!({"error": "Bad Request", "message": REASON}),
            Self::OAuth => json!({"error": "invalid_request", "error_description": REASON}),
            Self::ErrorObject => json!({"error": {"message": REASON}}),
            Self::Errors => json!({"errors": [REASON]}),
            Self::ErrorObjects => json!({"errors": [{"message": REASON}]}),
            Self::Message => json!({"message": REASON}),
            Self::Detail => json!({"detail": REASON}),
            Self::DetailList => json!({"detail": [{"loc": ["body", "name"], "msg": REASON}]}),
            Self::Problem => {
                return HubResponse::json(
                    &json!({"title": "Insufficient Storage", "detail": REASON}),
                )
                .with_status(status)
                .header(CONTENT_TYPE, "application/problem+json");
            }
            Self::EmptyObject => json!({}),
            Self::Null => json!(null),
            Self::Text => return plain(status, TEXT, REASON),
            Self::Html => {
                return plain(
                    status,
                    "text/html; charset=utf-8",
                    "<html><body><h1>502 Bad Gateway</h1></body></html>",
                );
            }
            Self::Xml => {
                return plain(
                    status,
                    XML,
                    format!(
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code><Message>{REASON}</Message><RequestId>0A1B2C3D</RequestId></Error>"
                    ),
                );
            }
            Self::Empty => return HubResponse::new(status, ""),
            Self::HalfJson => return plain(status, JSON, "{\"error\": \"the di"),
            Self::Binary => {
                return plain(status, "application/octet-stream", vec![0xff, 0xfe, 0, 1]);
            }
            Self::Huge => return plain(status, TEXT, "x".repeat(10 << 20)),
        };
        HubResponse::json(&value).with_status(status)
    }
}

fn plain(status: StatusCode, kind: &str, body: impl Into<Bytes>) -> HubResponse {
    HubResponse::new(status, body.into()).header(CONTENT_TYPE, kind)
}
