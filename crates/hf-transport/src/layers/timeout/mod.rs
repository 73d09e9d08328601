//! Limits of time: for the head of an answer, for silence in its body, and for all of it.

mod body;
mod head;

pub use body::{IdleTimeout, IdleTimeoutLayer, Timed, TimedBody, TotalTimeout, TotalTimeoutLayer};
pub use head::{AwaitingHead, HeadTimeout, HeadTimeoutLayer};
