//! Any bytes as the index of hashes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_commit::fuzzing::index(data));
