//! Tests of the crate.

mod downloading;
mod downloads;
mod formats;
mod hostile_stores;
mod plans;
mod tokens;
