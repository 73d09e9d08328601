//! Any text as the note of a downloaded file, or as a name in the cache.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hf_cache::fuzzing::notes(data));
