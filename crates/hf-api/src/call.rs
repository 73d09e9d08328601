//! A call as a value: what every one of them is made of.
//!
//! A call is a struct named after its method (`ModelInfoCall` for
//! `model_info`) whose fields are the parameters. `#[derive(Call)]` adds what
//! is mechanical; one of four traits beside the struct says what it does:
//!
//! | trait | for |
//! |---|---|
//! | [`Endpoint`] | one request and its answer |
//! | [`Listing`] | pages of items |
//! | [`Streaming`] | items as they come, by code |
//! | [`Operation`] | code that makes other calls |

mod args;
mod context;
mod registry;
mod run;
mod spec;
mod str_arg;

pub use args::{Args, JsonArg, OneOrMany, put};
pub use context::{CallOptions, Context};
pub use registry::{Entry, StreamByName, find, methods};
pub use run::{
    Call, Endpoint, Listing, Operation, Reply, Streaming, collect, collect_listing, failed,
    run_endpoint, run_operation, stream_listing, stream_operation, stream_to_json, to_json,
};
pub use spec::{CallSpec, ParamSpec};
pub use str_arg::StrArg;

pub(crate) use args::serde_arg;
