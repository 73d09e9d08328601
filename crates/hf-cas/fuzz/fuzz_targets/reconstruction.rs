//! Any bytes as the reconstruction of a file.
#![no_main]

use hf_cas::reconstruct::{Reconstruction, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((head, json)) = data.split_first_chunk::<3>() else {
        return;
    };
    let version = if head[0] & 1 == 0 { Version::V1 } else { Version::V2 };
    let (start, length) = (u64::from(head[1]), u64::from(head[2]) * 1_024);
    let (range, size) = (start..start + length, start + length + u64::from(head[0]));
    let Ok(plan) = Reconstruction::parse(version, json, range.clone(), size) else {
        return;
    };
    let mut at = plan.covered().start;
    assert!(at <= range.start);
    for term in plan.terms() {
        assert_eq!(term.bytes().start, at);
        at = term.bytes().end;
    }
    assert!(at >= range.end && at <= size);
    let parts = plan.fetches().iter().flat_map(|fetch| fetch.parts());
    let placed: usize = parts.map(|part| part.terms().len()).sum();
    assert_eq!(placed, plan.terms().len());
});
