//! The bottom of the stack: name resolution, sockets, proxies, TLS and hyper's pooling client.

mod base;
mod connector;
mod dns;
mod failure;
mod hyper;
mod no_proxy;
mod pools;
mod proxy;
mod roots;
mod socket;
mod tls;
mod tunnel;
mod verifier;

pub(crate) use base::BoxConnector;
pub(crate) use dns::BoxResolver;
pub(crate) use hyper::{HyperSettings, hyper_service};
pub(crate) use socket::{RawSocket, Socket};
