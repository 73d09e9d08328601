//! Reading: what it costs, the commit that is seen, conditions.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hf_testhub::{Blob, Fault, Listener};
use http::Method;
use object_store::{Error, GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _};

use crate::support::{LARGE, SECOND, World, path, span, text};

#[tokio::test]
async fn a_range_read_costs_one_request_once_the_redirect_is_known() {
    let big = Blob::synthetic(1, 3 * LARGE);
    let bytes = big.to_bytes().unwrap();
    let world = World::with([("a/big", big), ("a/small", text("0123456789"))]).await;
    for xet in [true, false] {
        world.hub.set_xet(xet);
        let store = world.store();
        let listed: Vec<_> = store.list(None).try_collect().await.unwrap();
        assert!(listed.len() >= 2, "{listed:?}");
        let (big, small) = (path("a/big"), path("a/small"));
        for file in [&big, &small] {
            store.get_range(file, 0..4).await.unwrap();
        }
        world.hub.clear_requests();
        let mut asked = 0;
        for i in 0..20_u64 {
            let range = i * 1_000..i * 1_000 + 500;
            let read = store.get_range(&big, range.clone()).await.unwrap();
            assert_eq!(read, bytes[span(&range)]);
            assert_eq!(store.get_range(&small, 2..5).await.unwrap(), "234");
            asked += 2;
        }
        assert_eq!(world.hub.requests().len(), asked, "{:?}", world.lines());
    }
    assert_eq!(world.hub.tokens_seen_by_storage(), 0);
}

#[tokio::test]
async fn reads_at_the_same_time_resolve_the_redirect_once() {
    let world = World::with([("big", Blob::synthetic(2, LARGE))]).await;
    let store = world.store();
    stream::iter(0..32_u64)
        .map(|i| {
            let store = store.clone();
            async move { store.get_range(&path("big"), i * 100..i * 100 + 50).await }
        })
        .buffer_unordered(32)
        .try_collect::<Vec<_>>()
        .await
        .unwrap();
    let lines = world.lines();
    let resolved = lines.iter().filter(|line| line.contains("/resolve/"));
    assert_eq!(resolved.count(), 1, "{lines:?}");
    // The commit, the file, the redirect, and one for each range.
    assert_eq!(lines.len(), 35, "{lines:?}");
}

#[tokio::test]
async fn many_files_are_looked_up_with_few_requests() {
    let world = World::new().await;
    world.hub.seed_files(world.repo(), 200, 10);
    world.hub.clear_requests();
    let store = world.store();
    let heads = (0..200).map(|i| {
        let (store, file) = (store.clone(), format!("data/000/file-{i:05}.txt"));
        async move { store.head(&path(&file)).await }
    });
    let metas: Vec<_> = stream::iter(heads)
        .buffer_unordered(200)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(metas.len(), 200);
    assert!(world.hub.requests().len() <= 3, "{:?}", world.lines());
    // What a list has said is not looked up at all.
    let store = world.store();
    let listed = store.list(Some(&path("data"))).count().await;
    assert_eq!(listed, 200);
    world.hub.clear_requests();
    for i in 0..200 {
        let file = format!("data/000/file-{i:05}.txt");
        assert_eq!(store.head(&path(&file)).await.unwrap().size, 10);
    }
    assert!(world.lines().is_empty());
}

#[tokio::test]
async fn ranges_that_are_close_are_read_together() {
    let big = Blob::synthetic(3, 4_000_000);
    let bytes = big.to_bytes().unwrap();
    let world = World::with([("big", big)]).await;
    let store = world.store();
    let file = path("big");
    store.get_range(&file, 0..1).await.unwrap();
    world.hub.clear_requests();
    let ranges = [0..1_000, 50_000..60_000, 100..2_000, 3_000_000..3_000_500];
    let read = store.get_ranges(&file, &ranges).await.unwrap();
    for (range, read) in ranges.iter().zip(read) {
        assert_eq!(read, bytes[span(range)]);
    }
    assert_eq!(world.lines().len(), 2);
    let beyond = store
        .get_ranges(&file, &[0..10, 9_000_000..9_000_001])
        .await;
    assert!(matches!(beyond, Err(Error::Generic { .. })));
    assert!(store.get_ranges(&file, &[]).await.unwrap().is_empty());
    assert!(world.lines().is_empty());
}

#[tokio::test]
async fn long_ranges_are_read_beside_each_other() {
    let big = Blob::synthetic(4, 20_000_000);
    let bytes = big.to_bytes().unwrap();
    let world = World::with([("big", big)]).await;
    world.hub.set_xet(false);
    let store = world.store();
    let file = path("big");
    store.get_range(&file, 0..1).await.unwrap();
    world.hub.clear_requests();
    let columns = [12_000_000..18_000_000, 0..6_000_000, 6_000_000..12_000_000];
    let silent = Fault::on(Method::GET, "*").at(Listener::Storage).always();
    let silent = world.hub.fault(silent.stall());
    {
        // All are sent before any has a response.
        let mut read = std::pin::pin!(store.get_ranges(&file, &columns));
        let sent = async {
            while world.count(Listener::Storage) < columns.len() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            read = &mut read => panic!("{read:?}"),
            sent = tokio::time::timeout(30 * SECOND, sent) => sent.unwrap(),
        }
    }
    silent.lift();
    world.hub.clear_requests();
    let mut ranges = columns.to_vec();
    ranges.push(18_000_000..18_000_010);
    let read = store.get_ranges(&file, &ranges).await.unwrap();
    for (range, read) in ranges.iter().zip(read) {
        assert_eq!(read, bytes[span(range)]);
    }
    assert_eq!(world.lines().len(), columns.len());
}

