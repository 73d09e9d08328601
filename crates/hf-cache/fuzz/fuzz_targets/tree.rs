//! Any JSON as the file list of a commit.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_cache::fuzzing::tree(data));
