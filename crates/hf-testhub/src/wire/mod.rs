//! The socket under a connection: truncation, reset, raw bytes, bandwidth.
mod body;
mod io;

pub(crate) use body::{BodyPlan, HubBody, Stop};
pub(crate) use io::{Pace, Wire, WireIo};
