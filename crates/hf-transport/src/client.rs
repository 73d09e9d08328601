//! The client: the stack behind one pointer, and the calls it offers.

mod builder;
mod warnings;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::body::{Body, ResponseBody};
use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::error::{self, BoxError, Error, Result};
use crate::marks::{TokenMode, Trail};
use crate::pages::{Pages, ReplyPages};
use crate::reply::Reply;
use crate::request::Request;
use crate::response::Response;
use crate::retry::budget::RetryBudget;
use crate::retry::policy::{RetryConfig, Trial};
use crate::token::{Token, TokenSource};

pub use builder::{ClientBuilder, Timeouts, UserService};

/// The one type that every transport and every stack becomes.
pub type BoxService =
    BoxCloneSyncService<http::Request<Body>, http::Response<ResponseBody>, BoxError>;

/// A client of one Hub: sends [`Request`]s through the stack of layers.
///
/// Cloning it is a reference count; all clones share connections, of which each runtime has its own. It
/// needs no runtime to be made and may be used from several, so it can live in a `static`.
///
/// ```no_run
/// use hf_transport::{Client, Request};
/// # async fn f() -> hf_transport::Result<()> {
/// let client = Client::new()?;
/// let me: serde_json::Value = client.execute(Request::get("/api/whoami-v2")).await?.json().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    service: BoxService,
    config: Config,
    token: Option<(Token, TokenSource)>,
    /// The token was set on this client and not on the stack below.
    own_token: bool,
    body_limit: u64,
    retry: RetryConfig,
    retry_budget: RetryBudget,
}

