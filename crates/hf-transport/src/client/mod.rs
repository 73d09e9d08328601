//! The client, which owns the stack and sends requests through it.

mod builder;
mod connection_setters;
mod connections;
mod stack;
mod timeouts;
mod warnings;

use std::sync::Arc;

use tokio::time::Instant;
use tower::ServiceExt;

use crate::body::poll_data;
use crate::concurrency::AdaptiveConcurrency;
use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::error::{self, Error, Result};
use crate::request::{Request, RequestOptions, TokenMode};
use crate::response::{BufferedResponse, Response, ResponseInfo};
use crate::retry::RetryConfig;
use crate::service::BoxService;
use crate::token::{Token, TokenSource};

pub use builder::ClientBuilder;
pub use timeouts::Timeouts;

/// A client for one Hub, which sends [`Request`]s through the stack of layers.
///
/// Cloning is cheap (a reference count), and all clones share their connections; each runtime has its own
/// set. Building a client needs no runtime, and one client may serve several runtimes, so it can live in a
/// `static`.
///
/// ```no_run
/// use hf_transport::{Client, Request};
/// # async fn f() -> hf_transport::Result<()> {
/// let client = Client::new()?;
/// let me: serde_json::Value = client.fetch(Request::get("/api/whoami-v2")).await?.json()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    service: BoxService,
    config: Config,
    token: Option<(Token, TokenSource)>,
    /// Applied to requests that do not set their own options.
    defaults: RequestOptions,
    body_limit: u64,
    retry: RetryConfig,
    concurrency: AdaptiveConcurrency,
}

impl Client {
    /// Returns the endpoint that requests are sent to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.config.endpoint
    }

    /// Returns the client's token, from whichever source.
    pub fn token(&self) -> Option<&Token> {
        self.0.token.as_ref().map(|(token, _)| token)
    }

    /// Returns where the token came from.
    pub fn token_source(&self) -> Option<&TokenSource> {
        self.0.token.as_ref().map(|(_, source)| source)
    }

    /// Returns the settings that the client was built with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Returns the retry settings, for calls that repeat more than a single request.
    pub fn retry(&self) -> &RetryConfig {
        &self.0.retry
    }

    /// Returns the default options of requests.
    pub fn defaults(&self) -> &RequestOptions {
        &self.0.defaults
    }

    /// Returns how many requests to send at once to each host, as all calls of this client and its clones have learned it.
    ///
    /// The client itself does not wait for it: a call that sends many requests at once does.
    pub fn concurrency(&self) -> &AdaptiveConcurrency {
        &self.0.concurrency
    }

    /// Returns a client that uses another token and shares everything else, including the connections.
    pub fn with_token(&self, token: Token) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.defaults.token = TokenMode::Explicit(token.clone());
        inner.token = Some((token, TokenSource::Explicit));
        Self(Arc::new(inner))
    }

    /// Returns a client with other default options, which shares everything else, including the connections.
    /// Options not set in `options` keep their current value.
    pub fn with_defaults(&self, options: RequestOptions) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.defaults = options.with_defaults(&self.0.defaults);
        Self(Arc::new(inner))
    }

    /// Sends a request and returns the response as soon as its headers have arrived.
    ///
    /// # Errors
    /// Returns a typed error for a status of 400 or more, and an error if no response was received.
    pub async fn execute(&self, request: Request) -> Result<Response> {
        let response = self.send_raw(request).await?;
        if response.status().is_client_error() || response.status().is_server_error() {
            return Err(self.error_from(response).await);
        }
        Ok(response)
    }

    /// Sends a request and returns the response, whatever its status.
    ///
    /// # Errors
    /// Returns an error only if no response was received.
    pub async fn send_raw(&self, request: Request) -> Result<Response> {
        crate::runtime::check()?;
        let started = Instant::now();
        let method = request.method().clone();
        let request = request.with_defaults(&self.0.defaults).into_http()?;
        let target = request.uri().clone();
        match self.0.service.clone().oneshot(request).await {
            Ok(response) => {
                let (mut parts, body) = response.into_parts();
                warnings::pass_on(&parts.headers);
                let (url, attempts) = match parts.extensions.remove::<ResponseInfo>() {
                    Some(info) => info.into_parts(),
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

    /// Sends a request and reads the whole response body into memory, up to the client's [body
    /// limit](ClientBuilder::body_limit).
    ///
    /// Reading the body is part of each attempt: unlike [`execute`](Self::execute), this also retries when
    /// the response body is cut off, if the request is idempotent.
    ///
    /// # Errors
    /// The same as [`execute`](Self::execute) and [`Response::bytes`].
    pub async fn fetch(&self, mut request: Request) -> Result<BufferedResponse> {
        let limit = request
            .options()
            .buffer_limit()
            .unwrap_or(self.0.body_limit);
        request = request.buffer_limit(limit);
        self.execute(request).await?.collect(limit).await
    }

    /// Converts an error response obtained from [`send_raw`](Self::send_raw) into an [`Error`]. Reads at most
    /// 1 MiB of its body.
    pub async fn error_from(&self, response: Response) -> Error {
        let Response {
            status,
            headers,
            url,
            mut body,
            method,
            attempts,
            started,
        } = response;
        // Uses whatever part of the body could be read: a truncated error body must not hide the error.
        let mut read = bytes::BytesMut::new();
        while let Some(Ok(chunk)) = std::future::poll_fn(|cx| poll_data(&mut body, cx)).await {
            let room = error::ERROR_BODY_LIMIT - read.len();
            read.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() >= room {
                break;
            }
        }
        let failure = error::FailedResponse {
            status,
            headers: &headers,
            body: read.freeze(),
            method: &method,
            url: &url,
            path: self.endpoint().path_of(&url),
        };
        failure
            .into_error()
            .with_attempts(attempts, started.elapsed())
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
