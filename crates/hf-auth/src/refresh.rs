//! Renewing tokens of a login by browser before they expire.

use hf_transport::{Client, ErrorKind, Result, Token, TokenSource};

use crate::oauth::{Body, CLIENT_ID, OAuthToken, now, post_form};
use crate::store::{StoredToken, TokenStore};

/// A token is renewed when it is valid for less than this, in seconds.
const MARGIN: u64 = 24 * 3600;

/// Exchanges a refresh token for a new access token.
///
/// `POST /oauth/token`.
///
/// # Errors
/// `Unauthorized` if the Hub does not accept it: the login has ended or was revoked. Whatever the request meets.
pub async fn refresh(client: &Client, refresh_token: &Token) -> Result<OAuthToken> {
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.expose()),
        ("client_id", CLIENT_ID),
    ];
    let response = post_form(client, "/oauth/token", &fields, "oauth_token").await?;
    let body: Body = response.json().unwrap_or_default();
    match body.token()? {
        Some(token) if response.status().is_success() => Ok(token),
        _ => {
            let status = response.status().as_u16();
            Err(body
                .error(format_args!(
                    "the token could not be renewed (status {status})"
                ))
                .with_hint("log in again: `hf auth login`"))
        }
    }
}

/// Returns the client with a token that is valid: where the active token comes from the token file and expires within 24
/// hours, it is renewed first and both files are updated.
///
/// One process renews at a time; the others take its result. A failure is logged as a warning and leaves the client as it
/// is: the Hub decides whether the old token is still good.
///
/// # Errors
/// `Io` if the files cannot be read.
pub async fn with_fresh_token(client: &Client, store: &TokenStore) -> Result<Client> {
    let Some(TokenSource::File(path)) = client.token_source() else {
        return Ok(client.clone());
    };
    if path != store.token_path() || client.config().offline {
        return Ok(client.clone());
    }
    let Some(active) = store.active()? else {
        return Ok(client.clone());
    };
    let due = |stored: &StoredToken| {
        stored.token == active
            && stored.refresh_token.is_some()
            && stored
                .expires_at
                .is_some_and(|at| at <= now().saturating_add(MARGIN))
    };
    // A broken file is no reason to refuse a token that may work.
    let stored = store.list().unwrap_or_default();
    let Some(stored) = stored.into_iter().find(due) else {
        return Ok(client.with_token(active));
    };
    match renew(client, store, &stored).await {
        Ok(token) => Ok(client.with_token(token)),
        Err(error) => {
            if error.kind() == ErrorKind::Unauthorized {
                tracing::warn!(%error, name = stored.name, "the login has expired");
            } else {
                tracing::warn!(%error, name = stored.name, "the token could not be renewed and is used as it is");
            }
            Ok(client.clone())
        }
    }
}

async fn renew(client: &Client, store: &TokenStore, stale: &StoredToken) -> Result<Token> {
    let of_lock = store.clone();
    let _lock = hf_transport::spawn_blocking(move || of_lock.lock()).await?;
    // Somebody else may have renewed it meanwhile: the old refresh token is used up then.
    let Some(stored) = store.get(&stale.name)? else {
        return Ok(stale.token.clone());
    };
    let Some(refresh_token) = stored
        .refresh_token
        .clone()
        .filter(|_| stored.token == stale.token)
    else {
        return Ok(stored.token);
    };
    let renewed = refresh(client, &refresh_token).await?;
    let expires_at = renewed.expires_at();
    let token = renewed.access_token;
    store.save_locked(StoredToken {
        name: stored.name,
        token: token.clone(),
        refresh_token: Some(renewed.refresh_token.unwrap_or(refresh_token)),
        expires_at,
    })?;
    // Another token may have been made the active one meanwhile.
    if store.active()?.as_ref() == Some(&stale.token) {
        store.set_active(&token)?;
    }
    Ok(token)
}
