//! A token for a store, as the Hub sends it.

use std::time::{Duration, SystemTime};

use hf_transport::{BufferedResponse, Client, Error, Result, Token};
use serde::Deserialize;
use tokio::time::Instant;

use super::store_url::StoreUrl;

/// How long before its end a token is renewed. A request that is under way must not meet the end.
const MARGIN: Duration = Duration::from_secs(60);

/// A token for a store, with the store's URL. It is secret, and for that store alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreToken {
    token: Token,
    url: StoreUrl,
    /// When to get another one.
    renew_at: Instant,
}

/// The JSON form. The headers `X-Xet-...` say the same, and a server may send either.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    access_token: Option<String>,
    cas_url: Option<String>,
    exp: Option<f64>,
}

impl StoreToken {
    /// Makes one of its parts: `url` as the Hub sent it, `expires` in seconds since the start of 1970.
    ///
    /// # Errors
    /// `Validation` for a URL that is not used ([`StoreUrl`]), or a token that no header can carry.
    pub fn new(token: &str, url: &str, expires: i64, client: &Client) -> Result<Self> {
        let expires = u64::try_from(expires).unwrap_or_default();
        Self::of(token, url, expires, SystemTime::now(), client)
    }

    fn of(token: &str, url: &str, expires: u64, now: SystemTime, client: &Client) -> Result<Self> {
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        // A year is as good as for ever, and fits into any clock.
        let lifetime = Duration::from_secs(expires)
            .saturating_sub(now)
            .min(Duration::from_secs(365 * 86_400));
        Ok(Self {
            token: Token::new(token)
                .map_err(|error| error.with_context("the Hub's token for its Xet store"))?,
            url: StoreUrl::parse(url, client.endpoint())?,
            // One that lives shorter than the margin is used, too: a store that checks it more strictly says so.
            renew_at: Instant::now() + lifetime.saturating_sub(MARGIN.min(lifetime / 2)),
        })
    }

    /// Reads the Hub's response: JSON or headers, whichever has it.
    pub(super) fn read(response: &BufferedResponse, client: &Client) -> Result<Self> {
        let body = response.json::<Body>();
        let header = |name: &str| response.header(name).map(str::to_owned);
        let from_headers = Body {
            access_token: header("x-xet-access-token"),
            cas_url: header("x-xet-cas-url"),
            exp: header("x-xet-token-expiration").and_then(|text| text.trim().parse().ok()),
        };
        let complete = |body: &Body| body.access_token.is_some() && body.cas_url.is_some();
        let found = match body {
            Ok(body) if complete(&body) => Body {
                exp: body.exp.or(from_headers.exp),
                ..body
            },
            _ if complete(&from_headers) => from_headers,
            Ok(_) => {
                return Err(Error::decode(
                    "the Hub's response to a request for an Xet token has neither `accessToken` and `casUrl` nor the headers \
                     that say the same",
                ));
            }
            Err(error) => return Err(error),
        };
        // By the Hub's clock, if it says what time it is: this machine's may be wrong by hours.
        let now = response
            .header("date")
            .and_then(|text| httpdate::parse_http_date(text).ok())
            .unwrap_or_else(SystemTime::now);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates"
        )]
        let expires = found.exp.unwrap_or_default() as u64;
        let (token, url) = (
            found.access_token.unwrap_or_default(),
            found.cas_url.unwrap_or_default(),
        );
        Self::of(&token, &url, expires, now, client)
    }

    /// Returns the store's URL.
    pub fn url(&self) -> &StoreUrl {
        &self.url
    }

    /// Returns the token.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// Returns whether it need not be renewed yet.
    pub(super) fn is_fresh(&self) -> bool {
        Instant::now() < self.renew_at
    }
}
