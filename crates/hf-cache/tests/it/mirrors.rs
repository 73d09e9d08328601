//! Mirrors and proxies that are not quite a Hub.

use std::fs;

use hf_cache::{DownloadOptions, fetch_range_bounded, file_exists, get_hf_file_metadata};
use hf_testhub::hostile::{Behavior, EtagForm};
use hf_testhub::{Blob, Fault, Listener, Mimic};
use hf_transport::ErrorKind;
use hf_types::RepoType;
use http::Method;
use serde_json::json;

use crate::support::{LARGE, REPO, World, files, text};

#[tokio::test]
async fn every_request_carries_the_options_and_storage_sees_no_header() {
    let world = World::with([("small", text("s")), ("big", Blob::synthetic(1, LARGE))]).await;
    let options = DownloadOptions::new().header("X-HF-Bill-To", "org");
    let single = world.download("big").options(options.clone());
    single.run(&world.client).await.unwrap();
    single.plan(&world.client).await.unwrap();
    let all = world.snapshot().options(options);
    all.run(&world.client).await.unwrap();
    let requests = world.hub.requests();
    assert!(requests.len() >= 6, "{requests:?}");
    for request in &requests {
        let billed = request.header("x-hf-bill-to") == Some("org");
        let to_storage = request.path.starts_with("/objects/");
        assert_eq!(billed, !to_storage, "{} {}", request.method, request.path);
    }
    let limit = std::time::Duration::from_millis(50);
    world.hub.fault(Fault::on_any("*").stall().always());
    let other = world.download("small").cache_dir(world.local());
    let client = crate::support::client_without_retries(&world.hub);
    let err = other.timeout(limit).run(&client).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::LocalEntryNotFound, "{err:?}");
}

#[tokio::test]
async fn a_server_without_head_does_not_freeze_what_is_cached() {
    for status in [405, 501] {
        let world = World::with([("a", text("old")), ("big", Blob::synthetic(1, LARGE))]).await;
        world.get("a").await.unwrap();
        world.commit([("a", text("new"))]);
        let fault = Fault::on(Method::HEAD, "*").status(status).always();
        world.hub.fault(fault);
        let path = world.get("a").await.unwrap();
        assert_eq!(fs::read(path).unwrap(), b"new", "{status}");
        let options = DownloadOptions::new();
        for (name, size) in [("a", 3), ("big", LARGE)] {
            let url = format!("/{REPO}/resolve/main/{name}");
            let found = get_hf_file_metadata(&world.client, &url, &options).await;
            assert_eq!(found.unwrap().size, Some(size), "{name}");
        }
        let id = REPO.parse().unwrap();
        let (main, name) = ("main".parse().unwrap(), "none".parse().unwrap());
        let kind = RepoType::Model;
        let exists = file_exists(&world.client, kind, &id, &main, &name, &options).await;
        assert!(!exists.unwrap());
    }
}

#[tokio::test]
async fn etags_that_a_mirror_invents_do_not_count_where_the_file_list_knows_better() {
    for form in [
        EtagForm::Parts,
        EtagForm::Weak,
        EtagForm::Fake40,
        EtagForm::Fake64,
        EtagForm::Missing,
    ] {
        let world =
            World::with([("small", text("s")), ("mid", Blob::synthetic(1, LARGE - 1))]).await;
        let behavior = Behavior::new().on("*resolve*").etag(form);
        world.hub.set_behavior(Listener::Hub, behavior);
        let folder = world.get_all().await;
        let folder = folder.unwrap_or_else(|e| panic!("{form:?}: {e:?}"));
        world.assert_snapshot(&folder, "main");
        world.assert_sound();
    }
}

#[tokio::test]
async fn a_size_that_no_file_has_is_an_error_and_nothing_more() {
    for size in [u64::MAX, u64::MAX / 2, 1 << 60] {
        let world = World::with([("good", text("good"))]).await;
        let entry = |path: &str| json!({"type": "file", "path": path, "size": size, "oid": text("x").git_oid()});
        let tree = Fault::on(Method::GET, "/api/models/user/repo/tree/*");
        let tree = tree.inject([entry("huge"), entry("huge too")]).always();
        world.hub.fault(tree);
        let err = world.get_all().await.unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Validation, "{size}: {err:?}");
        let head = Fault::on_any("*resolve*").header("x-linked-size", size.to_string());
        world.hub.fault(head.always());
        assert!(world.get("good").await.is_err(), "{size}");
    }
}

