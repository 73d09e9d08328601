//! Tests of the crate.

mod downloading;
mod downloads;
mod formats;
mod hostile_stores;
mod plans;
#[cfg(feature = "client")]
mod store;
mod tokens;
#[cfg(feature = "client")]
mod upload;
#[cfg(feature = "client")]
mod upload_faults;
#[cfg(feature = "client")]
mod vectors;
