//! The calls: one file, a snapshot, and what is known without the network.

mod ask;
pub(crate) mod cached;
pub(crate) mod download;
pub(crate) mod listing;
pub(crate) mod local;
pub(crate) mod options;
pub(crate) mod place;
pub(crate) mod resolve;
pub(crate) mod snapshot;
