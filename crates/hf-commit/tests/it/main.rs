//! Uploads and commits against the embedded Hub, over real sockets.

mod changing_files;
mod commit;
mod copies;
mod faults;
mod folder;
#[cfg(unix)]
mod folder_names;
mod folder_pull_requests;
mod killed;
#[cfg(feature = "xet")]
mod killed_xet;
mod lost_commits;
mod odd_operations;
mod preupload;
mod refused;
mod requests;
mod scheduler;
mod scheduler_end;
mod scheduler_turns;
mod second_run;
mod storage;
mod support;
mod transfer;
mod writers;
#[cfg(feature = "xet")]
mod xet;
