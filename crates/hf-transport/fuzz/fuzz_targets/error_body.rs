//! Any bytes as the body of an error response.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_transport::fuzzing::error_body(data));
