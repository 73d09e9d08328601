//! Downloads against the embedded Hub, over real sockets.

mod faults;
mod requests;
mod single;
mod snapshot;
mod support;
