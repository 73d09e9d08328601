//! Tests of the crate.

mod chunk_cache;
mod downloading;
mod downloads;
mod formats;
mod hostile_stores;
mod plans;
mod sending;
#[cfg(feature = "client")]
mod store;
mod tokens;
#[cfg(feature = "client")]
mod upload;
#[cfg(feature = "client")]
mod upload_faults;
#[cfg(feature = "client")]
mod vectors;
