//! Tokens for stores, each asked for once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use hf_transport::{Client, Error, Result, TokenMode};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::route::TokenRoute;
use super::token::StoreToken;

/// Routes of which tokens are kept at once.
const MAX_KEPT: usize = 1_024;

/// The tokens of a program, by route and account. Clones share them.
///
/// A token is used until 60 s before its end. However many tasks need one, the Hub is asked once at a time, and all get the
/// response.
#[derive(Clone, Default)]
pub struct TokenCache(Arc<StdMutex<HashMap<Key, Arc<Slot>>>>);

/// The account is a secret, too.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    target: String,
    account: Option<String>,
}

#[derive(Default)]
struct Slot(Mutex<Known>);

#[derive(Default)]
struct Known {
    token: Option<StoreToken>,
    /// The last failure, for those that have waited for it.
    failed: Option<(Instant, Error)>,
}

impl TokenCache {
    /// Creates an empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a token, from the Hub if none is kept.
    ///
    /// # Errors
    /// Returns the Hub's error, such as `RepositoryNotFound`, or a plain 404 where it has no store for the repository.
    /// `Validation` for the URL of a store that is not used.
    pub async fn get(&self, client: &Client, route: &TokenRoute) -> Result<StoreToken> {
        self.find(client, route, None).await
    }

    /// Returns another token in place of one that the store has refused.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn renew(
        &self,
        client: &Client,
        route: &TokenRoute,
        refused: &StoreToken,
    ) -> Result<StoreToken> {
        self.find(client, route, Some(refused)).await
    }

    /// Keeps a token that came with another response of the Hub.
    pub async fn insert(&self, client: &Client, route: &TokenRoute, token: StoreToken) {
        let slot = self.slot(client, route);
        slot.0.lock().await.token = Some(token);
    }

    async fn find(
        &self,
        client: &Client,
        route: &TokenRoute,
        refused: Option<&StoreToken>,
    ) -> Result<StoreToken> {
        let slot = self.slot(client, route);
        let asked = Instant::now();
        // Held while the Hub is asked: whoever waits here wants the same. A holder that is cancelled lets the next one ask.
        let mut known = slot.0.lock().await;
        if let Some(token) = &known.token
            && token.is_fresh()
            && refused.is_none_or(|refused| refused.token() != token.token())
        {
            return Ok(token.clone());
        }
        if let Some((at, error)) = &known.failed
            && *at > asked
        {
            return Err(error.clone());
        }
        match fetch(client, route).await {
            Ok(token) => {
                *known = Known {
                    token: Some(token.clone()),
                    failed: None,
                };
                Ok(token)
            }
            Err(error) => {
                known.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    fn slot(&self, client: &Client, route: &TokenRoute) -> Arc<Slot> {
        let key = Key {
            target: client.endpoint().join(&route.request().path_and_query()),
            account: account(client, route),
        };
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_KEPT && !slots.contains_key(&key) {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        slots.entry(key).or_default().clone()
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").finish_non_exhaustive()
    }
}

/// The token that the Hub will see, which says for whom a store's token is.
fn account(client: &Client, route: &TokenRoute) -> Option<String> {
    let of_client = || client.token().map(|token| token.expose().to_owned());
    let mode = |mode: &TokenMode| match mode {
        TokenMode::None => None,
        TokenMode::Explicit(token) => Some(token.expose().to_owned()),
        _ => of_client(),
    };
    match route.request_options().token() {
        TokenMode::Default => mode(client.defaults().token()),
        other => mode(other),
    }
}

async fn fetch(client: &Client, route: &TokenRoute) -> Result<StoreToken> {
    let response = client.fetch(route.request()).await?;
    StoreToken::read(&response, client)
}
