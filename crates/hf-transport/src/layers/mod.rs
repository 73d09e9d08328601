//! The layers of the stack. Each is a [`tower::Layer`] that can be used on its own.
//!
//! Layers that only change a request are functions that return a [`MapRequestLayer`]. Each other layer has
//! its own module with the layer, its service and, where they have a type, its future and body. The README of
//! the crate shows the order in which a [`Client`](crate::Client) applies them, and why.

mod auth;
pub mod bandwidth;
pub mod buffer;
pub mod connection_limit;
pub mod decompression;
mod endpoint;
mod headers;
pub mod map_request;
mod offline;
pub mod rate_limit;
pub mod redirect;
mod request_id;
pub mod retry;
pub mod timeout;
pub mod trace;

pub use auth::auth;
pub use bandwidth::BandwidthLayer;
pub use buffer::BufferLayer;
pub use connection_limit::ConnectionLimitLayer;
pub use decompression::DecompressionLayer;
pub use endpoint::endpoint;
pub use headers::{hub_headers, user_agent, user_agent_value};
pub use map_request::{MapRequestLayer, map_request};
pub use offline::offline;
pub use rate_limit::RateLimitLayer;
pub use redirect::RedirectLayer;
pub use request_id::request_id;
pub use retry::RetryLayer;
pub use timeout::{HeaderTimeoutLayer, IdleTimeoutLayer, TotalTimeoutLayer};
pub use trace::TraceLayer;
