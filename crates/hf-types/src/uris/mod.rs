//! Places on the Hub, as `hf://` URIs and as URLs.

mod escape;
mod hf_mount;
mod hf_uri;
mod hf_uri_type;
mod repo_url;
mod web;

pub use hf_mount::HfMount;
pub use hf_uri::HfUri;
pub use hf_uri_type::HfUriType;
pub use repo_url::{DuplicatedRepoUrl, RepoUrl};
