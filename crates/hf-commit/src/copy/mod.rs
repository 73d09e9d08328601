//! Copies files on the Hub.

mod fetch;
mod files;
mod target_path;

pub(crate) use fetch::{CopiedFile, FetchedCopy, fetch_copies};
pub use files::CopyFiles;
pub use target_path::{CopyDestination, resolve_copy_target_path};
