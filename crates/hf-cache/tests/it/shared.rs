//! The store of contents that Python shares between repositories: used, never damaged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hf_cache::{get_cached_repo_tree, scan_cache_dir};
use hf_testhub::{Blob, Listener};
use hf_transport::{Client, TokenMode};
use hf_types::{RepoType, Revision};

use crate::support::{LARGE, REPO, World, text};

const OTHER: &str = "user/other";

fn big() -> Blob {
    Blob::synthetic(7, LARGE + 9)
}

/// Two repositories with the same large file, and Python's store with its content.
struct Shared {
    world: World,
    /// The content in the store.
    content: PathBuf,
    manifest: PathBuf,
}

impl Shared {
    async fn new() -> Self {
        let world = World::with([("big", big()), ("small", text("small"))]).await;
        world.hub.set_xet(true);
        world.hub.create_repo(hf_testhub::RepoType::Model, OTHER);
        world.hub.add_file(OTHER, "elsewhere/big", big());
        // What the Hub calls the content in Xet, as the list of files says.
        let call = world
            .snapshot()
            .local_dir(world.local())
            .allow_patterns(["small"]);
        call.run(&world.client).await.unwrap();
        let (_, files) = get_cached_repo_tree(
            world.cache(),
            RepoType::Model,
            &REPO.parse().unwrap(),
            &Revision::default(),
            Some(&world.local()),
        )
        .unwrap();
        let file = files.into_iter().find(|f| f.path == "big").unwrap();
        let hash = file.xet_hash.unwrap();
        let store = world.cache().join("blobs");
        let folder = store.join(&hash[..2]);
        fs::create_dir_all(&folder).unwrap();
        fs::write(store.join(".huggingface-shared-blobs"), "1\n").unwrap();
        let content = folder.join(&hash);
        fs::write(&content, big().to_bytes().unwrap()).unwrap();
        let manifest = folder.join(format!("{hash}.refs"));
        fs::write(&manifest, "").unwrap();
        world.hub.clear_requests();
        Self {
            world,
            content,
            manifest,
        }
    }

    fn blob(&self, repo: &str) -> PathBuf {
        self.world
            .cache()
            .join(repo)
            .join("blobs")
            .join(big().sha256())
    }

    fn fetched(&self) -> usize {
        self.world
            .hub
            .count_requests(|r| matches!(r.listener, Listener::Storage | Listener::Bridge))
    }

    async fn get_other(&self) -> PathBuf {
        let call = self.world.download_from(OTHER, "elsewhere/big");
        call.run(&self.world.client).await.unwrap()
    }

    /// Everything in the store as it is on the disk.
    fn store(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        crate::support::files(&self.world.cache().join("blobs"))
    }
}

fn link(path: &Path) -> String {
    fs::read_link(path).unwrap().to_string_lossy().into_owned()
}

#[tokio::test]
async fn what_another_repository_has_is_linked_and_goes_with_its_last_link() {
    let shared = Shared::new().await;
    let world = &shared.world;
    let folder = world.get_all().await.unwrap();
    let other = shared.get_other().await;
    assert_eq!(shared.fetched(), 0, "the content was there");
    world.assert_snapshot(&folder, "main");
    assert!(fs::read(other).unwrap() == big().to_bytes().unwrap());
    let hash = shared.content.file_name().unwrap().to_string_lossy();
    for repo in ["models--user--repo", "models--user--other"] {
        let blob = shared.blob(repo);
        assert_eq!(
            link(&blob),
            format!("../../blobs/{}/{hash}", &hash[..2]),
            "{repo}"
        );
        let line = format!("{repo}/blobs/{}\n", big().sha256());
        let manifest = fs::read_to_string(&shared.manifest).unwrap();
        assert!(manifest.contains(&line), "{manifest}");
    }
    world.assert_sound();
    let info = scan_cache_dir(world.cache()).unwrap();
    assert!(info.warnings.is_empty(), "{:?}", info.warnings);
    let sum: u64 = info.repos.iter().map(|r| r.size_on_disk).sum();
    assert_eq!(sum - info.size_on_disk, LARGE + 9, "counted once");
    // The first that goes frees nothing of it, the last all.
    let commits: Vec<_> = [REPO, OTHER]
        .map(|id| world.hub.resolve(id, "main").unwrap())
        .into();
    let first = info.delete_revisions([&commits[0]]);
    assert!(first.expected_freed_size < LARGE);
    assert!(first.execute().skipped.is_empty());
    assert!(shared.content.is_file());
    assert!(fs::read(shared.blob("models--user--other")).unwrap().len() > 9);
    let info = scan_cache_dir(world.cache()).unwrap();
    let last = info.delete_revisions([&commits[1]]);
    assert!(last.expected_freed_size > LARGE);
    last.execute();
    assert!(!shared.content.exists() && !shared.manifest.exists());
}

