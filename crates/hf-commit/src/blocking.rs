//! Work that would hold up the runtime, on threads where it may.

pub(crate) use hf_transport::spawn_blocking as blocking;
