//! One file: `hf_hub_download` and what goes with it.

use std::fs;

use hf_cache::{CachedFile, DownloadOptions, file_exists, get_hf_file_metadata, hf_hub_url};
use hf_testhub::{Blob, Fault, Gated, Role};
use hf_transport::{Client, ErrorKind};
use hf_types::{RepoType, Revision};
use http::Method;

use crate::support::{LARGE, REPO, World, text};

#[tokio::test]
async fn a_file_lands_in_the_layout_of_python() {
    let world = World::with([("config.json", text("{}")), ("sub/dir/a.txt", text("deep"))]).await;
    let commit = world.hub.resolve(REPO, "main").unwrap();
    let path = world.get("sub/dir/a.txt").await.unwrap();
    assert_eq!(
        path,
        world
            .repo_folder()
            .join("snapshots")
            .join(&commit)
            .join("sub/dir/a.txt")
    );
    assert_eq!(fs::read(&path).unwrap(), b"deep");
    let oid = text("deep").git_oid().to_owned();
    #[cfg(unix)]
    assert_eq!(
        fs::read_link(&path).unwrap().to_string_lossy(),
        format!("../../../../blobs/{oid}")
    );
    assert_eq!(
        fs::read_to_string(world.repo_folder().join("refs/main")).unwrap(),
        commit
    );
    assert!(
        fs::read_to_string(world.cache().join("CACHEDIR.TAG"))
            .unwrap()
            .starts_with("Signature: 8a477f597d28d172")
    );
    assert!(
        world
            .cache()
            .join(".locks/models--user--repo")
            .join(format!("{oid}.lock"))
            .exists()
    );
    world.assert_sound();
}

#[tokio::test]
async fn large_files_are_named_by_sha256_and_come_without_the_token() {
    let big = Blob::synthetic(3, LARGE + 5);
    let world = World::with([("big.bin", big.clone())]).await;
    let client = Client::builder()
        .endpoint(world.hub.endpoint())
        .token(world.hub.token())
        .build()
        .unwrap();
    let path = world.download("big.bin").run(&client).await.unwrap();
    assert_eq!(fs::read(&path).unwrap(), big.to_bytes().unwrap());
    assert!(
        world
            .repo_folder()
            .join("blobs")
            .join(big.sha256())
            .is_file()
    );
    assert_eq!(world.hub.tokens_seen_by_storage(), 0);
    world.assert_sound();
}

#[tokio::test]
async fn subfolders_types_and_revisions() {
    let world = World::empty().await;
    let data = world
        .hub
        .create_repo(hf_testhub::RepoType::Dataset, "org-less/data");
    world.hub.add_file(&data, "train/a.csv", "1");
    let first = world.hub.resolve(&data, "main").unwrap();
    world.hub.create_branch(&data, "feature/x", "main");
    world.hub.create_tag(&data, "v1", "main");
    world.hub.add_file(&data, "train/a.csv", "2");
    let mut call = world
        .download_from("org-less/data", "a.csv")
        .repo_type(RepoType::Dataset)
        .subfolder("train");
    for (revision, expected) in [
        ("main", "2"),
        ("feature/x", "1"),
        ("v1", "1"),
        (&first, "1"),
        (&first[..10], "1"),
    ] {
        call = call.revision(revision.parse().unwrap());
        let path = call.run(&world.client).await.unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), expected, "{revision}");
    }
    let folder = world.cache().join("datasets--org-less--data");
    assert_eq!(
        fs::read_to_string(folder.join("refs/feature/x")).unwrap(),
        first
    );
}

