//! Downloads against the embedded Hub, over real sockets.

mod faults;
mod hostile;
mod manage;
mod processes;
mod progress;
mod remote;
mod requests;
mod resume;
mod single;
mod snapshot;
mod support;
mod transfers;
