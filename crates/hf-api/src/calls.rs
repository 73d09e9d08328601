//! Every call, a file for each subject of the Hub.
//!
//! `run_as_future` of the Python client has no place here: every call is a
//! future already, and `tokio::spawn` runs one in the background.

mod bucket_files;
mod bucket_sync;
mod buckets;
mod commits;
mod copies;
mod datasets;
mod files;
mod job_spec;
mod jobs;
mod kernels;
mod lfs;
mod models;
mod refs;
mod repo_settings;
mod repos;
mod scheduled_jobs;
mod spaces;
mod support;
mod uploads;
mod users;
mod uv_jobs;

pub use bucket_files::*;
pub use bucket_sync::*;
pub use buckets::*;
pub use commits::*;
pub use copies::*;
pub use datasets::*;
pub use files::*;
pub use jobs::*;
pub use kernels::*;
pub use lfs::*;
pub use models::*;
pub use refs::*;
pub use repo_settings::*;
pub use repos::*;
pub use scheduled_jobs::*;
pub use spaces::*;
pub use uploads::*;
pub use users::*;
pub use uv_jobs::*;
