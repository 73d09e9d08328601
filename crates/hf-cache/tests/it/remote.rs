//! Reading parts of a file on the Hub.

use hf_cache::{DownloadOptions, OpenRemoteFile, RemoteFile, fetch_range_bounded};
use hf_testhub::{Blob, Fault};
use hf_transport::ErrorKind;
use http::Method;
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, SeekFrom};

use crate::support::{LARGE, REPO, World, text};

pub(crate) async fn open(world: &World, name: &str) -> RemoteFile {
    OpenRemoteFile::new(REPO.parse().unwrap(), name)
        .run(&world.client)
        .await
        .unwrap()
}

#[tokio::test]
async fn parts_of_a_remote_file() {
    let big = Blob::synthetic(9, LARGE * 2);
    let bytes = big.to_bytes().unwrap();
    let world = World::with([("big", big), ("small", text("0123456789"))]).await;
    let mut file = open(&world, "big").await;
    world.commit([("big", Blob::synthetic(10, LARGE))]);
    assert_eq!(file.size(), LARGE * 2);
    assert_eq!(file.read_range(5..1005).await.unwrap(), bytes[5..1005]);
    assert_eq!(
        file.read_range(LARGE * 2 - 3..LARGE * 5).await.unwrap(),
        bytes[bytes.len() - 3..]
    );
    assert!(
        file.read_range(LARGE * 3..LARGE * 4)
            .await
            .unwrap()
            .is_empty()
    );
    let mut all = Vec::new();
    file.read_to_end(&mut all).await.unwrap();
    assert!(all == bytes);
    file.seek(SeekFrom::End(-10)).await.unwrap();
    all.clear();
    file.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, bytes[bytes.len() - 10..]);
    let small = open(&world, "small").await;
    assert_eq!(small.read_range(3..6).await.unwrap(), "345");

    let part = async |range| {
        fetch_range_bounded(
            &world.client,
            "/user/repo/resolve/main/small",
            range,
            &DownloadOptions::new(),
        )
        .await
        .unwrap()
    };
    assert_eq!(part(0..4).await.bytes, "0123");
    assert_eq!(
        (part(6..100).await.bytes, part(6..100).await.size),
        ("6789".into(), Some(10))
    );
    assert!(part(10..12).await.bytes.is_empty());
    world
        .hub
        .fault(Fault::on(Method::GET, "*").ignore_range().always());
    assert_eq!(part(0..4).await.bytes, "0123");
    assert_eq!(part(6..8).await.bytes, "67");
    let err = open(&world, "small")
        .await
        .read_range(3..6)
        .await
        .unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Network);
}

#[tokio::test]
async fn a_stream_begins_anywhere_and_costs_one_request() {
    let big = Blob::synthetic(9, LARGE * 2);
    let bytes = big.to_bytes().unwrap();
    let world = World::with([("big", big)]).await;
    let file = open(&world, "big").await;
    world.requests();
    let body = file.range(LARGE..).await.unwrap();
    let rest = body.collect().await.unwrap().to_bytes();
    assert!(rest == bytes[bytes.len() / 2..]);
    assert_eq!(world.requests().len(), 2, "the Hub, and where it sends us");
    let body = file.range(LARGE * 2..).await.unwrap();
    assert!(body.collect().await.unwrap().to_bytes().is_empty());
    assert_eq!(world.requests(), [""; 0]);
}

#[tokio::test]
async fn a_break_is_an_error_and_reading_goes_on_where_it_was() {
    let big = Blob::synthetic(9, LARGE * 2);
    let bytes = big.to_bytes().unwrap();
    let world = World::with([("big", big)]).await;
    let mut file = open(&world, "big").await;
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").cut_after(300_000));
    let mut got = Vec::new();
    assert!(file.read_to_end(&mut got).await.is_err());
    assert_eq!(got.len(), 300_000);
    file.read_to_end(&mut got).await.unwrap();
    assert!(got == bytes);
    file.seek(SeekFrom::Start(5)).await.unwrap();
    file.seek(SeekFrom::Current(2)).await.unwrap();
    let mut three = [0; 3];
    file.read_exact(&mut three).await.unwrap();
    assert_eq!(three, bytes[7..10]);
    assert!(file.seek(SeekFrom::Current(-100)).await.is_err());
    // A place behind the end is no error, there is nothing to read.
    file.seek(SeekFrom::End(10)).await.unwrap();
    assert_eq!(file.read(&mut three).await.unwrap(), 0);
}

#[tokio::test]
async fn parts_of_two_files_are_never_mixed() {
    let world = World::with([("plain", Blob::synthetic(4, LARGE - 1))]).await;
    let mut file = open(&world, "plain").await;
    let mut first = [0; 100];
    file.read_exact(&mut first).await.unwrap();
    // The content behind the address is another from now on.
    world.hub.fault(
        Fault::on(Method::GET, "/api/resolve-cache/*")
            .etag(&"0".repeat(40))
            .always(),
    );
    file.seek(SeekFrom::Start(500)).await.unwrap();
    let err = file.read(&mut first).await.unwrap_err();
    assert!(err.to_string().contains("another content"), "{err}");
    for err in [
        file.read_range(500..600).await.unwrap_err(),
        file.range(500..).await.unwrap_err(),
    ] {
        assert_eq!(err.kind(), ErrorKind::Checksum, "{err:?}");
    }
}

#[tokio::test]
async fn a_server_without_ranges_is_refused_or_read_from_the_start() {
    let big = Blob::synthetic(9, LARGE);
    let bytes = big.to_bytes().unwrap();
    let world = World::with([("big", big)]).await;
    let mut file = open(&world, "big").await;
    world
        .hub
        .fault(Fault::on(Method::GET, "*").ignore_range().always());
    // The whole is the part that begins at the start.
    let mut all = Vec::new();
    file.read_to_end(&mut all).await.unwrap();
    assert!(all == bytes);
    file.seek(SeekFrom::Start(10)).await.unwrap();
    let err = file.read(&mut [0; 10]).await.unwrap_err();
    assert!(err.to_string().contains("does not send parts"), "{err}");
    assert_eq!(file.read_range(0..10).await.unwrap(), bytes[..10]);
    // Bounded: of a whole file that nobody asked for, the beginning is read and no more.
    world.hub.set_bandwidth(2_000_000);
    let url = "/user/repo/resolve/main/big";
    let options = DownloadOptions::new();
    let part = fetch_range_bounded(&world.client, url, 0..100, &options);
    assert_eq!(part.await.unwrap().bytes, bytes[..100]);
}
