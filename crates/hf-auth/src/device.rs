//! Logging in by browser: the device flow of RFC 8628.

use std::fmt;
use std::time::Duration;

use hf_transport::{Client, Error, ErrorKind, Result};
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use crate::oauth::{Body, CLIENT_ID, OAuthToken, post_form};

/// The interval of RFC 8628 where the server names none, and what `slow_down` adds to it.
const INTERVAL: Duration = Duration::from_secs(5);

/// No server is asked more often, whatever it says.
const MIN_INTERVAL: Duration = Duration::from_millis(100);

/// The validity of a code where the server does not say it.
const VALIDITY: Duration = Duration::from_secs(900);

/// A code with which a user authorizes this program in a browser.
///
/// ```no_run
/// # async fn run() -> hf_transport::Result<()> {
/// use hf_auth::DeviceCode;
/// let client = hf_transport::Client::new()?;
/// let code = DeviceCode::request(&client).await?;
/// println!("Open {} and enter {}", code.verification_uri(), code.user_code());
/// let token = code.wait(&client, || ()).await?;
/// # let _ = token; Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DeviceCode {
    /// What the program shows when it asks for the token. It is a secret: with it, anybody gets the token.
    secret: String,
    user_code: String,
    verification_uri: String,
    interval: Duration,
    expires_at: Instant,
    client_id: String,
}

#[derive(Deserialize)]
struct Wire {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    interval: Option<f64>,
    expires_in: Option<f64>,
}

impl DeviceCode {
    /// Requests a code for the application of `hf auth login`.
    ///
    /// `POST /oauth/device`.
    ///
    /// # Errors
    /// What the request meets; `Decode` for a response that is no code.
    pub async fn request(client: &Client) -> Result<Self> {
        Self::request_for(client, CLIENT_ID).await
    }

    /// Requests a code for another OAuth application.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub async fn request_for(client: &Client, client_id: &str) -> Result<Self> {
        let fields = [("client_id", client_id)];
        let response = post_form(client, "/oauth/device", &fields, "oauth_device").await?;
        if !response.status().is_success() {
            let body: Body = response.json().unwrap_or_default();
            let doing = format!(
                "the Hub sent no code to log in with (status {})",
                response.status().as_u16()
            );
            return Err(body.error(doing));
        }
        let wire: Wire = response.json()?;
        let seconds = |value: Option<f64>, default| {
            value
                .and_then(|s| Duration::try_from_secs_f64(s).ok())
                .unwrap_or(default)
        };
        let complete = wire.verification_uri_complete.filter(|uri| !uri.is_empty());
        Ok(Self {
            secret: wire.device_code,
            user_code: wire.user_code,
            verification_uri: complete.unwrap_or(wire.verification_uri),
            interval: seconds(wire.interval, INTERVAL).max(MIN_INTERVAL),
            // A year is longer than anybody waits, and fits into any clock.
            expires_at: Instant::now()
                + seconds(wire.expires_in, VALIDITY).min(Duration::from_secs(365 * 86_400)),
            client_id: client_id.to_owned(),
        })
    }

    /// Returns the code that the user enters in the browser.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Returns the URL that the user opens. Where the Hub offers it, it contains the code already.
    pub fn verification_uri(&self) -> &str {
        &self.verification_uri
    }

    /// Returns how long the code is still valid.
    pub fn expires_in(&self) -> Duration {
        self.expires_at.saturating_duration_since(Instant::now())
    }

    /// Waits until the user has authorized the program, and returns the token.
    ///
    /// `POST /oauth/token` at the interval that the Hub names. `pending` is called each time it says that the user has
    /// not decided yet. Failed requests, statuses from 500 on and responses that are not JSON do not end the wait: only
    /// the user, the Hub, or the end of the code do.
    ///
    /// # Errors
    /// `Unauthorized` if the user refused, the code expired, or the Hub reports another OAuth error. `OfflineMode`.
    pub async fn wait(self, client: &Client, mut pending: impl FnMut()) -> Result<OAuthToken> {
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", &*self.secret),
            ("client_id", &*self.client_id),
        ];
        let mut interval = self.interval;
        while Instant::now() < self.expires_at {
            let body = match post_form(client, "/oauth/token", &fields, "oauth_token").await {
                Ok(response) if response.status().is_server_error() => None,
                Ok(response) => response.json::<Body>().ok(),
                Err(error) if error.kind() == ErrorKind::OfflineMode => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, "the Hub was not asked; trying again");
                    None
                }
            };
            if let Some(body) = body {
                if let Some(token) = body.token()? {
                    return Ok(token);
                }
                match body.error.as_deref() {
                    // Not an OAuth response: a page of a proxy, say.
                    None => {}
                    Some("authorization_pending") => pending(),
                    Some("slow_down") => interval += INTERVAL,
                    Some("expired_token") => return Err(expired()),
                    Some("access_denied") => {
                        return Err(Error::new(
                            ErrorKind::Unauthorized,
                            "the login was refused in the browser",
                        ));
                    }
                    Some(_) => return Err(body.error("the Hub refused the login")),
                }
            }
            sleep(interval.min(self.expires_in())).await;
        }
        Err(expired())
    }
}

fn expired() -> Error {
    Error::new(
        ErrorKind::Unauthorized,
        "the code expired before it was entered in a browser",
    )
    .with_hint("log in again to get another one")
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("user_code", &self.user_code)
            .field("verification_uri", &self.verification_uri)
            .finish_non_exhaustive()
    }
}
