//! Files that are copied on the Hub.

mod fetch;
mod files;
mod plan;

pub(crate) use fetch::{CopiedFile, FilesToCopy, fetch_files_to_copy};
pub use files::CopyFiles;
pub(crate) use files::each_file;
pub use plan::{CopyDestination, resolve_copy_target_path};
