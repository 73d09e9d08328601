//! Any paths as source and destination of a copy.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_commit::fuzzing::copy_target(data));
