//! Any lines as `Content-Range`, `Content-Length`, `Content-Encoding` and `Link`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_cache::fuzzing::headers(data));