#[tokio::test]
async fn what_is_not_as_it_should_be_is_neither_used_nor_touched() {
    type Break = fn(&Shared);
    let broken: [(&str, Break); 3] = [
        ("another layout", |s| {
            let marker = s.world.cache().join("blobs/.huggingface-shared-blobs");
            fs::write(marker, "2\n").unwrap();
        }),
        ("no store of Python's", |s| {
            let marker = s.world.cache().join("blobs/.huggingface-shared-blobs");
            fs::remove_file(marker).unwrap();
        }),
        ("a manifest that leads elsewhere", |s| {
            fs::remove_file(&s.manifest).unwrap();
            let elsewhere = s.world.local().join("manifest");
            fs::write(&elsewhere, "mine").unwrap();
            std::os::unix::fs::symlink(elsewhere, &s.manifest).unwrap();
        }),
    ];
    for (name, spoil) in broken {
        let shared = Shared::new().await;
        spoil(&shared);
        let before = shared.store();
        let folder = shared.world.get_all().await.unwrap();
        shared.world.assert_snapshot(&folder, "main");
        assert_eq!(shared.fetched(), 1, "{name}");
        let blob = shared.blob("models--user--repo");
        assert!(!fs::symlink_metadata(&blob).unwrap().is_symlink(), "{name}");
        let mut after = shared.store();
        after.retain(|path, _| path.extension().is_none_or(|e| e != "lock"));
        assert!(after == before, "{name}");
    }
}

#[tokio::test]
async fn what_is_no_content_is_replaced_and_not_written_to() {
    type Break = fn(&Shared);
    let broken: [(&str, Break); 2] = [
        ("another size", |s| fs::write(&s.content, "short").unwrap()),
        ("a link", |s| {
            let elsewhere = s.world.local().join("elsewhere");
            fs::write(&elsewhere, "mine").unwrap();
            fs::remove_file(&s.content).unwrap();
            std::os::unix::fs::symlink(elsewhere, &s.content).unwrap();
        }),
    ];
    for (name, spoil) in broken {
        let shared = Shared::new().await;
        spoil(&shared);
        let folder = shared.world.get_all().await.unwrap();
        shared.world.assert_snapshot(&folder, "main");
        assert_eq!(shared.fetched(), 1, "{name}");
        let meta = fs::symlink_metadata(&shared.content).unwrap();
        assert!(meta.is_file() && meta.len() == LARGE + 9, "{name}");
        shared.get_other().await;
        assert_eq!(shared.fetched(), 1, "{name}");
        let elsewhere = fs::read_to_string(shared.world.local().join("elsewhere"));
        assert!(elsewhere.is_err() || elsewhere.unwrap() == "mine");
    }
}

/// Two repositories with the same large file, and an empty cache.
async fn world() -> World {
    let world = World::with([("big", big()), ("small", text("small"))]).await;
    world.hub.set_xet(true);
    world.hub.create_repo(hf_testhub::RepoType::Model, OTHER);
    world.hub.add_file(OTHER, "elsewhere/big", big());
    world.hub.clear_requests();
    world
}

fn blob_of(world: &World, repo: &str) -> PathBuf {
    world.cache().join(repo).join("blobs").join(big().sha256())
}

#[tokio::test]
async fn what_came_by_xet_serves_other_repositories_from_then_on() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world().await;
    world.get_all().await.unwrap();
    let repo = "models--user--repo";
    let target = link(&blob_of(&world, repo));
    let hash = target.rsplit('/').next().unwrap();
    assert_eq!(target, format!("../../blobs/{}/{hash}", &hash[..2]));
    let store = world.cache().join("blobs");
    let marker = fs::read_to_string(store.join(".huggingface-shared-blobs"));
    assert_eq!(marker.unwrap(), "1\n");
    let content = store.join(&hash[..2]).join(hash);
    let mode = fs::metadata(&content).unwrap().permissions().mode();
    assert_eq!(mode & 0o7333, 0, "{mode:o}: nobody can write to it");
    let manifest = fs::read_to_string(content.with_file_name(format!("{hash}.refs")));
    assert_eq!(
        manifest.unwrap(),
        format!("{repo}/blobs/{}\n", big().sha256())
    );
    world.hub.clear_requests();
    let call = world.download_from(OTHER, "elsewhere/big");
    let other = call.run(&world.client).await.unwrap();
    assert!(fs::read(other).unwrap() == big().to_bytes().unwrap());
    let fetched = |r: &hf_testhub::RecordedRequest| {
        matches!(r.listener, Listener::Storage | Listener::Bridge)
    };
    assert_eq!(world.hub.count_requests(fetched), 0);
    world.assert_sound();
    let info = scan_cache_dir(world.cache()).unwrap();
    assert!(info.warnings.is_empty(), "{:?}", info.warnings);
    let commits = [REPO, OTHER].map(|id| world.hub.resolve(id, "main").unwrap());
    let deletion = info.delete_revisions(&commits);
    assert!(deletion.expected_freed_size > LARGE);
    deletion.execute();
    assert!(!content.exists(), "it goes with its last link");
}

