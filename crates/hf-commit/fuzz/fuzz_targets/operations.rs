//! Any JSON as an operation of a commit.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_commit::fuzzing::operations(data));
