//! The content store, asked over raw sockets.

mod dedup;
mod faults;
mod hub_side;
mod lies;
mod reconstructions;
mod tokens;
mod uploads;

use hf_cas::shard::{FileInfo, Shard, Term, XorbInfo};
use hf_cas::xorb::{Xorb, XorbBuilder};
use hf_cas::{Hash, HashTree, chunks};
use hf_testhub::{RepoType, TestHub};

use crate::support::{Call, Calls, Response};

/// A Hub whose model `user/m` keeps its large files in Xet.
fn hub() -> TestHub {
    let hub = TestHub::start_blocking();
    hub.set_xet(true);
    hub.set_lfs_threshold(1000);
    hub.create_repo(RepoType::Model, "user/m");
    hub.create_bucket("user/b");
    hub
}

/// Bytes that neither repeat nor compress.
fn random(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let words = std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(99);
        (state >> 33).to_le_bytes()
    });
    words
        .flat_map(|word| [word[0], word[1], word[2]])
        .take(length)
        .collect()
}

/// A file as a client prepares it: one xorb, and what a shard says of it.
struct Prepared {
    content: Vec<u8>,
    hash: Hash,
    xorb: Xorb,
    info: FileInfo,
}

impl Prepared {
    fn new(content: Vec<u8>) -> Self {
        let mut tree = HashTree::new();
        let mut builder = XorbBuilder::new();
        for chunk in chunks(&content) {
            let hash = Hash::of_chunk(chunk);
            tree.push(hash, chunk.len() as u64);
            builder.push(hash, chunk);
        }
        let xorb = builder.finish();
        let hashes: Vec<Hash> = xorb.chunks().iter().map(|chunk| chunk.hash).collect();
        let info = FileInfo {
            hash: tree.file_hash(),
            terms: vec![Term {
                xorb: xorb.hash(),
                length: xorb.length(),
                chunks: 0..u32::try_from(hashes.len()).unwrap(),
            }],
            verification: Some(vec![Hash::of_range(&hashes)]),
            sha256: Some(sha256(&content)),
        };
        Self {
            hash: tree.file_hash(),
            content,
            xorb,
            info,
        }
    }

    fn shard(&self) -> Shard {
        let mut shard = Shard::new();
        shard.files.push(self.info.clone());
        shard.xorbs.push(XorbInfo::from(&self.xorb));
        shard
    }

    fn sha256(&self) -> String {
        hf_testhub::Blob::from(self.content.clone())
            .sha256()
            .to_owned()
    }

    fn put_xorb(&self, hub: &TestHub, token: &str) -> Response {
        let path = format!("/v1/xorbs/default/{}", self.xorb.hash());
        let call = cas(hub, "POST", &path, token);
        call.body(self.xorb.data().to_vec()).send()
    }

    fn put_shard(&self, hub: &TestHub, token: &str) -> Response {
        let call = cas(hub, "POST", "/v1/shards", token);
        call.body(self.shard().to_upload()).send()
    }

    /// Uploads it for the model `user/m`.
    fn upload(&self, hub: &TestHub) {
        let token = write_token(hub);
        self.put_xorb(hub, &token).expect(200);
        self.put_shard(hub, &token).expect(200);
    }
}

fn sha256(content: &[u8]) -> [u8; 32] {
    let text = hf_testhub::Blob::from(content).sha256().to_owned();
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

/// A request to the store.
fn cas(hub: &TestHub, method: &str, path: &str, token: &str) -> Call {
    Call::new(method, format!("{}{path}", hub.cas_endpoint())).token(token)
}

fn token_of(hub: &TestHub, path: &str) -> String {
    let token = hub.get(path).expect(200).json();
    token["accessToken"].as_str().unwrap().to_owned()
}

fn write_token(hub: &TestHub) -> String {
    token_of(hub, "/api/models/user/m/xet-write-token/main")
}

fn read_token(hub: &TestHub) -> String {
    token_of(hub, "/api/models/user/m/xet-read-token/main")
}
