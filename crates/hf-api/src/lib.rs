#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod api;
pub mod blocking;
pub mod call;
pub mod calls;
mod services;

use std::future::Future;
use std::pin::Pin;

pub use api::{HfApi, HfApiBuilder, default_api, set_default_api};
pub use calls::*;
pub use services::Services;

pub(crate) use hf_macros::Call;

pub use hf_cache as cache;
pub use hf_commit as commit;
pub use hf_safetensors as safetensors;
pub use hf_transport as transport;
pub use hf_types as types;

pub use hf_transport::{
    Client, ClientBuilder, Error, ErrorKind, Reply, Request, Result, Token, TokenMode,
};
pub use hf_types::*;

/// A call under way: boxed, so that calls made of calls stay small.
pub type CallFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'static>>;

/// The items of a list as they come.
pub type ItemStream<T> = Pin<Box<dyn futures_core::Stream<Item = Result<T>> + Send + 'static>>;
