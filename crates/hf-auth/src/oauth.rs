//! Requests to the OAuth endpoints of the Hub, and what they return.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hf_transport::{BufferedResponse, Client, Error, ErrorKind, Request, Result, Token, TokenMode};
use serde::Deserialize;

/// The OAuth application of `hf auth login`, which is also Python's: tokens of one are renewed by the other.
pub const CLIENT_ID: &str = "26be6b09-91c5-47da-9861-d2d2bb7a7e36";

/// Responses of these endpoints are short; more is an error page.
const LIMIT: u64 = 1 << 20;

/// Each request has this long. Logging in must not hang, and neither must a call that renews its token.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// A token that an OAuth endpoint returned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuthToken {
    /// The access token.
    pub access_token: Token,
    /// The token that buys the next one, if the login can be renewed.
    pub refresh_token: Option<Token>,
    /// How long the access token is valid, from now on.
    pub expires_in: Option<Duration>,
}

impl OAuthToken {
    /// Returns when the access token expires, in seconds since the start of 1970.
    pub fn expires_at(&self) -> Option<u64> {
        self.expires_in
            .map(|validity| now().saturating_add(validity.as_secs()))
    }
}

/// Seconds since the start of 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The body of a response: a token or an error of RFC 6749.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Body {
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<f64>,
    pub(crate) error: Option<String>,
    error_description: Option<String>,
}

impl Body {
    /// Returns the token, or `None` if the body has none.
    pub(crate) fn token(&self) -> Result<Option<OAuthToken>> {
        let Some(access_token) = &self.access_token else {
            return Ok(None);
        };
        Ok(Some(OAuthToken {
            access_token: Token::new(access_token)?,
            refresh_token: self
                .refresh_token
                .as_ref()
                .filter(|text| !text.is_empty())
                .map(Token::new)
                .transpose()?,
            expires_in: self
                .expires_in
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        }))
    }

    /// Returns the error that the body describes.
    pub(crate) fn error(&self, doing: impl fmt::Display) -> Error {
        let code = self
            .error
            .as_deref()
            .unwrap_or("no `access_token` in the response");
        let text = match self.error_description.as_deref() {
            Some(description) if !description.is_empty() => {
                format!("{doing}: {code} ({description})")
            }
            _ => format!("{doing}: {code}"),
        };
        Error::new(ErrorKind::Unauthorized, text)
    }
}

/// Sends a form without a token, and returns the response whatever its status is.
pub(crate) async fn post_form(
    client: &Client,
    path: &str,
    fields: &[(&str, &str)],
    operation: &'static str,
) -> Result<BufferedResponse> {
    let request = Request::post(path)
        .form(fields.iter().copied())
        .token(TokenMode::None)
        .timeout(TIMEOUT)
        .operation(operation);
    send(client, request).await
}

pub(crate) async fn send(client: &Client, request: Request) -> Result<BufferedResponse> {
    client.send_raw(request).await?.collect(LIMIT).await
}
