//! Time limits: for the headers of a response, for silence in its body, and for a request as a whole.

mod body;
mod headers;

pub use body::{
    IdleTimeout, IdleTimeoutLayer, ResponseFuture, TimedBody, TotalTimeout, TotalTimeoutLayer,
};
pub use headers::{HeaderTimeout, HeaderTimeoutLayer, ResponseFuture as HeaderResponseFuture};
