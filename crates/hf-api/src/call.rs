//! What every call is made of.
//!
//! A call is a struct named after its method (`ModelInfoCall` for
//! `model_info`) with a setter for each optional parameter. `#[derive(Call)]`
//! generates what is mechanical; one of four traits beside the struct says what
//! the call does:
//!
//! | trait | for |
//! |---|---|
//! | [`Endpoint`] | one request and its response |
//! | [`Listing`] | pages of items |
//! | [`Streaming`] | items as they come, by code |
//! | [`Operation`] | code that makes other calls |

mod arg;
mod context;
mod one_or_many;
mod run;
mod secret;

pub use arg::{Arg, ArgText};
pub use context::{CallOptions, Context};
pub use one_or_many::OneOrMany;
pub use run::{Call, Endpoint, Items, Listing, Operation, Streaming};
pub use secret::Secret;

#[cfg(all(test, feature = "by-name"))]
pub(crate) use run::size_of_returned;
pub(crate) use run::{
    collect, collect_listing, failed, run_endpoint, run_operation, stream_listing, stream_operation,
};
