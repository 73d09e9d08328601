//! Sharded checkpoints: several files, and `model.safetensors.index.json`,
//! which says in which of them each tensor is.

mod check;
mod index;
mod name;
#[cfg(feature = "std")]
mod open;

pub use check::Problem;
pub use index::ShardIndex;
pub use name::ShardName;
#[cfg(feature = "std")]
pub use open::{ShardFile, Sharded};

/// Name of the index in a repository or folder.
pub const INDEX_FILE: &str = "model.safetensors.index.json";

/// Name of the file where there is only one.
pub const SINGLE_FILE: &str = "model.safetensors";
