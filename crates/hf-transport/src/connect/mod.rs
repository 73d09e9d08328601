//! The bottom of the stack: TCP, proxies, TLS, and hyper's pooling client over them.

mod dial;
mod io;
mod leaf;
mod rules;
mod tls;

pub(crate) use leaf::{LeafSettings, leaf};
