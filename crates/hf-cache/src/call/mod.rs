//! The calls that users make, and lookups that make no request.
//!
//! ```text
//! download, snapshot    the calls that fetch files
//!   ensure              the one path of a file: its locks, and their order
//!   destination         where files go: the cache, or a folder
//! lookup, listing       what the Hub says of a file, and of a commit
//! fallback              what is on disk instead
//! session               what one call shares
//! ```

#[cfg(feature = "xet")]
pub(crate) mod bucket;
pub(crate) mod cached;
pub(crate) mod destination;
pub(crate) mod download;
mod ensure;
mod fallback;
pub(crate) mod folders;
pub(crate) mod listing;
mod lookup;
pub(crate) mod metadata;
pub(crate) mod remote_bucket_file;
pub(crate) mod resolve;
mod session;
pub(crate) mod snapshot;
