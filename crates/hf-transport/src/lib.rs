#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod bandwidth;
mod blocking;
mod body;
mod client;
mod concurrency;
mod config;
mod connect;
pub mod digest;
mod endpoint;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod json;
pub mod layers;
mod lines;
mod origin;
mod pages;
pub mod path;
pub mod progress;
mod redact;
mod request;
mod response;
mod retry;
mod runtime;
mod service;
mod token;
mod url;

pub use bandwidth::Bandwidth;
pub use blocking::{Thread, spawn_blocking, spawn_thread};
pub use body::{Body, ResponseBody, concat, try_clone_request};
pub use client::{Client, ClientBuilder, Timeouts};
pub use concurrency::{AdaptiveConcurrency, ConcurrencyConfig, ConcurrencyPermit, HostConcurrency};
pub use config::{Config, Durability, Proxies};
pub use endpoint::{CANONICAL_ENDPOINT, Endpoint};
pub use error::{BoxError, Error, ErrorKind, Result, Retryability};
pub use lines::{Event, Events, LINE_LIMIT, Lines, Ndjson};
pub use origin::Origin;
pub use pages::{Pages, ResponsePages};
pub use redact::redact_url;
pub use request::{RedirectMode, Request, RequestOptions, TokenMode};
pub use response::{BodyChunks, BufferedResponse, DEFAULT_BODY_LIMIT, Response, ResponseInfo};
pub use retry::{
    FailedAttempt, RateLimit, RateLimits, RetryBudget, RetryConfig, RetryContext, retry_after,
};
pub use service::{BoxFuture, BoxService, UserService};
pub use token::{Token, TokenSource};
