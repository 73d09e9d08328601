//! Writing to repositories: what becomes a commit, and when.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hf_object_store::{CommitPolicy, HubStore};
use hf_testhub::{Fault, Op};
use http::Method;
use object_store::{
    Error, ObjectStore as _, ObjectStoreExt as _, PutMode, PutPayload, UpdateVersion,
};

use crate::support::{LARGE, SECOND, World, path, text};

const URL: &str = "hf://datasets/user/data";

fn store(world: &World, policy: CommitPolicy) -> HubStore {
    world.builder(URL).commits(policy).build().unwrap()
}

fn commits(world: &World) -> usize {
    world.hub.commits(world.repo(), "main").len()
}

async fn put_many(store: &HubStore, files: usize) {
    stream::iter(0..files)
        .map(|i| {
            let store = store.clone();
            let file = path(&format!("out/{i}.txt"));
            async move { store.put(&file, format!("{i}").into()).await }
        })
        .buffer_unordered(files)
        .try_collect::<Vec<_>>()
        .await
        .unwrap();
}

#[tokio::test]
async fn writes_that_are_under_way_at_the_same_time_share_a_commit() {
    let world = World::new().await;
    let before = commits(&world);
    put_many(&store(&world, CommitPolicy::gathered()), 50).await;
    assert!(commits(&world) - before <= 2, "{}", commits(&world));
    let before = commits(&world);
    let few = CommitPolicy::gathered().max_files(10);
    put_many(&store(&world, few), 50).await;
    // The same contents: nothing is committed again.
    assert_eq!(commits(&world), before);
    assert_eq!(
        world.hub.read(world.repo(), "main", "out/7.txt").unwrap(),
        "7"
    );
}

#[tokio::test]
async fn one_commit_for_each_write_if_asked_for() {
    let world = World::new().await;
    let before = commits(&world);
    let store = store(&world, CommitPolicy::per_object());
    put_many(&store, 5).await;
    assert_eq!(commits(&world) - before, 5);
    let last = store.flush().await.unwrap().unwrap();
    let head = world.hub.resolve(world.repo(), "main").unwrap();
    assert_eq!(last.oid, head);
    assert!(store.flush().await.unwrap().is_none());
}

#[tokio::test]
async fn deferred_writes_are_one_commit_at_the_flush_which_returns_it() {
    let world = World::new().await;
    let before = commits(&world);
    let store = store(&world, CommitPolicy::on_flush().max_files(5_000));
    assert!(store.flush().await.unwrap().is_none());
    put_many(&store, 1_000).await;
    let mut upload = store.put_multipart(&path("big")).await.unwrap();
    upload.put_part(vec![1; 300_000].into()).await.unwrap();
    upload.complete().await.unwrap();
    store.delete(&path("not there")).await.unwrap();
    assert_eq!(commits(&world), before);
    let commit = store.flush().await.unwrap().unwrap();
    assert_eq!(commits(&world), before + 1);
    assert_eq!(Some(commit.oid), world.hub.resolve(world.repo(), "main"));
    assert_eq!(world.hub.files(world.repo(), "main").len(), 1_002);
    // Reading sees what waits.
    store.put(&path("seen"), "x".into()).await.unwrap();
    assert_eq!(store.head(&path("seen")).await.unwrap().size, 1);
    assert_eq!(commits(&world), before + 2);
}

#[tokio::test]
async fn a_deferred_write_that_fails_is_reported_by_the_flush() {
    let world = World::new().await;
    let store = store(&world, CommitPolicy::on_flush());
    store.commit().await.unwrap();
    let refused = world.hub.fault(
        Fault::on(Method::POST, "/api/*/commit/*")
            .always()
            .status(403),
    );
    store.put(&path("a"), "x".into()).await.unwrap();
    let error = store.flush().await.unwrap_err();
    assert!(matches!(error, Error::PermissionDenied { .. }), "{error}");
    refused.lift();
    assert!(store.flush().await.unwrap().is_none());
    store.put(&path("a"), "x".into()).await.unwrap();
    assert!(store.flush().await.unwrap().is_some());
}

#[tokio::test]
async fn deferred_writes_are_committed_after_a_while_without_a_flush() {
    let world = World::new().await;
    let policy = CommitPolicy::on_flush().delay(Duration::from_millis(50));
    let store = store(&world, policy);
    store.put(&path("a"), "x".into()).await.unwrap();
    let there = async {
        while world.hub.read(world.repo(), "main", "a").is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(30 * SECOND, there).await.unwrap();
}

#[tokio::test]
async fn a_conditional_write_holds_against_another_writer() {
    let world = World::with([("a", text("1"))]).await;
    let (ours, theirs) = (world.store(), world.store());
    let seen = ours.head(&path("a")).await.unwrap();
    let update = PutMode::Update(UpdateVersion {
        e_tag: seen.e_tag.clone(),
        version: seen.version,
    });
    theirs.put(&path("a"), "theirs".into()).await.unwrap();
    let error = ours
        .put_opts(&path("a"), "ours".into(), update.into())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Precondition { .. }), "{error}");
    theirs.put(&path("new"), "theirs".into()).await.unwrap();
    let create = PutMode::Create;
    let error = ours
        .put_opts(&path("new"), "ours".into(), create.into())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error}");
    // Another file does not stand in the way, although the branch has moved.
    world.commit([("other", text("x"))]);
    let seen = theirs.head(&path("a")).await.unwrap();
    let update = PutMode::Update(UpdateVersion {
        e_tag: seen.e_tag,
        version: seen.version,
    });
    ours.refresh().await.unwrap();
    world.commit([("other", text("y"))]);
    ours.put_opts(&path("a"), "ours".into(), update.into())
        .await
        .unwrap();
    assert_eq!(world.hub.read(world.repo(), "main", "a").unwrap(), "ours");
}

