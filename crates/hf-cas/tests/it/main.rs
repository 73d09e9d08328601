//! Tests of the crate.

mod formats;
