//! Uploads that go well.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use hf_cas::Hash;
use hf_cas::dedup::ShardCache;
use hf_cas::upload::{Upload, UploadProgress};

use crate::store::{MemoryStore, random, run, source, upload};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn files_of_every_size_arrive() {
    let store = Arc::new(MemoryStore::default());
    let sizes = [
        0,
        1,
        100,
        8 * 1024,
        64 * 1024,
        128 * 1024,
        MIB - 1,
        MIB,
        MIB + 1,
        3 * MIB,
        20 * MIB,
        0,
        5,
    ];
    let files: Vec<_> = sizes
        .iter()
        .zip(0..)
        .map(|(size, i)| random(i, *size))
        .collect();
    upload(&Upload::new(store.clone()), &store, &files).await;
    assert_eq!(
        (store.xorbs(), store.shards()),
        (2, 1),
        "16 MiB, and the rest"
    );
}

#[tokio::test]
async fn content_of_every_kind_arrives() {
    let store = Arc::new(MemoryStore::default());
    let text = b"It was the best of times, it was the worst of times. ".repeat(60_000);
    let mut floats = random(1, 4 * MIB);
    floats
        .iter_mut()
        .skip(3)
        .step_by(4)
        .for_each(|byte| *byte = 0x3f);
    let sparse = vec![0; 9 * MIB];
    upload(&Upload::new(store.clone()), &store, &[text, floats, sparse]).await;
    assert!(store.sent() < 4 * MIB, "{} bytes", store.sent());
}

#[tokio::test]
async fn small_files_share_a_xorb_and_a_shard() {
    let store = Arc::new(MemoryStore::default());
    let files: Vec<_> = (0..500).map(|i| random(i, 1_000)).collect();
    upload(&Upload::new(store.clone()), &store, &files).await;
    assert_eq!((store.xorbs(), store.shards()), (1, 1));
}

#[tokio::test]
async fn more_small_files_than_a_xorb_has_chunks() {
    let store = Arc::new(MemoryStore::default());
    let files: Vec<_> = (0..9_000).map(|i| random(i, 20)).collect();
    upload(&Upload::new(store.clone()), &store, &files).await;
    assert_eq!(store.xorbs(), 2);
}

#[tokio::test]
async fn what_is_in_the_store_is_not_sent_again() {
    for key in [None, Some(Hash::of_chunk(b"key"))] {
        let store = Arc::new(MemoryStore {
            key,
            ..MemoryStore::default()
        });
        let files = [random(1, 30 * MIB), random(2, 100_000)];
        upload(&Upload::new(store.clone()), &store, &files).await;
        let before = store.sent();
        let again = upload(&Upload::new(store.clone()), &store, &files).await;
        assert_eq!(store.sent(), before, "answers of the store say what it has");
        assert_eq!(again[0].deduplicated, 30 * MIB as u64);
    }
}

#[tokio::test]
async fn an_insertion_sends_the_chunks_that_it_touches() {
    let store = Arc::new(MemoryStore::default());
    let mut file = random(1, 64 * MIB);
    upload(
        &Upload::new(store.clone()),
        &store,
        std::slice::from_ref(&file),
    )
    .await;
    let before = store.sent();
    file.splice(20_000_000..20_000_000, *b"eleven byte");
    file[50_000_000] ^= 1;
    upload(
        &Upload::new(store.clone()),
        &store,
        std::slice::from_ref(&file),
    )
    .await;
    let sent = store.sent() - before;
    assert!(sent * 100 < file.len(), "{sent} bytes are more than 1 %");
}

#[tokio::test]
async fn the_same_content_twice_in_one_upload_is_sent_once() {
    let store = Arc::new(MemoryStore::default());
    let (a, b) = (random(1, 3 * MIB), random(2, 18 * MIB));
    let files = [
        a.clone(),
        b.clone(),
        a.clone(),
        [&b[..], &a, &b].concat(),
        a,
    ];
    upload(&Upload::new(store.clone()), &store, &files).await;
    let bytes = 21 * MIB;
    assert!(store.sent() < bytes + bytes / 20, "{} bytes", store.sent());
}

#[tokio::test]
async fn the_cache_knows_what_an_earlier_upload_has_sent_without_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(MemoryStore::default());
    let cache = ShardCache::new(folder.path(), "memory");
    let upload_to = Upload::new(store.clone()).cache(cache.clone());
    let files = [random(1, 40 * MIB)];
    upload(&upload_to, &store, &files).await;
    let kept = std::fs::read_dir(cache.folder()).unwrap().count();
    assert_eq!(
        kept, 1,
        "the shard has taken the place of those of its xorbs"
    );
    let (sent, asked) = (store.sent(), store.queries.load(Ordering::Relaxed));
    upload(&upload_to, &store, &files).await;
    assert_eq!(
        (store.sent(), store.queries.load(Ordering::Relaxed)),
        (sent, asked)
    );
}

#[tokio::test]
async fn files_do_not_wait_for_a_stream_that_pauses() {
    let store = Arc::new(MemoryStore::default());
    let (first, second) = (random(1, 100_000), random(2, 100_000));
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    sender.send(source("first", first)).await.unwrap();
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|file| (file, receiver))
    });
    // The second file comes only when the first one is stored.
    let mut rest = Some((sender, source("second", second)));
    let mut names = Vec::new();
    Upload::new(store)
        .run(stream.boxed(), |file| {
            names.push(file.name.to_string());
            if let Some((sender, second)) = rest.take() {
                sender.try_send(second).unwrap();
            }
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(names, ["first", "second"]);
}

#[tokio::test]
async fn progress_counts_every_byte_once() {
    #[derive(Default)]
    struct Counts {
        hashed: AtomicU64,
        stored: AtomicU64,
        deduplicated: AtomicU64,
        sent: AtomicU64,
        files: Mutex<Vec<String>>,
    }
    impl UploadProgress for Counts {
        fn hashed(&self, file: &str, bytes: u64) {
            self.hashed.fetch_add(bytes, Ordering::Relaxed);
            self.files.lock().unwrap().push(file.to_owned());
        }
        fn stored(&self, _: &str, bytes: u64) {
            self.stored.fetch_add(bytes, Ordering::Relaxed);
        }
        fn deduplicated(&self, _: &str, bytes: u64) {
            self.deduplicated.fetch_add(bytes, Ordering::Relaxed);
        }
        fn sent(&self, bytes: u64) {
            self.sent.fetch_add(bytes, Ordering::Relaxed);
        }
    }
    let store = Arc::new(MemoryStore::default());
    let counts = Arc::new(Counts::default());
    let upload = Upload::new(store.clone()).progress(counts.clone());
    let a = random(1, 20 * MIB);
    run(&upload, &[a.clone(), random(2, 50_000), a])
        .await
        .unwrap();
    let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let total = 40 * MIB as u64 + 50_000;
    assert_eq!(get(&counts.hashed), total);
    assert_eq!(get(&counts.stored) + get(&counts.deduplicated), total);
    assert_eq!(get(&counts.deduplicated), 20 * MIB as u64);
    assert!(get(&counts.sent) > store.sent() as u64, "the shard as well");
    let mut files = std::mem::take(&mut *counts.files.lock().unwrap());
    files.dedup();
    files.sort();
    files.dedup();
    assert_eq!(files, ["file 0", "file 1", "file 2"]);
}
