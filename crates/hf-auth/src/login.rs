//! Logging in and out.

use hf_transport::{Client, Error, Request, Result, Token, TokenMode};
use hf_types::WhoAmI;

use crate::oauth::OAuthToken;
use crate::store::{StoredToken, TokenStore};

/// The result of a login.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LoggedIn {
    /// The name that the token is stored under.
    pub name: String,
    /// The account.
    pub account: WhoAmI,
}

/// A token to log in with.
///
/// ```no_run
/// # async fn run() -> hf_transport::Result<()> {
/// use hf_auth::{Login, TokenStore};
/// use hf_transport::{Client, Token};
/// let client = Client::new()?;
/// let store = TokenStore::from_config(client.config());
/// let login = Login::token(Token::new("hf_example")?).run(&client, &store).await?;
/// println!("logged in as {}", login.account.name);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Login {
    token: Token,
    refresh_token: Option<Token>,
    expires_at: Option<u64>,
}

impl Login {
    /// Logs in with a user access token.
    pub fn token(token: Token) -> Self {
        Self {
            token,
            refresh_token: None,
            expires_at: None,
        }
    }

    /// Logs in with the token of a login by browser.
    pub fn oauth(token: OAuthToken) -> Self {
        Self {
            expires_at: token.expires_at(),
            token: token.access_token,
            refresh_token: token.refresh_token,
        }
    }

    /// Asks the Hub whose token it is, stores it under its name, and makes it the active one.
    ///
    /// `GET /api/whoami-v2`. A token without a name is stored as `oauth-USER`.
    ///
    /// # Errors
    /// `Validation` for the token of an organization, which cannot log in. `Unauthorized` for a token that the Hub does
    /// not know; nothing is stored then. `Io` if the files cannot be written.
    pub async fn run(self, client: &Client, store: &TokenStore) -> Result<LoggedIn> {
        if self.token.expose().starts_with("api_org") {
            return Err(Error::validation(
                "this is the token of an organization, which cannot log in",
            )
            .with_hint("use a token of your own account: https://huggingface.co/settings/tokens"));
        }
        let request = Request::get("/api/whoami-v2")
            .token(TokenMode::Explicit(self.token.clone()))
            .operation("whoami");
        let account: WhoAmI = client.fetch(request).await?.json()?;
        let name = name_of(&account);
        let (store, stored) = (
            store.clone(),
            StoredToken {
                name: name.clone(),
                token: self.token,
                refresh_token: self.refresh_token,
                expires_at: self.expires_at,
            },
        );
        // The lock may have to be waited for.
        hf_transport::spawn_blocking(move || {
            let name = stored.name.clone();
            store.save(stored)?;
            store.activate(&name)
        })
        .await?;
        Ok(LoggedIn { name, account })
    }
}

/// The name to store a token under. One that the file could not hold gives way to the name of the account.
fn name_of(account: &WhoAmI) -> String {
    let display_name = account
        .access_token
        .as_ref()
        .and_then(|token| token.display_name.as_deref());
    match display_name {
        Some(name) if crate::store::is_name(name) => name.to_owned(),
        Some(_) => format!("token-{}", account.name),
        None => format!("oauth-{}", account.name),
    }
}
