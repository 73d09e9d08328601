//! The command, run as a process against an embedded Hub.

mod auth;
mod call;
mod support;
#[cfg(unix)]
mod warnings;
