use std::time::{Duration, SystemTime};

use hf_cas::Hash;
use hf_cas::shard::Shard;
use hf_cas::xorb::ChunkInfo;
use hf_testhub::TestHub;

use super::{Prepared, cas, hub, random, write_token};
use crate::support::Response;

fn ask(hub: &TestHub, prefix: &str, chunk: &Hash) -> Response {
    let path = format!("/v1/chunks/{prefix}/{chunk}");
    cas(hub, "GET", &path, &write_token(hub)).send()
}

#[test]
fn the_first_chunk_of_a_file_is_found_under_a_key() {
    let hub = hub();
    let file = Prepared::new(random(1, 500_000));
    file.upload(&hub);
    let first = file.xorb.chunks()[0].hash;
    let mut keys = Vec::new();
    for prefix in ["default", "default-merkledb"] {
        let answer = ask(&hub, prefix, &first).expect(200);
        let shard = Shard::parse(&answer.body).unwrap();
        let footer = shard.footer.unwrap();
        let named = &shard.xorbs[0];
        assert_eq!(named.hash, file.xorb.hash());
        for (named, chunk) in named.chunks.iter().zip(file.xorb.chunks()) {
            assert_ne!(named.hash, chunk.hash);
            assert_eq!(named.hash, footer.key_chunk(&chunk.hash));
            assert_eq!(named.length, chunk.length);
        }
        assert!(!footer.is_expired(SystemTime::now()));
        keys.push(footer.key.unwrap());
    }
    assert_ne!(keys[0], keys[1]);
    let stats = hub.xet().stats();
    assert_eq!((stats.dedup_queries, stats.dedup_hits), (2, 2));
}

#[test]
fn answers_expire_and_can_do_without_a_key() {
    let hub = hub();
    let file = Prepared::new(random(1, 500_000));
    file.upload(&hub);
    let first = file.xorb.chunks()[0].hash;
    hub.xet().set_keyed_dedup(false);
    hub.xet().set_dedup_lifetime(Duration::ZERO);
    let shard = Shard::parse(&ask(&hub, "default", &first).expect(200).body).unwrap();
    let footer = shard.footer.unwrap();
    assert_eq!(footer.key, None);
    assert_eq!(shard.xorbs[0].chunks[0].hash, first);
    assert!(footer.is_expired(SystemTime::now()));
    hub.xet().set_dedup(false);
    ask(&hub, "default", &first).expect(404);
}

#[test]
fn other_chunks_are_not_told_unless_they_are_eligible() {
    let hub = hub();
    let file = Prepared::new(random(1, 30_000_000));
    file.upload(&hub);
    let chunks = &file.xorb.chunks()[1..];
    let (eligible, others): (Vec<ChunkInfo>, Vec<ChunkInfo>) = chunks
        .iter()
        .partition(|chunk| chunk.hash.is_global_dedup_eligible());
    for chunk in others.iter().take(50) {
        ask(&hub, "default", &chunk.hash).expect(404);
    }
    for chunk in eligible {
        ask(&hub, "default", &chunk.hash).expect(200);
    }
    ask(&hub, "default", &Hash::of_chunk(b"nobody's")).expect(404);
}
