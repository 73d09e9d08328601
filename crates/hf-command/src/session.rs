//! The client that commands use.

use hf_api::transport::Client;
use hf_api::{Error, Result};
use hf_auth::{TokenStore, TrustedPublisher, with_fresh_token};

/// Returns the client of the environment. Its token is that of the trusted publisher (`HF_OIDC_RESOURCE`), of the
/// environment, or of the last login, renewed if it is about to expire.
pub(crate) async fn client() -> Result<Client> {
    let client = Client::new()?;
    if let Some(publisher) = TrustedPublisher::from_env()? {
        let token = publisher.exchange(&client).await?;
        return Ok(client.with_token(token.access_token));
    }
    let store = TokenStore::from_config(client.config());
    with_fresh_token(&client, &store).await
}

/// The environment variable that overrules the token of the last login, if one is set.
pub(crate) fn token_variable(client: &Client) -> Option<&'static str> {
    match client.token_source() {
        Some(hf_api::transport::TokenSource::Environment(name)) => Some(name),
        _ => None,
    }
}

/// The error of a command that needs a person to decide, where there is none.
pub(crate) fn needs(option: &str, why: &str) -> Error {
    Error::validation(why.to_owned()).with_hint(format!("give {option}"))
}
