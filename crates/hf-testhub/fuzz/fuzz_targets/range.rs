//! Any text as the `Range` header of a request.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u64, &str)| hf_testhub::fuzzing::range(input.1, input.0));
