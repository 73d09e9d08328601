//! Parts of files in Xet storage: from there where that costs fewer bytes, and over HTTP otherwise.

use std::sync::Arc;

use hf_cache::{OpenRemoteFile, RemoteFile};
use hf_cas::client::{Access, CasClient, TokenCache, TokenRoute};
use hf_cas::upload::{Upload, UploadSource};
use hf_testhub::{Blob, Fault, Lie, Listener, RecordedRequest};
use hf_transport::Client;
use hf_types::RepoType;
use http_body_util::BodyExt as _;

use crate::remote::open;
use crate::support::{LARGE, REPO, World, text};
use crate::xet::{at, client};

/// 5 MB that compress well.
fn lines() -> String {
    let lines: Vec<_> = (0..200_000)
        .map(|i| format!("line {i} of some text\n"))
        .collect();
    lines.concat()
}

/// A Hub with `lines`, which the store has in the form that clients send, and `random`, which no form makes smaller.
async fn world(lines: &str) -> World {
    let mut world = World::with([("random", Blob::synthetic(5, 5 * LARGE))]).await;
    world.hub.set_xet(true);
    upload(&world, lines).await;
    world.commit([("lines", text(lines))]);
    world.client = client(&world);
    world.hub.clear_requests();
    world
}

async fn upload(world: &World, content: &str) {
    let writer = Client::builder()
        .endpoint(world.hub.endpoint())
        .token(world.hub.token())
        .build()
        .unwrap();
    let (repo, main) = (REPO.parse().unwrap(), "main".parse().unwrap());
    let route = TokenRoute::repo(RepoType::Model, &repo, &main, Access::Write);
    let store = Arc::new(CasClient::new(&writer, &TokenCache::new(), route));
    let bytes: Arc<[u8]> = content.as_bytes().into();
    let length = bytes.len() as u64;
    let source = UploadSource::new("lines", length, move || {
        Ok(Box::new(std::io::Cursor::new(bytes.clone())))
    });
    let files = futures_util::stream::iter([source]);
    Upload::new(store).run(files, |_| Ok(())).await.unwrap();
}

async fn streamed(file: &RemoteFile, from: u64) -> Vec<u8> {
    let body = file.range(from..).await.unwrap();
    body.collect().await.unwrap().to_bytes().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_comes_from_the_store_if_it_is_compressed_there() {
    let lines = lines();
    let world = world(&lines).await;
    let file = open(&world, "lines").await;
    let part = file.read_range(500_000..3_500_000).await.unwrap();
    assert!(part == lines.as_bytes()[500_000..3_500_000]);
    assert!(streamed(&file, 1_000_000).await == lines.as_bytes()[1_000_000..]);
    assert_eq!(at(&world, Listener::Bridge), 0);
    let sent = world.hub.bytes_sent(Listener::Storage);
    assert!(sent < 3_500_000, "{sent} bytes for 6.8 million");
    // Less than what is worth asking for.
    let part = file.read_range(5..1_005).await.unwrap();
    assert!(part == lines.as_bytes()[5..1_005]);
    assert_eq!(at(&world, Listener::Bridge), 1);
    assert_eq!(world.hub.leaked_tokens(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_the_store_cannot_make_smaller_comes_over_http() {
    let world = world(&lines()).await;
    let file = open(&world, "random").await;
    let content = Blob::synthetic(5, 5 * LARGE).to_bytes().unwrap();
    for _ in 0..3 {
        let part = file.read_range(100..2_000_000).await.unwrap();
        assert!(part == content[100..2_000_000]);
    }
    assert!(streamed(&file, 7).await == content[7..]);
    assert_eq!(at(&world, Listener::Storage), 0);
    let asked = |r: &RecordedRequest| r.path.contains("/reconstructions/");
    assert_eq!(world.hub.count_requests(asked), 1, "once for a file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_the_store_does_not_send_comes_over_http_from_the_byte_reached() {
    let lines = lines();
    for fault in [
        Fault::on_any("*/xet-read-token/*").status(404).always(),
        Fault::on_any("*/reconstructions/*").status(500).always(),
        Fault::on_any("/xorbs/*")
            .at(Listener::Storage)
            .status(403)
            .always(),
        Fault::lie(Lie::UnknownCompression).always(),
        Fault::lie(Lie::MissingTerm).always(),
    ] {
        let world = world(&lines).await;
        let file = open(&world, "lines").await;
        let shown = format!("{fault:?}");
        world.hub.fault(fault);
        let part = file.read_range(0..2_000_000).await.unwrap();
        assert!(part == lines.as_bytes()[..2_000_000], "{shown}");
        assert!(
            streamed(&file, 10).await == lines.as_bytes()[10..],
            "{shown}"
        );
        assert!(at(&world, Listener::Bridge) >= 1, "{shown}");
        assert_eq!(world.hub.leaked_tokens(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_xet_all_parts_come_over_http() {
    let lines = lines();
    let world = world(&lines).await;
    let mut config = world.client.config().clone();
    config.disable_xet = true;
    let client = Client::builder().config(config).no_token().build().unwrap();
    let call = OpenRemoteFile::new(REPO.parse().unwrap(), "lines");
    let file = call.run(&client).await.unwrap();
    assert!(streamed(&file, 1).await == lines.as_bytes()[1..]);
    assert_eq!(at(&world, Listener::Cas), 0);
}
