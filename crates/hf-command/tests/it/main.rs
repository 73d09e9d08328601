//! The command, run as a process against an embedded Hub.

mod auth;
mod buckets;
mod cache;
mod call;
mod cards;
mod closed;
mod community;
mod copies;
mod download;
mod endpoints;
#[cfg(unix)]
mod interrupted;
mod job_scripts;
mod jobs;
mod listing;
mod repos;
mod shell;
mod spaces;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod upload;
#[cfg(unix)]
mod warnings;
