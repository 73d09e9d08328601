//! Uploads to stores that fail, refuse and lie, of files that change.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream;
use hf_cas::Hash;
use hf_cas::dedup::ShardCache;
use hf_cas::upload::{Upload, UploadSource};
use hf_transport::{Error, ErrorKind};

use crate::store::{MemoryStore, random, run, source, upload};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn a_store_that_fails_ends_the_upload_and_no_file_exists() {
    let store = Arc::new(MemoryStore {
        max_xorbs: Some(1),
        ..MemoryStore::default()
    });
    let files = [random(1, 100_000), random(2, 40 * MIB)];
    let error = run(&Upload::new(store.clone()), &files).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(store.shards(), 0);
}

#[tokio::test]
async fn a_refused_shard_is_an_error_and_no_file_is_reported() {
    let store = Arc::new(MemoryStore {
        refuses_shards: true,
        ..MemoryStore::default()
    });
    let error = run(&Upload::new(store), &[random(1, 100_000)])
        .await
        .unwrap_err();
    assert_eq!(error.message(), "no shards today");
}

#[tokio::test]
async fn an_interrupted_upload_continues_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let cache = ShardCache::new(folder.path(), "memory");
    let file = random(1, 70 * MIB);
    let first = MemoryStore {
        max_xorbs: Some(3),
        ..MemoryStore::default()
    };
    let mut store = Arc::new(first);
    let upload_to = Upload::new(store.clone()).cache(cache.clone());
    run(&upload_to, std::slice::from_ref(&file))
        .await
        .unwrap_err();
    drop(upload_to);
    // The same store, which works again.
    Arc::get_mut(&mut store).unwrap().max_xorbs = None;
    let accepted = store.xorbs() * 16 * MIB;
    let before = store.sent();
    upload(
        &Upload::new(store.clone()).cache(cache),
        &store,
        std::slice::from_ref(&file),
    )
    .await;
    let sent = store.sent() - before;
    assert!(
        accepted >= 32 * MIB && sent < file.len() - accepted + MIB,
        "{sent} bytes"
    );
}

#[tokio::test]
async fn answers_that_lie_cost_an_upload_without_them_and_no_more() {
    for key in [None, Some(Hash::of_chunk(b"key"))] {
        let folder = tempfile::tempdir().unwrap();
        let cache = ShardCache::new(folder.path(), "memory");
        let mut store = Arc::new(MemoryStore {
            key,
            refuses_by_line: key.is_some(),
            ..MemoryStore::default()
        });
        let files = [random(1, 20 * MIB), random(2, 2 * MIB)];
        upload(&Upload::new(store.clone()), &store, &files[..1]).await;
        Arc::get_mut(&mut store).unwrap().lies = true;
        let before = store.sent();
        upload(
            &Upload::new(store.clone()).cache(cache.clone()),
            &store,
            &files,
        )
        .await;
        assert!(store.sent() - before > 21 * MIB, "nothing rests on the lie");
        let kept = hf_cas::dedup::ChunkIndex::new();
        let mut index = kept;
        cache.load(&mut index);
        let chunk = hf_cas::chunks(&files[0]).next().unwrap();
        let found = index.find(&[(Hash::of_chunk(chunk), u32::try_from(chunk.len()).unwrap())]);
        assert!(store.read(Hash::ZERO).is_some() && found.is_some());
        // What the cache knows now is right: the next upload sends nothing.
        let before = store.sent();
        upload(&Upload::new(store.clone()).cache(cache), &store, &files).await;
        assert_eq!(store.sent(), before);
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_questions_gets_all_bytes_and_few_questions() {
    let store = Arc::new(MemoryStore {
        fails_queries: true,
        ..MemoryStore::default()
    });
    let files: Vec<_> = (0..40).map(|i| random(i, 100_000)).collect();
    upload(&Upload::new(store.clone()), &store, &files).await;
    let asked = store.queries.load(Ordering::Relaxed);
    assert!((3..=11).contains(&asked), "{asked} questions");
}

#[tokio::test]
async fn a_file_of_another_length_than_announced_is_an_error() {
    for (announced, real) in [(100, 99), (100, 101), (10 * MIB, 9 * MIB), (MIB, MIB + 1)] {
        let store = Arc::new(MemoryStore::default());
        let data = random(1, real);
        let file = UploadSource::new("weights.bin", announced as u64, move || {
            Ok(Box::new(std::io::Cursor::new(data.clone())))
        });
        let uploaded = Upload::new(store.clone())
            .run(stream::iter([file]), |_| Ok(()))
            .await;
        let error = uploaded.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Upload);
        assert!(error.message().contains("weights.bin"), "{error}");
        assert_eq!(store.shards(), 0);
    }
}

#[tokio::test]
async fn the_error_of_a_source_is_that_of_the_upload() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other(Error::new(
                ErrorKind::FileNotFound,
                "gone",
            )))
        }
    }
    let store = Arc::new(MemoryStore::default());
    let good = source("good", random(1, 100_000));
    let broken = UploadSource::new("broken", 10, || Ok(Box::new(Broken)));
    let missing = UploadSource::new("missing", 10, || Err(Error::new(ErrorKind::Io, "no disk")));
    for (file, kind) in [(broken, ErrorKind::FileNotFound), (missing, ErrorKind::Io)] {
        let files = stream::iter([good.clone(), file]);
        let error = Upload::new(store.clone())
            .run(files, |_| Ok(()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind);
    }
}

#[tokio::test]
async fn an_upload_that_is_dropped_stops_reading() {
    struct Endless(Arc<AtomicUsize>);
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.fetch_add(buffer.len(), Ordering::Relaxed);
            Ok(buffer.len())
        }
    }
    impl Drop for Endless {
        fn drop(&mut self) {
            self.0.store(usize::MAX, Ordering::Relaxed);
        }
    }
    let read = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&read);
    let file = UploadSource::new("endless", u64::MAX, move || {
        Ok(Box::new(Endless(Arc::clone(&counter))))
    });
    let store = Arc::new(MemoryStore::default());
    {
        let upload = Upload::new(store).with_sha256(false);
        let mut running = std::pin::pin!(upload.run(stream::iter([file]), |_| Ok(())));
        while read.load(Ordering::Relaxed) < 4 * MIB {
            let _ = futures_util::poll!(running.as_mut());
            tokio::task::yield_now().await;
        }
    }
    while read.load(Ordering::Relaxed) != usize::MAX {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_error_of_the_caller_ends_the_upload() {
    let store = Arc::new(MemoryStore::default());
    let files = stream::iter([source("a", random(1, 1_000))]);
    let refused = |_| Err(Error::validation("enough"));
    let error = Upload::new(store).run(files, refused).await.unwrap_err();
    assert_eq!(error.message(), "enough");
}
