//! What goes wrong in the middle of a query.

use futures_util::{StreamExt as _, TryStreamExt as _};
use hf_object_store::HubStoreBuilder;
use hf_testhub::{Blob, Fault, Gated, Listener, RepoType};
use http::Method;
use object_store::{Error, ObjectStore as _, ObjectStoreExt as _};

use crate::support::{BUCKET, LARGE, World, path, span, storage, text};

fn big() -> (Blob, bytes::Bytes) {
    let big = Blob::synthetic(11, 5 * LARGE);
    let bytes = big.to_bytes().unwrap();
    (big, bytes)
}

#[tokio::test]
async fn a_rate_limit_in_the_middle_of_a_scan_delays_it() {
    let (content, bytes) = big();
    let world = World::with([("a/0", content.clone()), ("a/1", content)]).await;
    let store = world.store();
    world.hub.fault(
        Fault::on(Method::GET, "/api/*/tree/*")
            .status(429)
            .retry_after(0),
    );
    let files: Vec<_> = store.list(Some(&path("a"))).try_collect().await.unwrap();
    assert_eq!(files.len(), 2);
    for fault in storage(|path| Fault::on(Method::GET, path)) {
        world.hub.fault(fault.status(429).retry_after(0));
    }
    world.hub.fault(
        Fault::on(Method::GET, "/datasets/*/resolve/*")
            .skip(1)
            .status(429)
            .retry_after(0),
    );
    for file in files {
        let read = store.get(&file.location).await.unwrap();
        assert!(read.bytes().await.unwrap() == bytes);
    }
}

#[tokio::test]
async fn a_rate_limit_that_lasts_is_an_error_that_says_so() {
    let world = World::with([("a", text("x"))]).await;
    let store = world.store();
    world.hub.fault(
        Fault::on_any("/api/*")
            .always()
            .status(429)
            .retry_after(3_600),
    );
    let error = store.get(&path("a")).await.unwrap_err();
    assert!(matches!(error, Error::Generic { .. }), "{error}");
    let source = std::error::Error::source(&error).unwrap();
    let ours = source.downcast_ref::<hf_api::Error>().unwrap();
    assert_eq!(ours.kind(), hf_api::ErrorKind::RateLimited);
}

#[tokio::test]
async fn a_signed_url_that_expires_between_ranges_is_renewed() {
    let (content, bytes) = big();
    let world = World::with([("big", content)]).await;
    for xet in [true, false] {
        world.hub.set_xet(xet);
        let store = world.store();
        for i in 0..3 {
            let range = i * 1_000..i * 1_000 + 100;
            let read = store.get_range(&path("big"), range.clone()).await.unwrap();
            assert_eq!(read, bytes[span(&range)]);
            world.hub.expire_storage_urls();
        }
    }
}

#[tokio::test]
async fn a_broken_connection_is_continued_from_the_byte_reached() {
    let (content, bytes) = big();
    let world = World::with([("big", content)]).await;
    let store = world.store();
    for fault in storage(|path| Fault::on(Method::GET, path)) {
        world.hub.fault(fault.times(2).reset_after(100_000));
    }
    let read = store.get(&path("big")).await.unwrap();
    assert!(read.bytes().await.unwrap() == bytes);
    for fault in storage(|path| Fault::on(Method::GET, path)) {
        world.hub.fault(fault.cut_after(10_000));
    }
    let read = store.get_range(&path("big"), 1_000..50_000).await.unwrap();
    assert!(read == bytes[1_000..50_000]);
    let sent = world.hub.bytes_sent(Listener::Bridge) + world.hub.bytes_sent(Listener::Storage);
    assert!(sent < 700_000, "{sent}");
}

#[tokio::test]
async fn a_file_that_vanished_is_not_found() {
    let (content, _) = big();
    let world = World::with([("a", content)]).await;
    let store = world.store();
    store.head(&path("a")).await.unwrap();
    world.hub.delete_repo(world.repo());
    let error = match store.get(&path("a")).await {
        Ok(found) => found.bytes().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_file_of_a_bucket_that_vanished_since_it_was_listed_is_not_found() {
    let world = World::new().await;
    for name in ["a", "b"] {
        world.hub.add_bucket_file(BUCKET, name, text("content"));
    }
    let store = world.bucket().build().unwrap();
    let listed: Vec<_> = store.list(None).try_collect().await.unwrap();
    assert_eq!(listed.len(), 2);
    let other = world.bucket().build().unwrap();
    other.delete(&path("a")).await.unwrap();
    let error = match store.get(&path("a")).await {
        Ok(found) => found.bytes().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    let error = store.get_ranges(&path("a"), &[0..2, 3..4]).await;
    assert!(matches!(error, Err(Error::NotFound { .. })), "{error:?}");
    assert_eq!(store.get_range(&path("b"), 0..4).await.unwrap(), "cont");
}

#[tokio::test]
async fn a_gated_dataset_without_access_is_a_permission_that_is_missing() {
    // The Hub masks the hashes of large files.
    for content in [text("x"), big().0] {
        gated_dataset(content).await;
    }
}

async fn gated_dataset(content: Blob) {
    let world = World::with([("a", content)]).await;
    world.hub.set_gated(world.repo(), Gated::Manual);
    let reader = world.hub.create_user("reader", hf_testhub::Role::Read);
    let client = world.client(Some(&reader));
    let store = HubStoreBuilder::new()
        .url("hf://datasets/user/data")
        .client(client)
        .build()
        .unwrap();
    let error = match store.get(&path("a")).await {
        Ok(found) => found.bytes().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, Error::PermissionDenied { .. }), "{error}");
    let source = std::error::Error::source(&error).unwrap();
    let ours = source.downcast_ref::<hf_api::Error>().unwrap();
    assert_eq!(ours.kind(), hf_api::ErrorKind::GatedRepo);
}

#[tokio::test]
async fn a_node_without_a_token_gets_an_error_that_says_so() {
    let world = World::with([("a", text("x"))]).await;
    world.hub.set_private(world.repo(), true);
    let store = world.anonymous();
    let error = store.get(&path("a")).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::NotFound { .. } | Error::Unauthenticated { .. }
        ),
        "{error}"
    );
    assert!(
        error.to_string().to_lowercase().contains("token"),
        "{error}"
    );
    let public = world.hub.create_repo(RepoType::Dataset, "user/public");
    world.hub.add_file(&public, "a", "x");
    let store = HubStoreBuilder::new()
        .url("hf://datasets/user/public")
        .client(world.client(None))
        .build()
        .unwrap();
    let error = store.put(&path("a"), "y".into()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unauthenticated { .. } | Error::NotFound { .. }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_list_that_breaks_off_is_an_error_and_not_a_shorter_list() {
    let world = World::new().await;
    world.hub.seed_files(world.repo(), 300, 8);
    world.hub.set_page_size(100);
    let store = world.store();
    store.commit().await.unwrap();
    world.hub.fault(
        Fault::on(Method::GET, "/api/*/tree/*")
            .skip(2)
            .always()
            .status(500),
    );
    let listed: Vec<_> = store.list(None).collect().await;
    assert!(listed.last().unwrap().is_err());
    assert!(listed.len() > 100);
}