#[tokio::test]
async fn a_query_sees_one_commit_although_the_branch_moves() {
    let world = World::with([("a", text("old")), ("b", text("old"))]).await;
    let store = world.store();
    let read = async |name: &str| {
        let found = store.get(&path(name)).await?;
        Ok::<_, Error>((found.meta.version.clone(), found.bytes().await?))
    };
    let (first, _) = read("a").await.unwrap();
    let new = world.commit([("b", text("newer")), ("c", text("new"))]);
    let (second, bytes) = read("b").await.unwrap();
    assert_eq!((&second, &bytes[..]), (&first, &b"old"[..]));
    assert!(matches!(read("c").await, Err(Error::NotFound { .. })));
    assert_eq!(store.refresh().await.unwrap().unwrap().as_str(), new);
    assert_eq!(read("b").await.unwrap().1, "newer");
    assert_eq!(read("c").await.unwrap().1, "new");
    // An earlier state by its version.
    let old = GetOptions::new().with_version(first);
    let found = store.get_opts(&path("b"), old).await.unwrap();
    assert_eq!(found.bytes().await.unwrap(), "old");
    let none = GetOptions::new().with_version(Some("0".repeat(40)));
    let missing = store.get_opts(&path("b"), none).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn every_kind_of_revision_can_be_read() {
    let world = World::with([("a", text("first"))]).await;
    let first = world.hub.resolve(world.repo(), "main").unwrap();
    world.hub.create_branch(world.repo(), "dev/x", "main");
    world
        .hub
        .create_branch(world.repo(), "refs/convert/parquet", "main");
    world.hub.create_tag(world.repo(), "v1", "main");
    world.commit([("a", text("second"))]);
    for revision in [&first, "v1", "dev%2Fx", "refs/convert/parquet"] {
        let found = world.at(revision).get(&path("a")).await.unwrap();
        assert_eq!(found.meta.version.as_deref(), Some(&*first), "{revision}");
        assert_eq!(found.bytes().await.unwrap(), "first", "{revision}");
    }
    let error = world.at("nothing").get(&path("a")).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    assert!(error.to_string().contains("nothing"), "{error}");
}

#[tokio::test]
async fn conditions_are_checked_before_anything_is_read() {
    let world = World::with([("a", text("content"))]).await;
    let store = world.store();
    let meta = store.head(&path("a")).await.unwrap();
    world.hub.clear_requests();
    for options in [
        GetOptions::new().with_if_match(Some("other")),
        GetOptions::new().with_if_none_match(meta.e_tag.clone()),
        GetOptions::new().with_if_modified_since(Some(meta.last_modified)),
    ] {
        let error = store.get_opts(&path("a"), options).await.unwrap_err();
        assert!(matches!(
            error,
            Error::Precondition { .. } | Error::NotModified { .. }
        ));
    }
    assert!(world.lines().is_empty());
    let options = GetOptions::new()
        .with_if_match(meta.e_tag)
        .with_range(Some(GetRange::Suffix(3)));
    let found = store.get_opts(&path("a"), options).await.unwrap();
    assert_eq!(found.bytes().await.unwrap(), "ent");
}

#[tokio::test]
async fn a_large_part_comes_from_xet_storage_and_a_small_one_by_the_bridge() {
    let big = Blob::synthetic(5, 40_000_000);
    let bytes = big.to_bytes().unwrap();
    let world = World::with([("big", big)]).await;
    world.hub.set_xet(true);
    let store = world.store();
    let whole = store
        .get(&path("big"))
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert!(whole == bytes);
    assert!(world.count(Listener::Cas) > 0);
    assert_eq!(world.count(Listener::Bridge), 0);
    let part = store.get_range(&path("big"), 5_000_000..5_100_000).await;
    assert!(part.unwrap() == bytes[5_000_000..5_100_000]);
    assert_eq!(world.count(Listener::Bridge), 1);
}

#[tokio::test]
async fn files_in_the_cache_are_read_from_there_if_asked_for() {
    let world = World::with([("a.txt", text("cached")), ("b.txt", text("not cached"))]).await;
    let cache = tempfile::tempdir().unwrap();
    let api = hf_api::HfApi::from_client(world.client(None));
    api.hf_hub_download("user/data", "a.txt")
        .repo_type("dataset")
        .cache_dir(cache.path())
        .await
        .unwrap();
    let url = "hf://datasets/user/data";
    let store = world.builder(url).cache_dir(cache.path()).build().unwrap();
    assert_eq!(store.list(None).count().await, 3);
    world.hub.clear_requests();
    let read = async |name| store.get_range(&path(name), 0..6).await.unwrap();
    assert_eq!(read("a.txt").await, "cached");
    assert!(world.lines().is_empty());
    assert_eq!(read("b.txt").await, "not ca");
    assert!(!world.lines().is_empty());
}
