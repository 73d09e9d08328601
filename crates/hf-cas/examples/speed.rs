//! How fast one core cuts and hashes: `cargo run --release -p hf-cas --example speed`.

use std::time::Instant;

use hf_cas::xorb::XorbBuilder;
use hf_cas::{Hash, HashTree, chunks};
use hf_transport::digest::Sha256Hasher;

const BYTES: usize = 512 * 1024 * 1024;

fn main() {
    let mut data = vec![0; BYTES];
    fastrand::Rng::with_seed(1).fill(&mut data);

    report("chunks", || chunks(&data).count());
    report("chunks and BLAKE3", || file_hash(&data));
    report("chunks, BLAKE3 and SHA-256", || {
        (file_hash(&data), Sha256Hasher::digest(&data))
    });
    report("chunks, BLAKE3 and compression of random bytes", || {
        xorbs(&data)
    });
    for (i, byte) in data.iter_mut().enumerate() {
        if i % 4 == 3 {
            *byte = 0x3f - (*byte & 1);
        }
    }
    report("chunks, BLAKE3 and compression of floats", || xorbs(&data));
}

fn report<T>(what: &str, work: impl Fn() -> T) {
    let best = (0..3).map(|_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed().as_secs_f64()
    });
    let seconds = best.fold(f64::INFINITY, f64::min);
    #[allow(clippy::cast_precision_loss, reason = "a figure to look at")]
    let speed = BYTES as f64 / seconds / 1e9;
    println!("{speed:5.2} GB/s  {what}");
}

fn file_hash(data: &[u8]) -> Hash {
    let mut tree = HashTree::new();
    for chunk in chunks(data) {
        tree.push(Hash::of_chunk(chunk), chunk.len() as u64);
    }
    tree.file_hash()
}

fn xorbs(data: &[u8]) -> usize {
    let mut builder = XorbBuilder::new();
    let mut sent = 0;
    for chunk in chunks(data) {
        if !builder.has_room(chunk.len()) {
            sent += std::mem::take(&mut builder).finish().data().len();
        }
        builder.push(Hash::of_chunk(chunk), chunk);
    }
    sent + builder.finish().data().len()
}
