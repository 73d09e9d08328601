//! Downloads against the embedded Hub, over real sockets.

mod faults;
mod hostile;
mod manage;
#[cfg(unix)]
mod processes;
mod progress;
mod remote;
mod requests;
mod resume;
#[cfg(unix)]
mod shared;
mod single;
mod snapshot;
mod support;
mod transfers;
