//! Files from Xet storage, with HTTP to fall back on.

use std::fs;
use std::path::Path;
use std::time::Duration;

use hf_cache::{BucketFileDownload, DownloadBucketFiles};
use hf_testhub::{Blob, Fault, Lie, Listener, RecordedRequest};
use hf_transport::{Client, ErrorKind, RetryConfig, Timeouts};

#[cfg(unix)]
use crate::processes::{command, outcome};
use crate::support::{LARGE, World, text};

const SIZE: u64 = 20 * LARGE;

fn big() -> Blob {
    Blob::synthetic(5, SIZE)
}

async fn world() -> World {
    let mut world = World::with([("big", big()), ("small", text("small"))]).await;
    world.hub.set_xet(true);
    world.client = client(&world);
    world
}

/// A client that waits shortly between its attempts.
pub(crate) fn client(world: &World) -> Client {
    let retry = RetryConfig::default()
        .with_max_retries(2)
        .with_initial_backoff(Duration::from_millis(1));
    Client::builder()
        .endpoint(world.hub.endpoint())
        .no_token()
        .timeouts(Timeouts::default().with_idle(Duration::from_millis(400)))
        .retry(retry)
        .build()
        .unwrap()
}

pub(crate) fn at(world: &World, listener: Listener) -> usize {
    world.hub.count_requests(|r| r.listener == listener)
}

