#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod blocking;
mod body;
mod client;
mod config;
mod connect;
pub mod digest;
mod endpoint;
mod error;
pub mod layers;
mod lines;
mod marks;
mod origin;
mod pages;
pub mod path;
pub mod progress;
mod redact;
mod reply;
mod request;
mod response;
mod retry;
mod token;
mod url;

pub use blocking::{Thread, spawn_blocking, spawn_thread};
pub use body::{Body, BoxBody, ResponseBody};
pub use client::{BoxService, Client, ClientBuilder, Timeouts, UserService};
pub use config::{Config, Proxies};
pub use endpoint::{CANONICAL_ENDPOINT, Endpoint};
pub use error::{BoxError, Error, ErrorKind, Repeat, Result};
pub use lines::{Event, Events, LINE_LIMIT, Lines, Ndjson};
pub use marks::{Marks, RedirectMode, TokenMode, Trail};
pub use origin::Origin;
pub use pages::{Pages, ReplyPages};
pub use redact::redact_url;
pub use reply::Reply;
pub use request::Request;
pub use response::{Chunks, DEFAULT_BODY_LIMIT, Response};
pub use retry::budget::RetryBudget;
pub use retry::headers::{RateLimit, retry_after};
pub use retry::limits::RateLimits;
pub use retry::policy::{RetryConfig, Trial};
pub use token::{Token, TokenSource};