#[tokio::test]
async fn what_came_over_http_is_not_shared() {
    let world = world().await;
    let fault = hf_testhub::Fault::on_any("*/reconstructions/*");
    world.hub.fault(fault.status(404).always());
    world.get("big").await.unwrap();
    let blob = blob_of(&world, "models--user--repo");
    assert!(fs::symlink_metadata(blob).unwrap().is_file());
    assert!(!world.cache().join("blobs").exists());
}

#[tokio::test]
async fn where_the_store_cannot_be_contents_are_not_shared() {
    type Prepare = fn(&World);
    let prepared: [(&str, Prepare); 4] = [
        ("a folder of something else", |w| {
            fs::create_dir_all(w.cache().join("blobs/mine")).unwrap();
        }),
        ("a file", |w| {
            fs::create_dir_all(w.cache()).unwrap();
            fs::write(w.cache().join("blobs"), "mine").unwrap();
        }),
        ("a link", |w| {
            fs::create_dir_all(w.cache()).unwrap();
            fs::create_dir_all(w.local()).unwrap();
            std::os::unix::fs::symlink(w.local(), w.cache().join("blobs")).unwrap();
        }),
        ("a repository elsewhere", |w| {
            fs::create_dir_all(w.cache()).unwrap();
            fs::create_dir_all(w.local().join("deep/er")).unwrap();
            std::os::unix::fs::symlink(w.local().join("deep/er"), w.repo_folder()).unwrap();
        }),
    ];
    for (name, prepare) in prepared {
        let world = world().await;
        prepare(&world);
        let folder = world.get_all().await.unwrap();
        world.assert_snapshot(&folder, "main");
        let blob = blob_of(&world, "models--user--repo");
        assert!(fs::symlink_metadata(blob).unwrap().is_file(), "{name}");
        if name == "a link" {
            assert_eq!(fs::read_dir(world.local()).unwrap().count(), 0);
        }
    }
}

#[tokio::test]
async fn a_forced_download_does_not_write_through_the_link() {
    let shared = Shared::new().await;
    shared.world.get("big").await.unwrap();
    assert_eq!(shared.fetched(), 0);
    fs::write(&shared.content, "what others see").unwrap();
    let open = fs::File::open(&shared.content).unwrap();
    let call = shared.world.download("big").force_download(true);
    let path = call.run(&shared.world.client).await.unwrap();
    assert!(fs::read(path).unwrap() == big().to_bytes().unwrap());
    // It takes the place of what was wrong, and whoever has that open keeps it.
    assert!(fs::read(&shared.content).unwrap() == big().to_bytes().unwrap());
    assert_eq!(std::io::read_to_string(open).unwrap(), "what others see");
}

#[tokio::test]
async fn a_damaged_content_is_found_and_repaired_for_all() {
    let shared = Shared::new().await;
    let world = &shared.world;
    world.get("big").await.unwrap();
    let mut damaged = big().to_bytes().unwrap().to_vec();
    damaged[77] ^= 1;
    fs::write(&shared.content, &damaged).unwrap();
    let info = scan_cache_dir(world.cache()).unwrap();
    let report = info
        .verify_and_repair(&world.client, TokenMode::Default)
        .await
        .unwrap();
    assert_eq!(report.corrupted.len(), 1);
    assert_eq!(shared.fetched(), 1);
    world.assert_sound();
    assert!(fs::read(&shared.content).unwrap() == big().to_bytes().unwrap());
}

#[tokio::test]
async fn whoever_wants_none_of_it_gets_contents_of_its_own() {
    let shared = Shared::new().await;
    let config = hf_transport::Config::from_lookup(|name| match name {
        "HF_HOME" => Some("/nowhere"),
        "HF_HUB_DISABLE_SHARED_BLOBS" => Some("1"),
        _ => None,
    });
    let client = Client::builder()
        .config(config.unwrap())
        .endpoint(shared.world.hub.endpoint())
        .no_token()
        .build()
        .unwrap();
    shared.world.snapshot().run(&client).await.unwrap();
    assert_eq!(shared.fetched(), 1);
    assert_eq!(fs::read_to_string(&shared.manifest).unwrap(), "");
}
