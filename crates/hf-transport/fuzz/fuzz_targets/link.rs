//! Any bytes as a `Link` header.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_transport::fuzzing::link(data));
