//! The layers of the stack, each for itself a [`tower::Layer`].
//!
//! Most take any body; those that may have to send a request again take `http::Request<Body>`.
//! The order in which a [`Client`](crate::Client) puts them, and why, is on the crate's front page.

mod auth;
mod decompression;
mod endpoint;
mod future;
mod headers;
mod offline;
mod rate_limit;
mod redirect;
mod request_id;
mod retry;
mod timeout;
mod trace;

pub use auth::{Auth, AuthLayer};
pub use decompression::{
    Decompression, DecompressionLayer, Noted, Noting, UnpackedBody, Unpacking,
};
pub use endpoint::{EndpointLayer, WithEndpoint};
pub use future::LayerFuture;
pub use headers::{Headers, HeadersLayer, user_agent};
pub use offline::{Offline, OfflineLayer};
pub use rate_limit::{RateLimitLayer, RateLimited};
pub use redirect::{Redirect, RedirectLayer};
pub use request_id::{RequestId, RequestIdLayer};
pub use retry::{Retry, RetryLayer};
pub use timeout::{
    AwaitingHead, HeadTimeout, HeadTimeoutLayer, IdleTimeout, IdleTimeoutLayer, Timed, TimedBody,
    TotalTimeout, TotalTimeoutLayer,
};
pub use trace::{Trace, TraceLayer, TracedBody, Tracing};
