//! Any bytes as `RateLimit`, `RateLimit-Policy` and `Retry-After`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_transport::fuzzing::rate_limit(data));
