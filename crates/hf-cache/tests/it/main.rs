//! Downloads against the embedded Hub, over real sockets.

mod disks;
mod faults;
mod hostile;
mod hostile_servers;
mod manage;
mod mirrors;
mod plans;
#[cfg(unix)]
mod processes;
mod progress;
mod remote;
mod requests;
mod resolve_cache;
mod resume;
mod servers;
#[cfg(unix)]
mod shared;
mod single;
mod snapshot;
mod stale;
mod storage;
mod support;
mod transfers;
#[cfg(feature = "xet")]
mod xet;
#[cfg(feature = "xet")]
mod xet_parts;