#[tokio::test]
async fn a_plan_leaves_the_disk_as_it_is() {
    let world = World::with([("a", text("a"))]).await;
    let plan = world.download("a").plan(&world.client).await.unwrap();
    assert!(plan.will_download);
    let missing = world.download("missing").plan(&world.client).await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::EntryNotFound);
    assert_eq!(
        world.snapshot().plan(&world.client).await.unwrap().len(),
        world.hub.files(REPO, "main").len()
    );
    let local = world.snapshot().local_dir(world.local());
    local.plan(&world.client).await.unwrap();
    assert!(files(world.cache().parent().unwrap()).is_empty());
    assert!(!world.cache().exists() && !world.local().exists());
}

#[tokio::test]
async fn a_part_that_breaks_off_is_requested_again_and_an_error_names_the_file() {
    let big = Blob::synthetic(9, LARGE);
    let bytes = big.to_bytes().unwrap();
    let world = World::with([("big", big)]).await;
    let options = DownloadOptions::new();
    let url = format!("/{REPO}/resolve/main/big");
    let cut = || Fault::on(Method::GET, "/objects/*").cut_after(50_000);
    world.hub.fault(cut().times(2));
    let part = fetch_range_bounded(&world.client, &url, 0..100_000, &options).await;
    assert!(part.unwrap().bytes == bytes[..100_000]);
    let file = crate::remote::open(&world, "big").await;
    world.hub.fault(cut().times(2));
    let part = file.read_range(1..200_001).await.unwrap();
    assert!(part == bytes[1..200_001]);
    world.hub.fault(cut().always());
    let err = fetch_range_bounded(&world.client, &url, 0..100_000, &options);
    let err = err.await.unwrap_err();
    assert!(err.to_string().contains("resolve/main/big"), "{err}");
}

/// A Hub with the habits of KohakuHub, and a repository of two commits; the first one and its tag `v1`.
async fn kohakuhub(old: &Blob, new: &Blob) -> (World, String) {
    let world = World::empty().await;
    world.hub.mimic(Mimic::KohakuHub);
    world.hub.create_repo(hf_testhub::RepoType::Model, REPO);
    let first = world.commit([("f", old.clone()), ("other", text("o"))]);
    world.hub.create_tag(REPO, "v1", "main");
    world.commit([("f", new.clone())]);
    (world, first)
}

#[tokio::test]
async fn commit_ids_of_64_digits_name_snapshots_and_a_tag_in_their_place_is_resolved() {
    let (world, first) = kohakuhub(&text("old"), &text("new")).await;
    assert_eq!(first.len(), 64);
    for revision in ["main", "v1", &first] {
        let call = world.snapshot().revision(revision.parse().unwrap());
        let folder = call.run(&world.client).await;
        let folder = folder.unwrap_or_else(|e| panic!("{revision}: {e}"));
        world.assert_snapshot(&folder, revision);
        let file = world.download("other").revision(revision.parse().unwrap());
        let path = file.run(&world.client).await.unwrap();
        assert!(path.starts_with(&folder), "{revision}: {}", path.display());
    }
    world.assert_sound();
}

#[tokio::test]
async fn an_old_version_announced_as_the_newest_is_refused_or_kept_under_its_own_hash() {
    for (old, new, symlinks) in [
        (text("old"), text("new"), true),
        (text("old"), text("new"), false),
        (Blob::synthetic(1, LARGE), Blob::synthetic(2, LARGE), true),
        (Blob::synthetic(1, LARGE), Blob::synthetic(2, LARGE), false),
    ] {
        let (mut world, first) = kohakuhub(&old, &new).await;
        if !symlinks {
            world.client = world.without_symlinks();
        }
        let hash = |blob: &Blob| {
            if blob.len() < LARGE {
                blob.git_oid().to_owned()
            } else {
                blob.sha256().to_owned()
            }
        };
        let pinned = || world.download("f").revision(first.parse().unwrap());
        let newest = || world.download("f");
        let bytes = |blob: &Blob| blob.to_bytes().unwrap();

        let err = pinned().run(&world.client).await.unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Checksum, "{err:?}");
        let told = err.to_string();
        assert!(
            told.contains(&hash(&old)) && told.contains(&hash(&new)),
            "{told}"
        );
        assert!(told.contains("verify(false)"), "{told}");

        let path = pinned().verify(false).run(&world.client).await.unwrap();
        assert!(fs::read(path).unwrap() == bytes(&old));
        let path = newest().run(&world.client).await.unwrap();
        assert!(
            fs::read(path).unwrap() == bytes(&new),
            "the newest is not the old one"
        );
        let path = pinned().run(&world.client).await.unwrap();
        assert!(
            fs::read(path).unwrap() == bytes(&old),
            "what is cached of a commit is used"
        );
        world.assert_sound();

        let local = || world.local();
        for (call, content) in [(pinned().verify(false), &old), (newest(), &new)] {
            let path = call.local_dir(local()).run(&world.client).await.unwrap();
            assert!(
                fs::read(path).unwrap() == bytes(content),
                "in a local folder"
            );
        }
    }
}
