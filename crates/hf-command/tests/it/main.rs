//! The command, run as a process against an embedded Hub.

mod auth;
mod cache;
mod call;
mod community;
mod download;
mod endpoints;
mod job_scripts;
mod jobs;
mod listing;
mod shell;
mod spaces;
#[allow(dead_code, reason = "the commands that need the rest follow")]
mod support;
mod upload;
#[cfg(unix)]
mod warnings;
