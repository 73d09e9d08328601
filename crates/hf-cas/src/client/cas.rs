//! Requests to a store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use hf_transport::{
    BufferedResponse, Client, Error, ErrorKind, RedirectMode, Request, Response, Result, TokenMode,
};
use http::StatusCode;

use super::route::TokenRoute;
use super::token::StoreToken;
use super::tokens::TokenCache;
use crate::Hash;

/// Groups the requests of one session in the store's logs.
const SESSION_ID: &str = "x-xet-session-id";

/// The longest shard that is read: one that a client may send has at most 64 MiB.
const SHARD_LIMIT: u64 = 64 << 20;

/// A store, as one token route of the Hub leads to it. Clones share what is known of it.
///
/// Each request carries the store's token, which is renewed shortly before its end, and when the store refuses it (401).
/// What the store does not know in its newer form is asked in the older one.
///
/// ```no_run
/// use hf_cas::client::{Access, CasClient, TokenCache, TokenRoute};
/// use hf_transport::Client;
/// use hf_types::{RepoType, Revision};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::new()?;
/// let route = TokenRoute::repo(RepoType::Model, &"org/name".parse()?, &Revision::default(), Access::Read);
/// let store = CasClient::new(&client, &TokenCache::new(), route);
/// println!("{}", store.token().await?.url());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CasClient(Arc<Inner>);

struct Inner {
    client: Client,
    tokens: TokenCache,
    route: TokenRoute,
    session: String,
    /// The store has no grants, or the storage behind them cannot be reached.
    no_grants: AtomicBool,
    old_shards: AtomicBool,
    old_reconstructions: AtomicBool,
}

/// A form of a request that a store may not know yet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Newer {
    Grants,
    Shards,
    Reconstructions,
}

impl CasClient {
    /// Creates a client of the store that `route` leads to. Makes no request.
    pub fn new(client: &Client, tokens: &TokenCache, route: TokenRoute) -> Self {
        Self(Arc::new(Inner {
            client: client.clone(),
            tokens: tokens.clone(),
            route,
            session: format!("{:032x}", fastrand::u128(..)),
            no_grants: AtomicBool::new(false),
            old_shards: AtomicBool::new(false),
            old_reconstructions: AtomicBool::new(false),
        }))
    }

    /// Returns the client that all requests go through.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// Returns the token of the store, from the Hub if there is none yet.
    ///
    /// A 404 of the Hub means that it has no store for the repository.
    ///
    /// # Errors
    /// As [`TokenCache::get`].
    pub async fn token(&self) -> Result<StoreToken> {
        self.0.tokens.get(&self.0.client, &self.0.route).await
    }

    /// Returns the shard that names a chunk, as the store knows it of other files: `GET /v1/chunks/default-merkledb/{hash}`.
    ///
    /// The shard comes from outside, and its hashes may be keyed.
    ///
    /// # Errors
    /// What the store responds, other than that it does not know the chunk.
    pub async fn query_dedup(&self, chunk: &Hash) -> Result<Option<Bytes>> {
        let path = format!("/v1/chunks/default-merkledb/{chunk}");
        let request = |url: String| {
            Request::get(url)
                .buffer_limit(SHARD_LIMIT)
                .operation("xet_query_dedup")
        };
        match self.fetch(&path, request).await {
            Ok(response) if response.body().is_empty() => Ok(None),
            Ok(response) => Ok(Some(response.body().clone())),
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn is_known(&self, form: Newer) -> bool {
        !self.flag(form).load(Ordering::Relaxed)
    }

    pub(super) fn set_unknown(&self, form: Newer) {
        if !self.flag(form).swap(true, Ordering::Relaxed) {
            tracing::debug!(
                ?form,
                "the Xet store does not know the newer form of a request"
            );
        }
    }

    fn flag(&self, form: Newer) -> &AtomicBool {
        match form {
            Newer::Grants => &self.0.no_grants,
            Newer::Shards => &self.0.old_shards,
            Newer::Reconstructions => &self.0.old_reconstructions,
        }
    }

    /// Sends a request to a route of the store and reads the response.
    pub(super) async fn fetch(
        &self,
        path: &str,
        request: impl Fn(String) -> Request + Send + Sync,
    ) -> Result<BufferedResponse> {
        let mut token = self.token().await?;
        let sent = self
            .0
            .client
            .fetch(self.authorize(&token, request(token.url().join(path))))
            .await;
        match sent {
            Err(error) if is_unauthorized(&error) => {
                token = self.renew(&token).await?;
                let again = self.authorize(&token, request(token.url().join(path)));
                let sent = self.0.client.fetch(again).await;
                sent.map_err(|error| of_store(error, &token))
            }
            sent => sent.map_err(|error| of_store(error, &token)),
        }
    }

    /// Sends a request to a route of the store, and returns the response with its body still to be read.
    pub(super) async fn execute(
        &self,
        path: &str,
        request: impl Fn(String) -> Request + Send + Sync,
    ) -> Result<Response> {
        let mut token = self.token().await?;
        let sent = self
            .0
            .client
            .execute(self.authorize(&token, request(token.url().join(path))))
            .await;
        match sent {
            Err(error) if is_unauthorized(&error) => {
                token = self.renew(&token).await?;
                let again = self.authorize(&token, request(token.url().join(path)));
                let sent = self.0.client.execute(again).await;
                sent.map_err(|error| of_store(error, &token))
            }
            sent => sent.map_err(|error| of_store(error, &token)),
        }
    }

    async fn renew(&self, refused: &StoreToken) -> Result<StoreToken> {
        tracing::debug!(store = %refused.url(), "the Xet store refused its token; getting another one");
        let inner = &*self.0;
        inner
            .tokens
            .renew(&inner.client, &inner.route, refused)
            .await
    }

    /// The store's token in place of the Hub's.
    fn authorize(&self, token: &StoreToken, request: Request) -> Request {
        let bearer = token.token().header_value();
        request
            .token(TokenMode::None)
            .header("authorization", bearer.to_str().unwrap_or_default())
            .header(SESSION_ID, &self.0.session)
            // The token is for this URL.
            .redirect(RedirectMode::None)
    }
}

impl fmt::Debug for CasClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CasClient")
            .field("route", &self.0.route.target())
            .finish_non_exhaustive()
    }
}

fn is_unauthorized(error: &Error) -> bool {
    error.status() == Some(StatusCode::UNAUTHORIZED)
}

/// Says whose response it was: the words for the Hub's statuses do not fit a store.
fn of_store(error: Error, token: &StoreToken) -> Error {
    let store = token.url();
    match error.status() {
        Some(StatusCode::UNAUTHORIZED) => error
            .with_kind(ErrorKind::Unauthorized)
            .with_context(format_args!(
                "the Xet store {store} refuses the token that the Hub has just given for it"
            ))
            .with_hint("set HF_HUB_DISABLE_XET=1 to do without the store"),
        Some(StatusCode::FORBIDDEN) => {
            error
                .with_kind(ErrorKind::Forbidden)
                .with_context(format_args!(
                    "the Xet store {store} does not allow this with the token that the Hub gave"
                ))
        }
        Some(status) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
            error
                .with_kind(ErrorKind::Http)
                .with_context(format_args!("the Xet store {store}"))
        }
        _ => error.with_context(format_args!("the Xet store {store}")),
    }
}
