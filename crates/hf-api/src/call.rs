//! The building blocks of calls.
//!
//! A call is a struct named after its method (`ModelInfoCall` for
//! `model_info`) with a setter for each optional parameter. `#[derive(Call)]`
//! generates the mechanical parts; one of four traits, implemented beside the
//! struct, makes the request or runs the code:
//!
//! | trait | for |
//! |---|---|
//! | [`SingleRequest`] | one request and its response |
//! | [`Listing`] | pages of items |
//! | [`Streaming`] | items as they come, by code |
//! | [`Operation`] | code that makes other calls |

mod arg;
mod context;
mod dry_run;
mod one_or_many;
mod run;
mod secret;
mod times;
mod token_arg;

pub use arg::Arg;
pub use context::Context;
pub use dry_run::{DryRun, Plan};
pub use one_or_many::OneOrMany;
pub use run::{Call, Items, Listing, Operation, SingleRequest, Streaming};
pub use times::{JobTimeout, Seconds, SleepTime};
pub use token_arg::TokenArg;

#[cfg(feature = "by-name")]
pub(crate) use run::failed;
#[cfg(all(test, feature = "by-name"))]
pub(crate) use run::size_of_returned;
pub(crate) use secret::Secret;

pub(crate) use run::{
    collect, collect_listing, run_operation, run_single_request, stream_listing, stream_operation,
};
