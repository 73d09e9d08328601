//! Any bytes as a xorb, whole and chunk by chunk.
#![no_main]

use bytes::Bytes;
use hf_cas::xorb::{ChunkDecoder, Xorb};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let bytes = Bytes::copy_from_slice(data);
    if let Ok(xorb) = Xorb::parse(&bytes) {
        let length: u64 = xorb.chunks().iter().map(|chunk| u64::from(chunk.length)).sum();
        assert_eq!(length, u64::from(xorb.length()));
    }
    let (mut input, mut out) = (bytes, Vec::new());
    let mut decoder = ChunkDecoder::new();
    while let Ok(Some(length)) = decoder.decode(&mut input, &mut out) {
        assert_eq!(out.len(), length);
        out.clear();
    }
    let _ = decoder.finish();
});
