//! Every call, a file for each subject of the Hub.
//!
//! `run_as_future` of the Python client has no place here: every call is a
//! future already, and `tokio::spawn` runs one in the background.

mod commits;
mod datasets;
mod files;
mod kernels;
mod lfs;
mod models;
mod refs;
mod repo_settings;
mod repos;
mod spaces;
mod support;
mod users;

pub use commits::*;
pub use datasets::*;
pub use files::*;
pub use kernels::*;
pub use lfs::*;
pub use models::*;
pub use refs::*;
pub use repo_settings::*;
pub use repos::*;
pub use spaces::*;
pub use users::*;
