//! Decides when to send a request again: pure decisions, the headers that inform them, and the state of rate
//! limit and retries that concurrent calls share.

mod attempt;
mod budget;
pub(crate) mod headers;
mod limits;
mod policy;

pub use attempt::FailedAttempt;
pub(crate) use attempt::{Outcome, RetryClassifier};
pub use budget::RetryBudget;
pub use headers::{RateLimit, retry_after};
pub use limits::RateLimits;
pub use policy::{RetryConfig, RetryContext};
