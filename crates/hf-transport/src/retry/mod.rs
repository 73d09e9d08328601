//! When to send a request again: pure decisions, the headers that inform them, and what concurrent
//! calls share about the rate limit and the retries.

pub(crate) mod budget;
pub(crate) mod headers;
pub(crate) mod limits;
pub(crate) mod policy;
