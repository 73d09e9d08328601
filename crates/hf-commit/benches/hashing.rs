//! How fast files are hashed, against the fastest SHA-256 at hand:
//!
//! ```sh
//! cargo bench -p hf-commit --bench hashing
//! openssl speed -evp sha256 -bytes 262144    # the same for one core, by OpenSSL
//! ```
//!
//! `sha2` and `digest` (this workspace's hasher) hash memory, in pieces that stay in the cache, with one thread and with one a core. `folder` is
//! an upload of files that the Hub has already: all that is done is to read and hash them (from the file system's
//! cache). Each runs `ROUNDS` times; the fastest counts.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use hf_commit::{RepoTarget, UploadFolder};
use hf_testhub::{RepoType, TestHub};
use hf_transport::digest::Sha256Hasher;
use hf_transport::{Client, Result};
use sha2::Digest as _;

const ROUNDS: usize = 5;
const PIECE_BYTES: usize = 256 * 1024;
/// What each thread hashes of memory.
const MEMORY_BYTES: usize = 1 << 30;
const FILES: usize = 16;
const FILE_BYTES: usize = 128 << 20;

fn main() -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in [1, cores] {
        report("sha2", threads, threads * MEMORY_BYTES, || {
            each(threads, sha2_memory);
        });
        report("digest", threads, threads * MEMORY_BYTES, || {
            each(threads, digest_memory);
        });
    }

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| hf_transport::Error::io("no runtime", e))?;
    let hub = TestHub::start_blocking();
    hub.keep_uploads(false);
    hub.hash_uploads(false);
    hub.create_repo(RepoType::Model, "user/repo");
    let client = Client::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .build()?;
    let dir = tempfile::tempdir().map_err(|e| hf_transport::Error::io("no folder", e))?;
    fill(dir.path());
    let upload = || {
        // Without hashes of earlier runs.
        let state = tempfile::tempdir().unwrap();
        let target = RepoTarget::model("user/repo").unwrap();
        let upload = UploadFolder::new(target, dir.path()).state_dir(state.path());
        runtime.block_on(upload.run(&client)).unwrap();
    };
    upload();
    hub.clear_requests();
    report("folder", cores, FILES * FILE_BYTES, upload);
    let puts = hub.count_requests(|request| request.method == http::Method::PUT);
    assert_eq!(puts, 0, "nothing was sent");
    Ok(())
}

fn fill(dir: &Path) {
    let mut content = vec![7; FILE_BYTES];
    for i in 0..FILES {
        content[..8].copy_from_slice(&(i as u64).to_le_bytes());
        std::fs::write(dir.join(format!("{i}.bin")), &content).unwrap();
    }
}

fn each(threads: usize, work: fn()) {
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}

fn sha2_memory() {
    let piece = vec![7; PIECE_BYTES];
    let mut hasher = sha2::Sha256::new();
    for _ in 0..MEMORY_BYTES / PIECE_BYTES {
        hasher.update(black_box(&piece));
    }
    black_box(hasher.finalize());
}

fn digest_memory() {
    let piece = vec![7; PIECE_BYTES];
    let mut hasher = Sha256Hasher::new();
    for _ in 0..MEMORY_BYTES / PIECE_BYTES {
        hasher.update(black_box(&piece));
    }
    black_box(hasher.finish());
}

fn report(name: &str, threads: usize, bytes: usize, work: impl Fn()) {
    let best = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .min()
        .unwrap_or(Duration::MAX);
    let per_second = bytes as u128 * 1_000_000 / best.as_micros().max(1);
    println!(
        "{name:8} {threads:2} threads {:8} MB/s",
        per_second / 1_000_000
    );
}
