//! Sharded checkpoints: several files, with a `model.safetensors.index.json`
//! that maps each tensor to its file.

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

/// The name of the index in a repository or folder.
pub const INDEX_FILE: &str = "model.safetensors.index.json";

/// The name of the file of a checkpoint that is not sharded.
pub const SINGLE_FILE: &str = "model.safetensors";
