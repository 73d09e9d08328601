//! Getting bytes from the network into a file that is right.

pub(crate) mod choice;
pub(crate) mod chunk;
pub(crate) mod context;
mod hashing;
pub(crate) mod metadata;
pub(crate) mod ranges;
pub(crate) mod remote_file;
pub(crate) mod sink;
pub(crate) mod small;
pub(crate) mod source;
pub(crate) mod transfer;
