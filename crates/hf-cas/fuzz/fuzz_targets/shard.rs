//! Any bytes as a shard.
#![no_main]

use hf_cas::shard::Shard;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = Shard::parse(data);
});
