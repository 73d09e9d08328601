//! Logging in, against the embedded Hub.

mod device;
mod git;
mod oidc;
mod refresh;
mod store;
mod support;
