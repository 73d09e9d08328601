//! Short-lived tokens in continuous integration: the exchange of an identity token of OpenID Connect.

use std::ffi::OsString;

use hf_transport::{Client, Error, ErrorKind, Request, Result, Token, TokenMode};
use serde::Deserialize;
use serde_json::json;

use crate::oauth::{Body, OAuthToken, TIMEOUT, send};

/// The trusted publisher that the environment describes.
///
/// | variable | |
/// |---|---|
/// | `HF_OIDC_RESOURCE` | what the token is for: a repository or a user; without it, nothing is exchanged |
/// | `HF_OIDC_ID_TOKEN` | an identity token that the CI system has made |
/// | `GITHUB_ACTIONS`, `ACTIONS_ID_TOKEN_REQUEST_URL`, `ACTIONS_ID_TOKEN_REQUEST_TOKEN` | set by GitHub, which makes one on request |
#[derive(Debug, Clone)]
pub struct TrustedPublisher {
    resource: String,
    identity: Identity,
}

#[derive(Debug, Clone)]
enum Identity {
    Given(Token),
    GitHub { url: String, token: Token },
}

#[derive(Deserialize)]
struct IdToken {
    value: String,
}

impl TrustedPublisher {
    /// Reads the environment. Returns `None` if `HF_OIDC_RESOURCE` is not set.
    ///
    /// # Errors
    /// `Validation` if it is set and there is no identity token to be had.
    pub fn from_env() -> Result<Option<Self>> {
        Self::from_lookup(&|name| std::env::var_os(name))
    }

    /// Reads variables from `lookup` in place of the environment.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Option<Self>> {
        let text = |name: &str| {
            lookup(name)
                .map(|value| value.to_string_lossy().trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let Some(resource) = text("HF_OIDC_RESOURCE") else {
            return Ok(None);
        };
        let given = text("HF_OIDC_ID_TOKEN")
            .map(|token| Token::new(token).map_err(|error| error.with_context("HF_OIDC_ID_TOKEN")))
            .transpose()?;
        let github = text("GITHUB_ACTIONS").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let identity = match given {
            Some(token) => Identity::Given(token),
            None if github => {
                let required = |name: &str| {
                    text(name).ok_or_else(|| {
                        Error::validation(format!("HF_OIDC_RESOURCE is set, and {name} is not"))
                            .with_hint("give the job the permission `id-token: write`")
                    })
                };
                let token = required("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?;
                Identity::GitHub {
                    url: required("ACTIONS_ID_TOKEN_REQUEST_URL")?,
                    token: Token::new(token)
                        .map_err(|error| error.with_context("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))?,
                }
            }
            None => {
                return Err(Error::validation(
                    "HF_OIDC_RESOURCE is set, but there is no identity token: HF_OIDC_ID_TOKEN is not set, and this is no \
                     CI system that makes one on request (GitHub)",
                )
                .with_hint("set HF_OIDC_ID_TOKEN to the identity token of the CI system, or unset HF_OIDC_RESOURCE"));
            }
        };
        Ok(Some(Self { resource, identity }))
    }

    /// Exchanges the identity token for a token of the Hub.
    ///
    /// On GitHub, the identity token is requested from GitHub first. `POST /oauth/token`.
    ///
    /// # Errors
    /// `Unauthorized` if the Hub does not accept the identity; whatever the requests meet.
    pub async fn exchange(&self, client: &Client) -> Result<OAuthToken> {
        let identity = match &self.identity {
            Identity::Given(token) => token.clone(),
            Identity::GitHub { url, token } => github_token(client, url, token).await?,
        };
        let body = json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "subject_token": identity.expose(),
            "resource": self.resource,
        });
        let request = Request::post("/oauth/token")
            .json(&body)
            .token(TokenMode::None)
            .timeout(TIMEOUT)
            .operation("oauth_token");
        let response = send(client, request).await?;
        let body: Body = response.json().unwrap_or_default();
        match body.token()? {
            Some(token) if response.status().is_success() => Ok(token),
            _ => {
                let (resource, status) = (&self.resource, response.status().as_u16());
                Err(body
                    .error(format_args!("the identity token was not accepted for `{resource}` (status {status})"))
                    .with_hint("check that this workflow is a trusted publisher of the resource on the Hub"))
            }
        }
    }
}

/// Requests an identity token for the Hub from GitHub, whose token goes there alone.
async fn github_token(client: &Client, url: &str, token: &Token) -> Result<Token> {
    let request = Request::get(url)
        .query("audience", client.endpoint().as_str().trim_end_matches('/'))
        .header("authorization", format!("Bearer {}", token.expose()))
        .token(TokenMode::None)
        .timeout(TIMEOUT)
        .operation("github_id_token");
    let response = send(client, request).await?;
    if !response.status().is_success() {
        let status = response.status().as_u16();
        return Err(Error::new(
            ErrorKind::Unauthorized,
            format!("GitHub sent no identity token (status {status})"),
        )
        .with_hint("give the job the permission `id-token: write`"));
    }
    Token::new(response.json::<IdToken>()?.value)
}
