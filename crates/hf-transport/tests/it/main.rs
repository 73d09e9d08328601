//! The stack as a whole, over a scripted service, over real sockets, and against the embedded Hub.

mod alone;
mod attempts;
mod bad_input;
mod bandwidth;
mod concurrency;
mod concurrency_simulation;
mod connect;
mod errors;
mod headers;
mod http2;
mod hub;
mod order;
mod pages;
mod proxy;
mod rate_limit;
mod redirect;
mod retry;
mod shape;
mod support;
mod timeout;
mod tls;
mod trace;
mod tunnel;
mod wire;
