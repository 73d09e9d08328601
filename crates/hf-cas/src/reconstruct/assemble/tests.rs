//! Pieces of a xorb become batches.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::reconstruct::{Reconstruction, Version};
use crate::xorb::{Xorb, XorbBuilder};

const CHUNKS: usize = 100;
const LENGTH: usize = 100_000;

/// A xorb of long chunks: some compress to a few hundred bytes, the others not at all.
fn xorb(random: &[bool]) -> (Xorb, Vec<u8>) {
    let mut builder = XorbBuilder::new();
    let mut file = Vec::new();
    let mut state = 7_u32;
    for (number, &random) in random.iter().enumerate() {
        let mut chunk = vec![0; LENGTH];
        chunk[0] = u8::try_from(number).unwrap();
        if random {
            chunk.fill_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            });
        }
        builder.push(Hash::of_chunk(&chunk), &chunk);
        file.extend(chunk);
    }
    (builder.finish(), file)
}

fn fetch(xorb: &Xorb) -> Fetch {
    let hash = xorb.hash();
    let chunks = json!({"start": 0, "end": CHUNKS});
    let last = xorb.chunks()[CHUNKS - 1].encoded_end - 1;
    let size = (CHUNKS * LENGTH) as u64;
    let json = json!({
        "terms": [{"hash": hash, "unpacked_length": size, "range": chunks}],
        "xorbs": {hash.to_string(): [{"url": "https://storage.test/x", "ranges": [{"chunks": chunks, "bytes": {"start": 0, "end": last}}]}]},
    });
    let json = serde_json::to_vec(&json).unwrap();
    let plan = Reconstruction::parse(Version::V2, &json, 0..size, size).unwrap();
    plan.fetches()[0].clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn a_few_bytes_that_are_many_of_the_file_are_decoded_as_they_are_taken(
        random in proptest::collection::vec(any::<bool>(), CHUNKS),
        piece in 1_usize..5_000_000,
    ) {
        let (xorb, file) = xorb(&random);
        let fetch = fetch(&xorb);
        let mut assembler = Assembler::new(&fetch);
        let mut got = vec![0; file.len()];
        let (mut at, mut left) = (0, xorb.data().clone());
        while !left.is_empty() {
            let mut bytes = left.split_to(piece.min(left.len()));
            while !bytes.is_empty() {
                assembler.push(&mut at, &mut bytes).unwrap();
                let mut ready = 0;
                for batch in assembler.take_ready() {
                    let mut start = usize::try_from(batch.at).unwrap();
                    for part in &batch.parts {
                        got[start..start + part.len()].copy_from_slice(part);
                        start += part.len();
                    }
                    ready += batch.len();
                }
                prop_assert!(ready < FULL + BATCH + 2 * MAX_CHUNK, "{ready}");
            }
        }
        prop_assert!(assembler.is_complete());
        prop_assert!(got == file);
    }
}
