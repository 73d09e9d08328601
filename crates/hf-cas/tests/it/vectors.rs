//! What the official client makes of the same contents; `vectors/generate.py` has asked it.

use std::collections::HashMap;

use bytes::Bytes;
use hf_cas::shard::{FileInfo, Shard, Term, XorbInfo};
use hf_cas::xorb::{ChunkHeader, Compression, Xorb, XorbBuilder};
use hf_cas::{Hash, HashTree, chunks};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    kind: String,
    seed: u64,
    length: usize,
    file: Hash,
    sha256: Hash,
    /// Xorb, length, first chunk, end.
    terms: Vec<(Hash, u32, u32, u32)>,
    verification: Vec<Hash>,
    xorbs: Vec<VectorXorb>,
    shard_bytes: Option<Base64>,
    #[serde(default)]
    xorb_bytes: Vec<Base64>,
}

#[derive(Deserialize)]
struct VectorXorb {
    hash: Hash,
    chunks: Vec<(Hash, u32)>,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Base64(Bytes);

impl TryFrom<String> for Base64 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = Vec::new();
        for group in text.trim_end_matches('=').as_bytes().chunks(4) {
            let mut bits = 0_u32;
            for digit in group {
                let value = DIGITS.iter().position(|d| d == digit).ok_or("no base64")?;
                bits = bits << 6 | u32::try_from(value).unwrap();
            }
            bits <<= 6 * (4 - group.len());
            out.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
        }
        Ok(Self(out.into()))
    }
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../../vectors/vectors.json")).unwrap()
}

/// The contents that `generate.py` makes.
#[allow(clippy::cast_precision_loss, reason = "24 bits are exact")]
fn content(kind: &str, seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut data = Vec::with_capacity(length + 8);
    while data.len() < length {
        match kind {
            "random" => data.extend_from_slice(&random().to_le_bytes()),
            "float32" | "bfloat16" => {
                let number = (random() >> 40) as f32 / 16_777_216.0;
                let from = if kind == "bfloat16" { 2 } else { 0 };
                data.extend_from_slice(&number.to_le_bytes()[from..]);
            }
            "text" => {
                let names = [
                    "lorem", "ipsum", "dolor", "sit", "amet", "elit", "sed", "do",
                ];
                if !data.is_empty() {
                    data.push(b' ');
                }
                data.extend_from_slice(names[usize::try_from(random() >> 61).unwrap()].as_bytes());
            }
            _ => data.resize(length, 0),
        }
    }
    data.truncate(length);
    data
}

#[test]
fn chunks_and_hashes_are_those_of_the_official_client() {
    for vector in vectors() {
        let name = format!("{} of {} bytes", vector.kind, vector.length);
        let data = content(&vector.kind, vector.seed, vector.length);
        let digest = hf_transport::digest::Sha256Hasher::digest(&data).to_bytes();
        assert_eq!(Hash::from_sha256(digest), vector.sha256, "{name}");
        assert_eq!(vector.sha256.to_sha256(), digest);

        let mut tree = HashTree::new();
        let mut cut = Vec::new();
        for chunk in chunks(&data) {
            let hash = Hash::of_chunk(chunk);
            tree.push(hash, chunk.len() as u64);
            cut.push((hash, u32::try_from(chunk.len()).unwrap()));
        }
        assert_eq!(tree.file_hash(), vector.file, "{name}");

        // The terms of the official client lead to the same chunks.
        let xorbs: HashMap<Hash, &VectorXorb> = vector.xorbs.iter().map(|x| (x.hash, x)).collect();
        let mut named = Vec::new();
        for ((xorb, length, start, end), verification) in
            vector.terms.iter().zip(&vector.verification)
        {
            let range = &xorbs[xorb].chunks[*start as usize..*end as usize];
            assert_eq!(range.iter().map(|chunk| chunk.1).sum::<u32>(), *length);
            assert_eq!(
                Hash::of_range(range.iter().map(|chunk| &chunk.0)),
                *verification,
                "{name}"
            );
            named.extend_from_slice(range);
        }
        assert_eq!(named, cut, "{name}");
        for xorb in &vector.xorbs {
            let mut tree = HashTree::new();
            for (hash, length) in &xorb.chunks {
                tree.push(*hash, u64::from(*length));
            }
            assert_eq!(tree.root(), xorb.hash, "{name}");
        }
    }
}

#[test]
fn shards_have_the_bytes_of_the_official_client() {
    let mut compared = 0;
    for vector in vectors() {
        let Some(theirs) = &vector.shard_bytes else {
            continue;
        };
        let read = Shard::parse(&theirs.0).unwrap();
        let term = |(xorb, length, start, end): &(Hash, u32, u32, u32)| Term {
            xorb: *xorb,
            length: *length,
            chunks: *start..*end,
        };
        let file = FileInfo {
            hash: vector.file,
            terms: vector.terms.iter().map(term).collect(),
            verification: Some(vector.verification),
            sha256: Some(vector.sha256.to_sha256()),
        };
        assert_eq!(read.files, [file]);
        assert_eq!(
            read.to_upload(),
            theirs.0,
            "what is read is written again as it was"
        );
        compared += 1;
    }
    assert!(compared >= 4);
}

#[test]
fn xorbs_of_the_official_client_are_read_and_ours_say_the_same() {
    let mut schemes = Vec::new();
    for vector in vectors() {
        for (theirs, expected) in vector.xorb_bytes.iter().zip(&vector.xorbs) {
            let xorb = Xorb::parse(&theirs.0).unwrap();
            assert_eq!(xorb.hash(), expected.hash);
            schemes.push(
                ChunkHeader::parse(*theirs.0.first_chunk().unwrap())
                    .unwrap()
                    .compression,
            );

            let data = content(&vector.kind, vector.seed, vector.length);
            let mut ours = XorbBuilder::new();
            for (hash, length) in &expected.chunks {
                let start = ours.length() as usize;
                ours.push(*hash, &data[start..start + *length as usize]);
            }
            let ours = ours.finish();
            assert_eq!(ours.hash(), expected.hash);
            let (ours_length, theirs_length) = (ours.data().len(), theirs.0.len());
            assert!(
                ours_length <= theirs_length + theirs_length / 10 + 16,
                "{}: {ours_length} bytes, the official client {theirs_length}",
                vector.kind
            );
            let info = XorbInfo::from(&ours);
            let lengths = info.chunks.iter().map(|chunk| (chunk.hash, chunk.length));
            assert!(lengths.eq(expected.chunks.iter().copied()));
        }
    }
    for scheme in [
        Compression::None,
        Compression::Lz4,
        Compression::ByteGroupedLz4,
    ] {
        assert!(schemes.contains(&scheme), "no vector has {scheme:?}");
    }
}
