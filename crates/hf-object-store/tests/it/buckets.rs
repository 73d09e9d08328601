//! Buckets.

use std::time::Duration;

use futures_util::StreamExt as _;
use hf_testhub::Listener;
use object_store::{Error, ObjectStore as _, ObjectStoreExt as _, PutMode};

use crate::support::{BUCKET, World, path, text};

#[tokio::test]
async fn each_write_to_a_bucket_is_a_batch_of_its_own() {
    let world = World::new().await;
    let store = world.bucket().build().unwrap();
    let put = store.put(&path("a/b.txt"), "content".into()).await.unwrap();
    let mut upload = store.put_multipart(&path("big")).await.unwrap();
    upload.put_part(vec![3; 400_000].into()).await.unwrap();
    upload.complete().await.unwrap();
    let lines = world.lines();
    let batches = lines.iter().filter(|line| line.ends_with("/batch"));
    assert_eq!(batches.count(), 2, "{lines:?}");
    let meta = store.head(&path("a/b.txt")).await.unwrap();
    assert_eq!(meta.e_tag, put.e_tag);
    assert_eq!(meta.version, None);
    assert!(store.flush().await.unwrap().is_none());
    assert_eq!(world.hub.bucket_files(BUCKET).unwrap(), ["a/b.txt", "big"]);
}

#[tokio::test]
async fn conditional_writes_to_a_bucket_are_refused_unless_one_may_look_first() {
    let world = World::new().await;
    let store = world.bucket().build().unwrap();
    let error = store
        .put_opts(&path("a"), "x".into(), PutMode::Create.into())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotImplemented { .. }), "{error}");
    assert!(error.to_string().contains("check_then_write"), "{error}");
    let store = world.bucket().check_then_write(true).build().unwrap();
    let a = path("a");
    let create = || store.put_opts(&a, "x".into(), PutMode::Create.into());
    create().await.unwrap();
    assert!(matches!(create().await, Err(Error::AlreadyExists { .. })));
}

#[tokio::test]
async fn a_change_by_others_is_seen_after_a_while_and_ones_own_at_once() {
    let world = World::new().await;
    world.hub.add_bucket_file(BUCKET, "a", text("old"));
    let patient = world.bucket().build().unwrap();
    let impatient = world.bucket().bucket_ttl(Duration::ZERO).build().unwrap();
    let read = async |store: &hf_object_store::HubStore| {
        store.get(&path("a")).await.unwrap().bytes().await.unwrap()
    };
    assert_eq!(read(&patient).await, "old");
    assert_eq!(read(&impatient).await, "old");
    world.hub.clear_requests();
    assert_eq!(read(&patient).await, "old");
    assert_eq!(world.hub.requests().len(), 1);
    world.hub.add_bucket_file(BUCKET, "a", text("newer"));
    assert_eq!(read(&impatient).await, "newer");
    assert_eq!(read(&patient).await, "old");
    patient.put(&path("a"), "own".into()).await.unwrap();
    assert_eq!(read(&patient).await, "own");
}

#[tokio::test]
async fn many_files_of_a_bucket_are_deleted_with_one_batch() {
    let world = World::new().await;
    for i in 0..300 {
        world
            .hub
            .add_bucket_file(BUCKET, &format!("f{i}"), text("x"));
    }
    world.hub.clear_requests();
    let store = world.bucket().build().unwrap();
    let listed = store.list(None).map(|meta| meta.map(|meta| meta.location));
    let deleted: Vec<_> = store.delete_stream(listed.boxed()).collect().await;
    assert_eq!(deleted.len(), 300);
    assert!(deleted.iter().all(Result::is_ok));
    assert_eq!(world.hub.bucket_files(BUCKET).unwrap().len(), 0);
    assert!(world.count(Listener::Hub) <= 4, "{:?}", world.lines());
    let error = store.delete(&path("f1")).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }));
}

#[tokio::test]
async fn a_file_of_a_bucket_is_copied_without_its_bytes() {
    let world = World::new().await;
    world.hub.add_bucket_file(BUCKET, "a", text("content"));
    let store = world.bucket().build().unwrap();
    store.copy(&path("a"), &path("b")).await.unwrap();
    store.rename(&path("a"), &path("c")).await.unwrap();
    assert_eq!(world.count(Listener::Bridge), 0);
    assert_eq!(world.hub.bucket_files(BUCKET).unwrap(), ["b", "c"]);
}

#[tokio::test]
async fn a_file_that_was_overwritten_since_it_was_listed_is_read_as_it_is_now() {
    let world = World::new().await;
    world.hub.add_bucket_file(BUCKET, "a", text("old"));
    let store = world.bucket().build().unwrap();
    assert_eq!(store.list(None).count().await, 1);
    world.hub.add_bucket_file(BUCKET, "a", text("newer"));
    let found = store.get(&path("a")).await.unwrap();
    assert_eq!(found.meta.size, 5);
    assert_eq!(found.bytes().await.unwrap(), "newer");
    world.hub.add_bucket_file(BUCKET, "b", text("1"));
    assert_eq!(store.head(&path("b")).await.unwrap().size, 1);
    world.hub.add_bucket_file(BUCKET, "b", text("22"));
    let ranges = [0..1, 1..2];
    let read = store.get_ranges(&path("b"), &ranges).await.unwrap();
    assert_eq!(read, ["2", "2"]);
    // What is outside of the file as it is now, too, is an error.
    assert!(store.get_ranges(&path("b"), &[0..1, 5..6]).await.is_err());
}
