//! The command, run as a process against an embedded Hub.

mod auth;
mod buckets;
mod cache;
mod call;
mod cards;
mod community;
mod copies;
mod download;
mod endpoints;
mod job_scripts;
mod jobs;
mod listing;
mod repos;
mod shell;
mod spaces;
mod support;
mod upload;
#[cfg(unix)]
mod warnings;
