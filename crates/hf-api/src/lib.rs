#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod api;
pub mod blocking;
#[cfg(feature = "by-name")]
#[cfg_attr(docsrs, doc(cfg(feature = "by-name")))]
pub mod by_name;
pub mod call;
pub mod calls;
mod functions;
mod services;
mod whoami_cache;

use std::future::Future;
use std::pin::Pin;

pub use api::{HfApi, HfApiBuilder, default_api, set_default_api};
pub use services::Services;

// Hidden there, function by function: see the module.
#[doc(hidden)]
pub use functions::*;

#[doc(no_inline)]
pub use hf_cache as cache;
#[doc(no_inline)]
pub use hf_commit as commit;
#[doc(no_inline)]
pub use hf_safetensors as safetensors;
#[doc(no_inline)]
pub use hf_transport as transport;
#[doc(no_inline)]
pub use hf_types as types;

#[doc(inline)]
pub use hf_transport::{
    Client, ClientBuilder, Error, ErrorKind, RequestOptions, Result, Token, TokenMode,
};

// Names that every file of `calls` uses.
pub(crate) use hf_macros::Call;
pub(crate) use hf_transport::{BufferedResponse, Request};

/// The future of a call, boxed so that calls made of calls stay small.
pub type CallFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'static>>;

/// The items of a list as they come.
pub type ItemStream<T> = Pin<Box<dyn futures_core::Stream<Item = Result<T>> + Send + 'static>>;
