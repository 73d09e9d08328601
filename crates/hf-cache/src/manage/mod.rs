//! Looking after a cache: what is in it, whether it is right, and removing what is not needed.

pub(crate) mod checksums;
pub(crate) mod delete;
pub(crate) mod info;
pub(crate) mod prune;
pub(crate) mod scan;
mod second_names;
pub(crate) mod verify;
