//! A size, and any bytes as the map of a partial download of that size.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_cache::fuzzing::pieces(data));
