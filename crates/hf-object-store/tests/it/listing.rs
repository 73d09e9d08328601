//! Listing.

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{Error, ObjectStore as _};

use crate::support::{BUCKET, World, path, text};

#[tokio::test]
async fn a_list_is_streamed_page_by_page_and_its_prefix_is_sent() {
    let world = World::new().await;
    world.hub.seed_files(world.repo(), 1_200, 8);
    world.hub.set_page_size(100);
    let store = world.store();
    world.hub.clear_requests();
    let first: Vec<_> = store.list(Some(&path("data"))).take(5).collect().await;
    assert!(first.iter().all(Result::is_ok));
    let pages = |world: &World, folder: &str| {
        let lines = world.lines();
        let of_folder = |line: &&String| line.contains("/tree/") && line.ends_with(folder);
        lines.iter().filter(of_folder).count()
    };
    assert!(pages(&world, "data") <= 3);
    let folder = path("data/001");
    let listed: Vec<_> = store.list(Some(&folder)).try_collect().await.unwrap();
    assert_eq!(listed.len(), 500);
    assert!(
        listed
            .iter()
            .all(|meta| meta.location.prefix_matches(&folder))
    );
    assert!(
        listed
            .iter()
            .all(|meta| meta.size == 8 && meta.e_tag.is_some())
    );
    // A page of the first list, requested ahead of need, may arrive at any time.
    assert_eq!(pages(&world, "001"), 5);
    let offset = path("data/001/file-00989.txt");
    let after = store.list_with_offset(Some(&folder), &offset).count().await;
    assert_eq!(after, 10);
}

#[tokio::test]
async fn a_prefix_that_is_no_folder_is_empty_in_repositories_and_buckets() {
    let world = World::with([("a/file", text("1")), ("ab/c", text("2"))]).await;
    for name in ["a/file", "ab/c"] {
        world.hub.add_bucket_file(BUCKET, name, text("x"));
    }
    for store in [world.store(), world.bucket().build().unwrap()] {
        for (prefix, files) in [("a", 1), ("a/file", 0), ("nothing", 0), ("ab", 1)] {
            let listed: Vec<_> = store.list(Some(&path(prefix))).collect().await;
            assert_eq!(listed.len(), files, "{store} {prefix} {listed:?}");
            let folder = store
                .list_with_delimiter(Some(&path(prefix)))
                .await
                .unwrap();
            assert_eq!(folder.objects.len(), files, "{store} {prefix}");
        }
        let root = store.list_with_delimiter(None).await.unwrap();
        assert_eq!(root.common_prefixes, [path("a"), path("ab")], "{store}");
    }
}

#[tokio::test]
async fn an_unknown_repository_is_an_error_and_not_an_empty_list() {
    let world = World::new().await;
    for url in ["hf://datasets/user/none", "hf://buckets/user/none"] {
        let store = world.builder(url).build().unwrap();
        for prefix in [None, Some(Path::from("a"))] {
            let listed: Vec<_> = store.list(prefix.as_ref()).collect().await;
            assert!(
                matches!(listed[..], [Err(Error::NotFound { .. })]),
                "{url} {listed:?}"
            );
        }
    }
}
