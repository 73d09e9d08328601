//! Any JSON as the response of the LFS batch endpoint.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_commit::fuzzing::lfs(data));
