//! The client: the stack behind one pointer, and the ways to send a request through it.

mod builder;
mod connections;
mod stack;
mod timeouts;
mod warnings;

use std::sync::Arc;

use tokio::time::Instant;
use tower::ServiceExt;

use crate::body::poll_data;
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

/// A client of one Hub: sends [`Request`]s through the stack of layers.
///
/// Cloning it is a reference count. All clones share connections, of which each runtime has its own. No
/// runtime is needed to build it and it may be used from several, so it can live in a `static`.
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
    /// What requests do not say themselves.
    defaults: RequestOptions,
    body_limit: u64,
    retry: RetryConfig,
}

impl Client {
    /// Returns the Hub it talks to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.config.endpoint
    }

    /// Returns the token, wherever it came from.
    pub fn token(&self) -> Option<&Token> {
        self.0.token.as_ref().map(|(token, _)| token)
    }

    /// Returns where the token came from.
    pub fn token_source(&self) -> Option<&TokenSource> {
        self.0.token.as_ref().map(|(_, source)| source)
    }

    /// Returns the settings it was built with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Returns the limits of its retries, for calls that repeat more than a request.
    pub fn retry(&self) -> &RetryConfig {
        &self.0.retry
    }

    /// Returns the options of requests that do not set their own.
    pub fn defaults(&self) -> &RequestOptions {
        &self.0.defaults
    }

    /// Returns a client with another token, which shares everything else, connections included.
    pub fn with_token(&self, token: Token) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.defaults.token = TokenMode::Explicit(token.clone());
        inner.token = Some((token, TokenSource::Explicit));
        Self(Arc::new(inner))
    }

    /// Returns a client whose requests start from `options`, which shares everything else, connections
    /// included. What `options` do not set stays as it is.
    pub fn with_defaults(&self, options: RequestOptions) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.defaults = options.with_defaults(&self.0.defaults);
        Self(Arc::new(inner))
    }

    /// Sends a request and returns the response as soon as its headers are there.
    ///
    /// # Errors
    /// A status of 400 or more is a typed error, as is every way of not getting a response.
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
    /// Every way of not getting a response.
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

    /// Sends a request and reads the whole response, at most the client's
    /// [body limit](ClientBuilder::body_limit).
    ///
    /// Reading the body is part of each attempt: unlike [`execute`](Self::execute), a response whose body
    /// breaks off is retried, if the request is idempotent.
    ///
    /// # Errors
    /// As [`execute`](Self::execute) and [`Response::bytes`].
    pub async fn fetch(&self, mut request: Request) -> Result<BufferedResponse> {
        let limit = request
            .options()
            .buffer_limit()
            .unwrap_or(self.0.body_limit);
        request = request.buffer_limit(limit);
        self.execute(request).await?.collect(limit).await
    }

    /// Converts a response with an error status, obtained from [`send_raw`](Self::send_raw), into an
    /// [`Error`]. Reads at most a megabyte of its body.
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
        // Whatever could be read is used: a broken error body must not hide the error.
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
