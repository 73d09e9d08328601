//! The command, run as a process against an embedded Hub.

mod auth;
mod call;
#[allow(dead_code, reason = "the commands that need the rest follow")]
mod support;
#[cfg(unix)]
mod warnings;
