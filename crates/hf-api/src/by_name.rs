//! Calls by name, with JSON arguments and JSON results: for scripts, queues and
//! other languages.
//!
//! [`HfApi::call`](crate::HfApi::call) makes a call by name; [`methods`] lists
//! what there is, with documentation and parameters. Names are those of
//! Python's `HfApi`. This module needs the feature `by-name`, which keeps every
//! call in the program whether it is made or not.

mod args;
mod json_arg;
mod json_result;
mod json_types;
mod registry;
mod spec;

pub use registry::{find, methods};
pub use spec::{CallSpec, ParamSpec};

#[doc(hidden)]
pub use args::Args;
pub(crate) use args::{options_to_args, put};
pub(crate) use json_arg::JsonArg;
use json_arg::serde_arg;
pub(crate) use json_result::{stream_to_json, to_json};
pub(crate) use registry::Entry;

use serde_json::{Map, Value};

/// A call as data: its description, and its arguments as named JSON values.
///
/// Every call implements it.
///
/// ```
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::by_name::ByName;
/// use hf_api::calls::models::ModelInfoCall;
///
/// let call = api.model_info("gpt2").revision("main");
/// let (method, arguments) = (ModelInfoCall::SPEC.name, call.to_args());
/// // Later, or in another process:
/// let info = api.call(method, arguments.into()).await?;
/// # Ok(()) }
/// ```
pub trait ByName: crate::call::Call {
    /// Name, documentation, parameters.
    const SPEC: &'static CallSpec;

    /// Reads the call from named arguments.
    #[doc(hidden)]
    fn from_args(args: Args) -> crate::Result<Self>;

    /// Writes the arguments under Python's names. Tokens and secrets are left
    /// out.
    fn to_args(&self) -> Map<String, Value>;
}
