//! Maintains a cache: scans it, verifies it, and removes what is not needed.

pub(crate) mod checksums;
pub(crate) mod delete;
mod execute;
mod hard_links;
pub(crate) mod info;
pub(crate) mod prune;
mod repair;
pub(crate) mod scan;
mod scan_repo;
pub(crate) mod verify;
mod walk;