#[tokio::test]
async fn copies_and_moves_are_one_commit_and_move_no_large_bytes() {
    let big = hf_testhub::Blob::synthetic(1, 5 * LARGE);
    let world = World::with([("big", big.clone()), ("small", text("x"))]).await;
    let store = world.store();
    let before = commits(&world);
    store.copy(&path("big"), &path("b/copy")).await.unwrap();
    store.rename(&path("big"), &path("b/moved")).await.unwrap();
    store.rename(&path("small"), &path("s")).await.unwrap();
    assert_eq!(commits(&world) - before, 3);
    let lines = world.lines();
    assert!(
        lines.iter().all(|line| line.starts_with("Hub ")),
        "{lines:?}"
    );
    let files = world.hub.files(world.repo(), "main");
    assert!(!files.contains(&"big".to_owned()) && files.contains(&"s".to_owned()));
    let moved = world.hub.read(world.repo(), "main", "b/moved").unwrap();
    assert!(moved == big.to_bytes().unwrap());
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let store = world.builder(URL).temp_dir(folder.path()).build().unwrap();
    let before = commits(&world);
    let left = || std::fs::read_dir(folder.path()).unwrap().count();
    for abort in [true, false] {
        let mut upload = store.put_multipart(&path("big")).await.unwrap();
        upload.put_part(vec![0; 1_000_000].into()).await.unwrap();
        assert_eq!(left(), 1);
        if abort {
            upload.abort().await.unwrap();
        }
        drop(upload);
        assert_eq!(left(), 0);
    }
    // Nor does one of which a part was never written.
    let mut upload = store.put_multipart(&path("big")).await.unwrap();
    drop(upload.put_part(vec![0; 10].into()));
    let error = upload.complete().await.unwrap_err();
    assert!(error.to_string().contains("incomplete"), "{error}");
    assert_eq!((commits(&world), left()), (before, 0));
    assert_eq!(world.hub.stored_objects(), 0);
}

#[tokio::test]
async fn nothing_is_written_to_a_commit_a_tag_or_a_conversion() {
    let world = World::with([("a", text("x"))]).await;
    let commit = world.hub.resolve(world.repo(), "main").unwrap();
    world.hub.create_tag(world.repo(), "v1", "main");
    world.hub.create_branch(world.repo(), "dev", "main");
    for revision in [&commit, "v1", "refs/convert/parquet"] {
        let store = world.at(revision);
        let a = path("a");
        let put = store.put(&a, "y".into()).await.unwrap_err();
        let multipart = store.put_multipart(&a).await.unwrap_err();
        let deleted = store.delete(&a).await.unwrap_err();
        let copied = store.copy(&a, &path("b")).await.unwrap_err();
        for error in [put, multipart, deleted, copied] {
            assert!(matches!(error, Error::NotSupported { .. }), "{error}");
            let shown = error.to_string();
            assert!(shown.contains("refs/pr/"), "{shown}");
        }
    }
    world.at("dev").put(&path("a"), "y".into()).await.unwrap();
    assert_eq!(world.hub.read(world.repo(), "dev", "a").unwrap(), "y");
    assert_eq!(commits(&world), world.hub.commits(world.repo(), "v1").len());
}

#[tokio::test]
async fn a_path_that_no_repository_can_hold_is_refused_at_once() {
    let world = World::new().await;
    let stores = [world.store(), world.bucket().build().unwrap()];
    for store in stores {
        for name in [".git/config", "a/.cache/b"] {
            let error = store
                .put(&path(name), PutPayload::from_static(b"x"))
                .await
                .unwrap_err();
            assert!(matches!(error, Error::Generic { .. }), "{error}");
            assert!(error.to_string().contains("another path"), "{error}");
        }
    }
    assert!(world.lines().is_empty());
}

#[tokio::test]
async fn a_commit_by_others_at_the_same_moment_is_built_upon() {
    let world = World::with([("a", text("1"))]).await;
    let store = world.store();
    store.commit().await.unwrap();
    let repo = world.repo();
    // Another commit gets in between the look at the branch and the commit.
    world.hub.fault(
        Fault::on(Method::POST, "/api/*/preupload/*").run(move |hub| {
            let change = [Op::add("theirs", "x")];
            hub.commit(repo.clone(), "theirs", change);
        }),
    );
    store.put(&path("ours"), "y".into()).await.unwrap();
    let files = world.hub.files(world.repo(), "main");
    assert!(files.contains(&"ours".to_owned()) && files.contains(&"theirs".to_owned()));
    assert_eq!(store.head(&path("theirs")).await.unwrap().size, 1);
}