#[tokio::test]
async fn what_does_not_exist_is_reported_and_remembered() {
    let world = World::with([("a", text("a"))]).await;
    let commit = world.hub.resolve(REPO, "main").unwrap();
    let kind = |e: hf_transport::Error| e.kind();
    assert_eq!(
        world.get("missing").await.map_err(kind),
        Err(ErrorKind::EntryNotFound)
    );
    let mut call = world.download("missing").revision(commit.parse().unwrap());
    assert_eq!(
        call.run(&world.client).await.map_err(kind),
        Err(ErrorKind::EntryNotFound)
    );
    assert!(
        world
            .repo_folder()
            .join(".no_exist")
            .join(&commit)
            .join("missing")
            .is_file()
    );
    let found = hf_cache::try_to_load_from_cache(
        world.cache(),
        RepoType::Model,
        &REPO.parse().unwrap(),
        &commit.parse().unwrap(),
        &"missing".parse().unwrap(),
    );
    assert_eq!(found, CachedFile::KnownMissing);
    call = call.revision("nowhere".parse().unwrap());
    assert_eq!(
        call.run(&world.client).await.map_err(kind),
        Err(ErrorKind::RevisionNotFound)
    );
    call = world.download_from("user/nothing", "missing");
    assert_eq!(
        call.run(&world.client).await.map_err(kind),
        Err(ErrorKind::RepositoryNotFound)
    );
    for bad in ["../x", "/etc/passwd", "a/../b", "a//b", ""] {
        assert_eq!(
            world.get(bad).await.map_err(kind),
            Err(ErrorKind::Validation),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn a_new_version_replaces_the_ref_and_keeps_the_old_snapshot() {
    let world = World::with([("a", text("one")), ("same", text("same"))]).await;
    let old = world.get("a").await.unwrap();
    world.get("same").await.unwrap();
    world.commit([("a", text("two"))]);
    let new = world.get("a").await.unwrap();
    assert_eq!(
        (fs::read(&old).unwrap(), fs::read(&new).unwrap()),
        (b"one".to_vec(), b"two".to_vec())
    );
    let before = world
        .repo_folder()
        .join("blobs")
        .read_dir()
        .unwrap()
        .count();
    assert_eq!(fs::read(world.get("same").await.unwrap()).unwrap(), b"same");
    assert_eq!(
        world
            .repo_folder()
            .join("blobs")
            .read_dir()
            .unwrap()
            .count(),
        before
    );
    world.assert_sound();
}

#[tokio::test]
async fn without_the_hub_the_cached_file_is_used() {
    let world = World::with([("a", text("a"))]).await;
    let cached = world.get("a").await.unwrap();
    for fault in [
        Fault::on_any("*").status(500).always(),
        Fault::on_any("*").reset().always(),
        Fault::on_any("*").status(401).always(),
    ] {
        let fault = world.hub.fault(fault);
        assert_eq!(world.get("a").await.unwrap(), cached);
        fault.lift();
    }
    let mut call = world.download("a").local_files_only(true);
    assert_eq!(call.run(&world.client).await.unwrap(), cached);
    call = world.download("b").local_files_only(true);
    let err = call.run(&world.client).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::LocalEntryNotFound);
    let offline = Client::builder()
        .endpoint(world.hub.endpoint())
        .no_token()
        .offline(true)
        .build()
        .unwrap();
    world.hub.clear_requests();
    assert_eq!(world.download("a").run(&offline).await.unwrap(), cached);
    let err = world.download("b").run(&offline).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::LocalEntryNotFound);
    let call = world.download("a").force_download(true);
    assert_eq!(
        call.run(&offline).await.unwrap_err().kind(),
        ErrorKind::Validation
    );
    assert_eq!(world.requests(), [""; 0]);
}

#[tokio::test]
async fn force_fetches_again_and_dry_run_fetches_nothing() {
    let world = World::with([("a", text("a"))]).await;
    let mut call = world.download("a");
    let info = call.plan(&world.client).await.unwrap();
    assert_eq!(
        (info.file_size, info.is_cached, info.will_download),
        (Some(1), false, true)
    );
    assert!(!world.cache().exists());
    let path = world.get("a").await.unwrap();
    let info = call.plan(&world.client).await.unwrap();
    assert_eq!(
        (info.is_cached, info.will_download, info.local_path),
        (true, false, path.clone())
    );
    let blob = fs::canonicalize(&path).unwrap();
    fs::write(&blob, "X").unwrap();
    call = call.force_download(true);
    assert_eq!(
        fs::read(call.run(&world.client).await.unwrap()).unwrap(),
        b"a"
    );
    world.assert_sound();
}

#[tokio::test]
async fn without_symlinks_files_get_a_second_name() {
    let world = World::with([("d/a", text("a")), ("b", text("a"))]).await;
    let config = hf_transport::Config::from_lookup(|name| match name {
        "HF_HOME" => Some("/nowhere"),
        "HF_HUB_DISABLE_SYMLINKS" => Some("1"),
        _ => None,
    });
    let client = Client::builder()
        .config(config.unwrap())
        .endpoint(world.hub.endpoint())
        .no_token()
        .build()
        .unwrap();
    for name in ["d/a", "b"] {
        let path = world.download(name).run(&client).await.unwrap();
        assert!(!fs::symlink_metadata(&path).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"a");
        #[cfg(unix)]
        assert!(std::os::unix::fs::MetadataExt::nlink(&fs::metadata(&path).unwrap()) >= 2);
    }
    world.assert_sound();
    // A changed content is a new name's, not written through the old one.
    let old = world.get("b").await.unwrap();
    world.commit([("b", text("b"))]);
    let new = world.download("b").run(&client).await.unwrap();
    assert_eq!(
        (fs::read(old).unwrap(), fs::read(new).unwrap()),
        (b"a".to_vec(), b"b".to_vec())
    );
    world.assert_sound();
}

#[tokio::test]
async fn metadata_urls_and_existence() {
    let big = Blob::synthetic(1, LARGE);
    let world = World::with([("big", big.clone()), ("dir/ü x", text("small"))]).await;
    world.hub.set_xet(true);
    let id = REPO.parse().unwrap();
    let main = Revision::default();
    let url = |file: &str| {
        hf_hub_url(
            world.client.endpoint(),
            RepoType::Model,
            &id,
            &main,
            &file.parse().unwrap(),
        )
    };
    let meta = get_hf_file_metadata(&world.client, &url("big"), &DownloadOptions::new())
        .await
        .unwrap();
    assert_eq!(meta.etag.unwrap(), *big.sha256());
    assert_eq!(meta.size, Some(LARGE));
    assert_eq!(
        meta.commit_hash.unwrap(),
        *world.hub.resolve(REPO, "main").unwrap()
    );
    assert!(meta.location.starts_with(&world.hub.bridge_endpoint()));
    let route = meta.xet_file_data.unwrap().refresh_route;
    assert!(
        route.starts_with(&format!(
            "{}/api/models/user/repo/xet-read-token/",
            world.hub.endpoint()
        )),
        "{route}"
    );
    let meta = get_hf_file_metadata(&world.client, &url("dir/ü x"), &DownloadOptions::new())
        .await
        .unwrap();
    assert_eq!(
        (meta.etag.unwrap().as_str(), meta.size),
        (text("small").git_oid(), Some(5))
    );
    let exists = async |id: &str, revision: &str, file: &str| {
        let (id, revision, file) = (
            id.parse().unwrap(),
            revision.parse().unwrap(),
            file.parse().unwrap(),
        );
        file_exists(
            &world.client,
            RepoType::Model,
            &id,
            &revision,
            &file,
            &DownloadOptions::new(),
        )
        .await
    };
    assert!(exists(REPO, "main", "big").await.unwrap());
    assert!(!exists(REPO, "main", "other").await.unwrap());
    assert!(!exists(REPO, "nowhere", "big").await.unwrap());
    assert!(!exists("user/nothing", "main", "big").await.unwrap());
    world.hub.fault(Fault::on(Method::HEAD, "*").status(403));
    assert!(exists(REPO, "main", "big").await.is_err());
}

#[tokio::test]
async fn a_gated_repository_says_so_to_those_without_access_and_opens_once_they_have_it() {
    for (name, content) in [("small", text("s")), ("large", Blob::synthetic(1, LARGE))] {
        let world = World::with([(name, content)]).await;
        world.hub.set_gated(REPO, Gated::Manual);
        let token = world.hub.create_user("reader", Role::Read);
        let reader = Client::builder()
            .endpoint(world.hub.endpoint())
            .token(token)
            .build()
            .unwrap();
        let local = || world.snapshot().local_dir(world.local());
        for refused in [
            world.download(name).run(&reader).await,
            world.snapshot().run(&reader).await,
            local().run(&reader).await,
        ] {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::GatedRepo, "{name}: {error}");
        }
        world.hub.grant_access(REPO, "reader");
        let folder = world.snapshot().run(&reader).await.unwrap();
        world.assert_snapshot(&folder, "main");
        local().run(&reader).await.unwrap();
        world.assert_snapshot(&world.local(), "main");
        world.assert_sound();
    }
}
