//! The suite that `object_store` exports, for a repository and for a bucket.

use futures_util::StreamExt as _;
use hf_object_store::{CommitPolicy, HubStore};
use object_store::path::Path;
use object_store::{ObjectStore as _, integration};

use crate::support::World;

/// Everything but what the suite asks of other stores alone: `multipart` and `list_paginated` are about traits that stores
/// without client-side state implement, and `list_with_offset_exclusivity` is part of the list.
async fn conforms(store: &HubStore) {
    integration::put_get_delete_list(store).await;
    integration::put_get_attributes(store).await;
    integration::get_opts(store).await;
    integration::put_opts(store, true).await;
    integration::list_uses_directories_correctly(store).await;
    integration::list_with_delimiter(store).await;
    integration::list_with_offset_exclusivity(store).await;
    integration::rename_and_copy(store).await;
    integration::copy_if_not_exists(store).await;
    integration::copy_rename_nonexistent_object(store).await;
    integration::multipart_race_condition(store, true).await;
    integration::multipart_out_of_order(store).await;
    let error = integration::get_nonexistent_object(store, None).await;
    assert!(matches!(
        error.unwrap_err(),
        object_store::Error::NotFound { .. }
    ));
    let missing = Some(Path::from("a/b/c"));
    integration::get_nonexistent_object(store, missing)
        .await
        .unwrap_err();
    let all = store.list(None).map(|meta| meta.map(|meta| meta.location));
    let deleted: Vec<_> = store.delete_stream(all.boxed()).collect().await;
    assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
    integration::stream_get(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_conforms() {
    let world = World::new().await;
    let policy = CommitPolicy::gathered().delay(std::time::Duration::ZERO);
    let url = "hf://datasets/user/data";
    conforms(&world.builder(url).commits(policy).build().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_that_is_committed_to_when_it_is_read_conforms() {
    let world = World::new().await;
    let url = "hf://datasets/user/data";
    let builder = world.builder(url).commits(CommitPolicy::on_flush());
    let store = builder.build().unwrap();
    integration::put_get_delete_list(&store).await;
    integration::list_uses_directories_correctly(&store).await;
    integration::list_with_delimiter(&store).await;
    integration::rename_and_copy(&store).await;
    integration::stream_get(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_conforms() {
    let world = World::new().await;
    conforms(&world.bucket().check_then_write(true).build().unwrap()).await;
}