impl Client {
    /// A client with everything from the environment.
    ///
    /// # Errors
    /// `Validation` if a variable holds what it cannot (`HF_ENDPOINT`, `HF_TOKEN`, a proxy, ...), `Io`
    /// if the token file cannot be read.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// A builder, for a client that differs from the environment.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// The Hub it talks to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.config.endpoint
    }

    /// The token, wherever it came from.
    pub fn token(&self) -> Option<&Token> {
        self.0.token.as_ref().map(|(token, _)| token)
    }

    /// Where the token came from.
    pub fn token_source(&self) -> Option<&TokenSource> {
        self.0.token.as_ref().map(|(_, source)| source)
    }

    /// The settings it was made with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// How often and how soon it tries again, for calls that repeat more than a request.
    pub fn retry(&self) -> &RetryConfig {
        &self.0.retry
    }

    /// The same client, connections included, with another token.
    pub fn with_token(&self, token: Token) -> Self {
        Self(Arc::new(Inner {
            service: self.0.service.clone(),
            config: self.0.config.clone(),
            token: Some((token, TokenSource::Explicit)),
            own_token: true,
            body_limit: self.0.body_limit,
            retry: self.0.retry,
            retry_budget: self.0.retry_budget.clone(),
        }))
    }

    /// Sends a request and returns the answer as soon as its head is there.
    ///
    /// # Errors
    /// A status of 400 or more is a typed error, as are all ways of not getting an answer.
    pub async fn execute(&self, request: Request) -> Result<Response> {
        let response = self.send_raw(request).await?;
        if response.status().is_client_error() || response.status().is_server_error() {
            return Err(self.error_of(response).await);
        }
        Ok(response)
    }

    /// Sends a request and returns the answer, whatever its status.
    ///
    /// # Errors
    /// All ways of not getting an answer.
    pub async fn send_raw(&self, mut request: Request) -> Result<Response> {
        let started = Instant::now();
        if self.0.own_token
            && let Some((token, _)) = &self.0.token
            && matches!(
                request.marks().token,
                TokenMode::Default | TokenMode::Required
            )
        {
            request = request.token(TokenMode::Explicit(token.clone()));
        }
        let method = request.method().clone();
        let request = request.into_http()?;
        let target = request.uri().clone();
        match self.0.service.clone().oneshot(request).await {
            Ok(response) => {
                let (mut parts, body) = response.into_parts();
                warnings::pass_on(&parts.headers);
                let (url, attempts) = match parts.extensions.remove::<Trail>() {
                    Some(trail) => (trail.url, trail.attempts),
                    None => (self.absolute(&target), 1),
                };
                Ok(Response {
                    status: parts.status,
                    headers: parts.headers,
                    url,
                    body,
                    method,
                    attempts,
                    started,
                })
            }
            Err(error) => {
                Err(Error::from(error).with_request(&method, &self.absolute(&target).to_string()))
            }
        }
    }

    /// Sends a request and collects the whole answer, at most the client's limit.
    ///
    /// Other than [`execute`](Self::execute) it can see that an answer breaks off, and asks again
    /// where that is harmless.
    ///
    /// # Errors
    /// As [`execute`](Self::execute) and [`Response::bytes`].
    pub async fn fetch(&self, request: Request) -> Result<Reply> {
        let started = Instant::now();
        let repeatable = request.is_repeatable();
        let limit = request.marks().timeout;
        let max_retries = request.marks().max_retries;
        let max_retries = max_retries.unwrap_or(self.0.retry.max_retries);
        let mut next = Some(request);
        let mut attempt = 0;
        while let Some(request) = next.take() {
            attempt += 1;
            if repeatable && attempt <= max_retries {
                next = Some(request.clone());
            }
            let response = self.execute(request).await?;
            // What the stack tried again counts, too.
            attempt += response.attempts.saturating_sub(1);
            let target = response.url.clone();
            let error = match response.collect(self.0.body_limit).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let elapsed = started.elapsed();
            let trial = Trial {
                repeat: error.repeat(),
                repeatable,
                attempt,
                elapsed,
                told: None,
                jitter: fastrand::f64(),
            };
            let wait = match next {
                Some(_) => self
                    .0
                    .retry
                    .decide_within(&trial, &self.0.retry_budget, &target)
                    .filter(|wait| limit.is_none_or(|limit| elapsed + *wait < limit)),
                None => None,
            };
            let Some(wait) = wait else {
                return Err(error.with_trials(attempt, elapsed));
            };
            tracing::warn!(
                attempt,
                "{}; trying again in {:.1} s",
                error.message(),
                wait.as_secs_f64()
            );
            tokio::time::sleep(wait).await;
            if let Some(limit) = limit {
                // The limit is for all of it: the rest is what is left.
                next = next.map(|request| request.timeout(limit.saturating_sub(started.elapsed())));
            }
        }
        Err(Error::validation("the request was used up"))
    }

    /// A list that comes in pages of JSON arrays, as a stream of its items.
    ///
    /// The next page is asked for as soon as one has arrived. Empty pages do not end the list. The
    /// address of the next page (`Link: <...>; rel="next"`) may be relative or that of the public
    /// Hub; one of another origin, or of a page read before, is a `Pagination` error.
    ///
    /// ```no_run
    /// use futures_util::TryStreamExt;
    /// use hf_transport::{Client, Request};
    /// # async fn f(client: Client) -> hf_transport::Result<()> {
    /// let mut models = client.pages::<serde_json::Value>(Request::get("/api/models")).limit(2_000);
    /// while let Some(model) = models.try_next().await? {
    ///     println!("{}", model["id"]);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn pages<T: DeserializeOwned + Send + 'static>(&self, request: Request) -> Pages<T> {
        Pages::of_arrays(self.reply_pages(request))
    }

    /// The same for pages of another shape: `decode` appends the items of one.
    pub fn pages_with<T: Send + 'static>(
        &self,
        request: Request,
        decode: impl Fn(&Reply, &mut Vec<T>) -> Result<()> + Send + 'static,
    ) -> Pages<T> {
        Pages::new(self.reply_pages(request), decode)
    }

    /// The pages of a list as whole answers.
    pub fn reply_pages(&self, request: Request) -> ReplyPages {
        ReplyPages::new(self.clone(), request)
    }

    /// The typed error of an answer, for who used [`send_raw`](Self::send_raw).
    pub async fn error_of(&self, response: Response) -> Error {
        let Response {
            status,
            headers,
            url,
            mut body,
            method,
            attempts,
            started,
        } = response;
        // What could be read is what there is: a broken error body must not hide the error.
        let mut read = bytes::BytesMut::new();
        while let Some(Ok(chunk)) =
            std::future::poll_fn(|cx| crate::response::poll_chunk(&mut body, cx)).await
        {
            let room = error::ERROR_BODY_LIMIT - read.len();
            read.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() >= room {
                break;
            }
        }
        let answer = error::Answer {
            status,
            headers: &headers,
            body: read.freeze(),
            method: &method,
            url: &url,
        };
        error::from_response(answer, self.endpoint()).with_trials(attempts, started.elapsed())
    }

    fn absolute(&self, target: &http::Uri) -> http::Uri {
        self.endpoint()
            .join(&target.to_string())
            .parse()
            .unwrap_or_else(|_| target.clone())
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", self.endpoint())
            .field("token", &self.0.token)
            .finish_non_exhaustive()
    }
}
