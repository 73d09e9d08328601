//! The `hf` command.
#![forbid(unsafe_code)]
fn main() {}
