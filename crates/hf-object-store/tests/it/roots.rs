//! Many repositories behind one store, and stores by URL.

use futures_util::{StreamExt as _, TryStreamExt as _};
use hf_object_store::{HubRegistry, HubStoreBuilder};
use object_store::memory::InMemory;
use object_store::registry::ObjectStoreRegistry as _;
use object_store::{Error, ObjectStore as _, ObjectStoreExt as _};
use std::sync::Arc;
use url::Url;

use crate::support::{BUCKET, World, path, text};

#[tokio::test]
async fn the_root_of_datasets_has_the_files_of_each_of_them() {
    let world = World::with([("x/a.txt", text("main"))]).await;
    world
        .hub
        .create_branch(world.repo(), "refs/convert/parquet", "main");
    world.commit([("x/a.txt", text("newer"))]);
    let client = world.client(Some(world.hub.token()));
    let root = HubStoreBuilder::new()
        .client(client)
        .build_root("hf://datasets")
        .unwrap();
    for (name, content) in [
        ("user/data/x/a.txt", "newer"),
        ("user/data@refs/convert/parquet/x/a.txt", "main"),
    ] {
        let found = root.get(&path(name)).await.unwrap();
        assert_eq!(found.meta.location, path(name));
        assert_eq!(found.bytes().await.unwrap(), content);
        let folder = name.rsplit_once("/a.txt").unwrap().0;
        let listed: Vec<_> = root.list(Some(&path(folder))).try_collect().await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].location, path(name));
        let parent = folder.rsplit_once('/').unwrap().0;
        let listed = root.list_with_delimiter(Some(&path(parent))).await.unwrap();
        assert_eq!(listed.common_prefixes, [path(folder)]);
    }
    root.put(&path("user/data/y"), "y".into()).await.unwrap();
    root.rename(&path("user/data/y"), &path("user/data/z"))
        .await
        .unwrap();
    assert_eq!(world.hub.read(world.repo(), "main", "z").unwrap(), "y");
    root.delete(&path("user/data/z")).await.unwrap();
    let elsewhere = root
        .copy(&path("user/data/x/a.txt"), &path("user/other/a"))
        .await;
    assert!(matches!(elsewhere, Err(Error::NotSupported { .. })));
    let all: Vec<_> = root.list(None).collect().await;
    assert!(matches!(all[..], [Err(Error::NotSupported { .. })]));
}

#[tokio::test]
async fn a_registry_opens_hub_urls_and_leaves_others_alone() {
    let world = World::with([("a.txt", text("x"))]).await;
    world.hub.add_bucket_file(BUCKET, "b.txt", text("y"));
    let client = world.client(Some(world.hub.token()));
    let registry = HubRegistry::new(HubStoreBuilder::new().client(client)).unwrap();
    for (url, content) in [
        ("hf://datasets/user/data/a.txt", "x"),
        ("hf://buckets/user/bucket/b.txt", "y"),
    ] {
        let (store, path) = registry.resolve(&Url::parse(url).unwrap()).unwrap();
        let bytes = store.get(&path).await.unwrap().bytes().await.unwrap();
        assert_eq!(bytes, content);
    }
    let memory = Url::parse("memory:///a").unwrap();
    registry.register(memory.clone(), Arc::new(InMemory::new()));
    assert!(registry.resolve(&memory).is_ok());
    let wrong = Url::parse("hf://datasets/only-one").unwrap();
    assert!(registry.resolve(&wrong).is_err());
}

#[test]
fn a_root_or_an_option_of_another_form_is_refused() {
    for root in ["hf://datasets/user/data", "s3://x", "hf://", "datasets"] {
        let error = HubStoreBuilder::new().build_root(root).unwrap_err();
        assert!(error.to_string().contains("hf://datasets"), "{error}");
    }
    let builder = HubStoreBuilder::new;
    assert!(builder().option("HF_TOKEN", "hf_x").is_ok());
    assert!(builder().option("commits", "per_object").is_ok());
    assert!(builder().option("commits", "sometimes").is_err());
    assert!(matches!(
        builder().option("colour", "blue"),
        Err(Error::UnknownConfigurationKey { .. })
    ));
    assert!(builder().build().is_err());
    let debug = format!("{:?}", builder().token("hf_secret"));
    assert!(!debug.contains("secret"), "{debug}");
}
