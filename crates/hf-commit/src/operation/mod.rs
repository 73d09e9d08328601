//! What a commit adds, deletes and copies, each as a type of its own.

mod add;
mod copy;
mod delete;
mod json;
mod path;

use std::str::FromStr;

use hf_transport::{Error, Result};
use hf_types::ValidationError;

pub use add::{CommitOperationAdd, UploadMode};
pub use copy::CommitOperationCopy;
pub use delete::CommitOperationDelete;
pub(crate) use json::add_to_json;
pub(crate) use path::{folder_prefix, normalize_file_path, self_and_parents};

/// Converts a violated naming rule into the error of a call.
pub(crate) fn invalid(error: ValidationError) -> Error {
    Error::validation(error.to_string()).with_source(error)
}

/// Parses a validated value.
pub(crate) fn parse<T: FromStr<Err = ValidationError>>(text: &str) -> Result<T> {
    text.parse().map_err(invalid)
}
