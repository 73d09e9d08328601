//! The format, beside the reference implementation.

mod differential;
mod rules;
mod shards;
mod support;
mod tensors;
#[cfg(feature = "write")]
mod write;
