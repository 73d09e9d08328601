//! Downloads content from the network into a verified file.
//!
//! ```text
//! fetch_file        the ways of a file in order, and what each leaves to the next
//!   transfer        the seam for other ways than HTTP
//!   http, ranges    HTTP over one connection, and over several
//!     source        the Hub and the storage: requests, and what a response means
//!     retry         bodies that break off
//!   writer, hashing the thread that writes, the thread that hashes
//! small             files that are received in memory
//!   resolve_cache   prediction of the URLs that they are redirected to
//! context           what all transfers of a call share
//! ```
//!
//! Each module uses only modules below it and the crate's `store`; none knows about calls.

pub(crate) mod body_error;
pub(crate) mod byte_range;
pub(crate) mod chunk;
pub(crate) mod context;
mod deliver;
pub(crate) mod download_file;
mod exact_body;
pub(crate) mod fetch_file;
pub(crate) mod file_part;
mod hashing;
pub(crate) mod head;
mod http;
pub(crate) mod job;
pub(crate) mod metadata;
pub(crate) mod open_response;
pub(crate) mod progress;
mod range_plan;
mod ranges;
mod refusal;
pub(crate) mod remote_file;
mod remote_source;
mod remote_stream;
pub(crate) mod request;
pub(crate) mod resolve_cache;
mod retry;
pub(crate) mod small;
pub(crate) mod source;
pub(crate) mod transfer;
pub(crate) mod writer;
#[cfg(feature = "xet")]
pub(crate) mod xet;
#[cfg(feature = "xet")]
pub(crate) mod xet_parts;
