//! Any bytes as lines and server-sent events.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_transport::fuzzing::lines(data));
