//! The layers of the stack, each for itself a [`tower::Layer`] over
//! `Service<http::Request<Body>>`.
//!
//! From the outside in, and why each is where it is: see the crate's front page.

mod auth;
mod endpoint;
mod future;
mod headers;

pub use auth::{Auth, AuthLayer};
pub use endpoint::{EndpointLayer, WithEndpoint};
pub use future::LayerFuture;
pub use headers::{Headers, HeadersLayer, user_agent};