fn is_right(path: &Path) {
    assert!(fs::read(path).unwrap() == big().to_bytes().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_comes_from_the_store_and_a_small_one_from_the_hub() {
    let world = world().await;
    is_right(&world.get("big").await.unwrap());
    assert!(at(&world, Listener::Cas) >= 1 && at(&world, Listener::Storage) >= 1);
    assert_eq!(at(&world, Listener::Bridge), 0);
    world.hub.clear_requests();
    world.get("small").await.unwrap();
    assert_eq!(at(&world, Listener::Cas), 0);
    assert_eq!(world.hub.leaked_tokens(), Vec::<String>::new());
    world.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_asks_the_hub_for_no_file_of_which_its_list_has_the_hash() {
    let world = world().await;
    let folder = world.get_all().await.unwrap();
    world.assert_snapshot(&folder, "main");
    let of_big =
        |r: &RecordedRequest| r.path.ends_with("/resolve/main/big") || r.path.ends_with("/big");
    assert_eq!(world.hub.count_requests(of_big), 0);
    world.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_goes_on_from_the_byte_reached_when_the_store_fails() {
    let world = world().await;
    // Whatever is asked for first arrives in part; then there is nothing more.
    world.hub.fault(
        Fault::on_any("/xorbs/*")
            .at(Listener::Storage)
            .cut_after(9 * LARGE),
    );
    world.hub.fault(
        Fault::on_any("/xorbs/*")
            .at(Listener::Storage)
            .status(403)
            .always(),
    );
    is_right(&world.get("big").await.unwrap());
    let bridge = world.hub.bytes_sent(Listener::Bridge);
    assert!(
        (1..SIZE - 8 * LARGE).contains(&bridge),
        "{bridge} bytes over HTTP"
    );
    world.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_failure_of_the_store_leaves_the_file_to_http() {
    for fault in [
        Fault::on_any("*/xet-read-token/*").status(404).always(),
        Fault::on_any("*/xet-read-token/*").status(500).always(),
        Fault::on_any("*/reconstructions/*").status(404).always(),
        Fault::on_any("*/reconstructions/*").status(401).always(),
        Fault::on_any("*/reconstructions/*").status(416).always(),
        Fault::lie(Lie::MissingTerm).always(),
        Fault::lie(Lie::UnknownCompression).always(),
        Fault::lie(Lie::WrongChunk).always(),
    ] {
        let world = world().await;
        let shown = format!("{fault:?}");
        world.hub.fault(fault);
        is_right(&world.get("big").await.unwrap());
        assert!(at(&world, Listener::Bridge) >= 1, "{shown}");
        assert_eq!(world.hub.leaked_tokens(), Vec::<String>::new());
        world.assert_sound();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_at_a_strange_address_or_a_strange_refresh_route_gets_nothing() {
    let world = world().await;
    world.hub.xet().set_cas_url(Some("local:///tmp/store"));
    let elsewhere = format!("{}/token", world.hub.storage_endpoint());
    world.hub.xet().set_refresh_route(Some(&elsewhere));
    is_right(&world.get("big").await.unwrap());
    assert_eq!(
        (at(&world, Listener::Cas), at(&world, Listener::Storage)),
        (0, 0)
    );
    assert_eq!(world.hub.leaked_tokens(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_xet_the_bridge_is_used() {
    let world = world().await;
    let mut config = world.client.config().clone();
    config.disable_xet = true;
    let client = hf_transport::Client::builder()
        .config(config)
        .no_token()
        .build()
        .unwrap();
    is_right(&world.download("big").run(&client).await.unwrap());
    assert_eq!(at(&world, Listener::Cas), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_verification_finds_a_hub_whose_two_hashes_differ() {
    let world = world().await;
    // The list says another Xet hash than the one of the content: that of another content of the same size.
    let other = Blob::synthetic(6, SIZE);
    let other_hash = world.hub.add_xet_file(other.clone());
    let own_hash = world.hub.add_xet_file(big());
    let lie = move |body: &mut Vec<u8>| {
        let text = String::from_utf8_lossy(body).replace(&own_hash, &other_hash);
        *body = text.into_bytes();
    };
    let list = || {
        Fault::on_any("/api/models/*/tree/*")
            .rewrite(lie.clone())
            .always()
    };
    let fault = world.hub.fault(list());
    let strict = world.snapshot().strict_verification(true);
    let folder = strict.run(&world.client).await.unwrap();
    // The store's bytes were refused, and HTTP has the right ones.
    is_right(&folder.join("big"));
    assert!(at(&world, Listener::Bridge) >= 1);
    fault.lift();
    world.assert_sound();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_that_was_killed_is_continued_by_the_next_process() {
    let world = world().await;
    // The first part arrives, then nothing: until the process is killed.
    let stalled = world.hub.fault(
        Fault::on_any("/xorbs/*")
            .at(Listener::Storage)
            .stall_after(9 * LARGE)
            .always(),
    );
    let mut child = command(&world)
        .env("HF_HUB_DOWNLOAD_TIMEOUT", "60")
        .spawn()
        .unwrap();
    let there = |world: &World| {
        let partials = world.partials();
        let blocks = |path: &std::path::PathBuf| {
            use std::os::unix::fs::MetadataExt as _;
            fs::metadata(path).map_or(0, |m| m.blocks() * 512)
        };
        partials.iter().map(blocks).max().unwrap_or(0)
    };
    let started = std::time::Instant::now();
    while there(&world) < 8 * LARGE {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "nothing arrives"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    stalled.lift();
    world.hub.clear_requests();
    let before = world.hub.bytes_sent(Listener::Storage);
    let next = tokio::task::block_in_place(|| outcome(&mut command(&world)));
    assert_eq!(next, "done");
    is_right(&world.snapshot_folder().join("big"));
    let sent = world.hub.bytes_sent(Listener::Storage) - before;
    assert!(
        sent < SIZE - 6 * LARGE,
        "{sent} bytes, though most were there"
    );
    world.assert_sound();
}

const BUCKET: &str = "user/bucket";

fn add(world: &World, path: &str, content: &Blob) -> BucketFileDownload {
    let hash = world.hub.add_bucket_file(BUCKET, path, content.clone());
    let local = world.local().join(path);
    BucketFileDownload::new(path, &hash, content.len(), local).unwrap()
}

async fn fetch(world: &World, files: Vec<BucketFileDownload>) -> hf_transport::Result<()> {
    DownloadBucketFiles::new(BUCKET.parse().unwrap())
        .run(&world.client, files)
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_bucket_of_every_size_arrive_and_are_not_fetched_again() {
    let world = World::empty().await;
    world.hub.create_bucket(BUCKET);
    let contents = [
        ("empty", text("")),
        ("small", text("small")),
        ("deep/er/large", big()),
        ("deep/medium", Blob::synthetic(1, 300_000)),
    ];
    let files: Vec<_> = contents
        .iter()
        .map(|(path, c)| add(&world, path, c))
        .collect();
    fetch(&world, files.clone()).await.unwrap();
    for (path, content) in &contents {
        let found = fs::read(world.local().join(path)).unwrap();
        assert!(found == content.to_bytes().unwrap(), "{path}");
    }
    let names = crate::support::files(&world.local());
    assert_eq!(
        names.len(),
        contents.len(),
        "nothing else is left: {:?}",
        names.keys()
    );
    world.hub.clear_requests();
    fetch(&world, files).await.unwrap();
    assert_eq!(world.hub.count_requests(|_| true), 0);
    assert_eq!(world.hub.leaked_tokens(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_wrong_gets_the_name_of_a_bucket_file() {
    let world = World::empty().await;
    world.hub.create_bucket(BUCKET);
    let file = add(&world, "f", &big());
    let small = add(&world, "small", &text("right content"));
    // Both ways are wrong.
    world.hub.fault(Fault::lie(Lie::WrongChunk).always());
    world
        .hub
        .fault(Fault::on_any("/*").at(Listener::Bridge).corrupt(3).always());
    for file in [file, small] {
        let error = fetch(&world, vec![file]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Checksum, "{error}");
    }
    assert!(!world.local().join("f").exists() && !world.local().join("small").exists());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_in_the_place_of_a_bucket_file_is_replaced_and_its_target_kept() {
    let world = World::empty().await;
    world.hub.create_bucket(BUCKET);
    let file = add(&world, "f", &big());
    fs::create_dir_all(world.local()).unwrap();
    let outside = world.local().with_file_name("outside");
    fs::write(&outside, "kept").unwrap();
    std::os::unix::fs::symlink(&outside, world.local().join("f")).unwrap();
    fetch(&world, vec![file]).await.unwrap();
    assert!(!world.local().join("f").is_symlink());
    is_right(&world.local().join("f"));
    assert_eq!(fs::read_to_string(outside).unwrap(), "kept");
}
