//! Storages that are slow, strict or broken: right bytes or a clear error, within bounded requests and bytes.

use std::fs;
use std::time::Duration;

use hf_testhub::{Blob, Listener};
use hf_transport::{Error, ErrorKind};

use crate::storage::{Reply, Seen, Storage};
use crate::support::World;

const MIB: u64 = 1024 * 1024;

async fn world(content: &Blob) -> World {
    World::with([("big", content.clone())]).await
}

fn right(world: &World, path: &std::path::Path, content: &Blob) {
    assert!(fs::read(path).unwrap() == content.to_bytes().unwrap());
    world.assert_sound();
    assert!(world.partials().is_empty());
}

/// Leaves a partial of `name` as a killed download would: the first bytes of the content.
fn leave_partial(world: &World, content: &Blob, bytes: usize) {
    let blobs = world.repo_folder().join("blobs");
    fs::create_dir_all(&blobs).unwrap();
    let partial = blobs.join(format!("{}.0123456789abcdef.incomplete", content.sha256()));
    fs::write(partial, &content.to_bytes().unwrap()[..bytes]).unwrap();
}

#[tokio::test]
async fn a_server_that_stops_half_way_and_has_no_ranges_is_given_up() {
    let size = 12 * MIB;
    let content = Blob::synthetic(1, size);
    let half = 6 * MIB;
    let ranges: [Reply; 5] = [
        Reply::Cut(half),
        Reply::Status(416),
        Reply::Status(500),
        Reply::PartFromStart,
        Reply::PartWithoutRange,
    ];
    for reply in ranges {
        let world = world(&content).await;
        let storage = Storage::start(&content, move |seen| match seen.range {
            None => Reply::Cut(half),
            Some(_) if reply == Reply::PartFromStart => reply,
            Some(_) => reply,
        })
        .await;
        world.store_elsewhere("big", &content, &storage);
        let client = crate::support::client_without_retries(&world.hub);
        let err = world.download("big").run(&client).await.unwrap_err();
        assert!(
            matches!(
                err.kind(),
                ErrorKind::Network | ErrorKind::LocalEntryNotFound
            ),
            "{reply:?}: {err:?}"
        );
        let requests = storage.requests().len();
        assert!(requests <= 30, "{reply:?}: {requests} requests");
        assert!(storage.sent() <= 5 * size, "{reply:?}: {}", storage.sent());
        world.assert_sound();
    }
}

/// A behaviour that serves whole files, and deals with ranges as it pleases.
type Strict = (&'static str, fn(Seen) -> Reply);

#[tokio::test]
async fn a_helper_that_is_refused_leaves_the_main_connection_alone() {
    let content = Blob::synthetic(2, 40 * MIB);
    let servers: [Strict; 9] = [
        ("403", |seen| {
            seen.range.map_or(Reply::Right, |_| Reply::Status(403))
        }),
        ("501", |seen| {
            seen.range.map_or(Reply::Right, |_| Reply::Status(501))
        }),
        ("416", |seen| {
            seen.range.map_or(Reply::Right, |_| Reply::Status(416))
        }),
        ("no Content-Range", |seen| {
            seen.range.map_or(Reply::Right, |_| Reply::PartWithoutRange)
        }),
        ("from the start", |seen| {
            seen.range.map_or(Reply::Right, |_| Reply::PartFromStart)
        }),
        ("whole", |_| Reply::Whole),
        ("one connection, 503", |seen| match seen.open {
            0 => Reply::Right,
            _ => Reply::Status(503),
        }),
        ("one connection, 429", |seen| match seen.open {
            0 => Reply::Right,
            _ => Reply::Status(429),
        }),
        ("one connection, closed", |seen| match seen.open {
            0 => Reply::Right,
            _ => Reply::Close,
        }),
    ];
    for (name, behaviour) in servers {
        let world = world(&content).await;
        let storage = Storage::start(&content, behaviour).await;
        storage.set_bandwidth(40 * MIB);
        world.store_elsewhere("big", &content, &storage);
        let path = world.get("big").await;
        let path = path.unwrap_or_else(|e: Error| panic!("{name}: {e:?}"));
        right(&world, &path, &content);
        let requests = storage.requests();
        assert!(requests.len() > 1, "{name}: no helper was tried");
        assert!(requests.len() <= 20, "{name}: {} requests", requests.len());
        assert!(
            storage.sent() <= 60 * MIB,
            "{name}: {} bytes",
            storage.sent()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_gets_more_connections_where_each_is_slow() {
    let content = Blob::synthetic(7, 400 * MIB);
    let world = world(&content).await;
    world.hub.set_bandwidth(MIB);
    let call = world.download("big");
    let mut download = std::pin::pin!(call.run(&world.client));
    // It would take half a minute with 16 connections, and nothing is known of the last ones.
    let grown = async {
        while world.hub.most_in_flight(Listener::Storage) < 16 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        ended = &mut download => panic!("it never had more than 8: {ended:?}"),
        grown = tokio::time::timeout(Duration::from_secs(20), grown) => grown.expect("it has 8"),
    }
}

#[tokio::test]
async fn ranges_with_wrong_bytes_do_not_spoil_a_file_that_one_response_has_right() {
    let content = Blob::synthetic(2, 40 * MIB);
    let world = world(&content).await;
    let storage = Storage::start(&content, |seen| match seen.range {
        None => Reply::Right,
        Some(_) => Reply::OtherBytes,
    })
    .await;
    storage.set_bandwidth(40 * MIB);
    world.store_elsewhere("big", &content, &storage);
    let path = world.get("big").await.unwrap();
    right(&world, &path, &content);
    assert!(storage.sent() <= 90 * MIB, "{}", storage.sent());
}

#[tokio::test]
async fn helpers_that_break_off_are_replaced_and_nothing_is_lost() {
    let content = Blob::synthetic(3, 70 * MIB);
    let world = world(&content).await;
    // Each range breaks off after half a piece, each third one is refused.
    let storage = Storage::start(&content, |seen| match seen.range {
        None => Reply::Right,
        Some(_) if seen.number % 3 == 0 => Reply::Status(503),
        Some(_) => Reply::RightCut(8 * MIB),
    })
    .await;
    storage.set_bandwidth(20 * MIB);
    world.store_elsewhere("big", &content, &storage);
    let path = world.get("big").await.unwrap();
    right(&world, &path, &content);
    assert!(storage.sent() <= 90 * MIB, "{}", storage.sent());
}

#[tokio::test]
async fn what_a_killed_run_left_does_not_make_every_later_one_fail() {
    let content = Blob::synthetic(4, 5 * MIB);
    for status in [400, 403, 405, 416, 500, 501] {
        let world = world(&content).await;
        leave_partial(&world, &content, 3 << 20);
        let storage = Storage::start(&content, move |seen| {
            seen.range.map_or(Reply::Right, |_| Reply::Status(status))
        })
        .await;
        world.store_elsewhere("big", &content, &storage);
        let client = crate::support::client_without_retries(&world.hub);
        let path = world.download("big").run(&client).await;
        let path = path.unwrap_or_else(|e| panic!("{status}: {e:?}"));
        right(&world, &path, &content);
        assert!(storage.requests()[0].range.is_some(), "it was not resumed");
        assert_eq!(storage.sent(), 5 * MIB, "{status}: once from the start");
    }
    // A server that is out of order for a moment says nothing about ranges: what is there is kept.
    let world = world(&content).await;
    leave_partial(&world, &content, 3 << 20);
    let storage = Storage::start(&content, |_| Reply::Status(503)).await;
    world.store_elsewhere("big", &content, &storage);
    let client = crate::support::client_without_retries(&world.hub);
    assert!(world.download("big").run(&client).await.is_err());
    let kept = fs::metadata(&world.partials()[0]).unwrap().len();
    assert_eq!(kept, 3 * MIB);
}

#[tokio::test]
async fn a_file_that_is_served_only_by_range_is_requested_by_range() {
    let content = Blob::synthetic(5, 20 * MIB);
    for status in [400, 403, 413] {
        let world = world(&content).await;
        let storage = Storage::start(&content, move |seen| match seen.range {
            Some((_, Some(_))) => Reply::Right,
            _ => Reply::Status(status),
        })
        .await;
        world.store_elsewhere("big", &content, &storage);
        let path = world.get("big").await;
        let path = path.unwrap_or_else(|e| panic!("{status}: {e:?}"));
        right(&world, &path, &content);
    }
    // An error that is about something else is reported as it was.
    let world = world(&content).await;
    let storage = Storage::start(&content, |_| Reply::Status(403)).await;
    world.store_elsewhere("big", &content, &storage);
    let err = world.get("big").await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Forbidden, "{err:?}");
    // The whole file, once more by a fresh link, and one range.
    assert_eq!(storage.requests().len(), 3, "{:?}", storage.requests());
}

#[tokio::test]
async fn a_label_that_is_no_coding_changes_nothing_and_a_coding_is_named() {
    let content = Blob::synthetic(6, 2 * MIB);
    for label in ["none", "UTF-8", "aws-chunked", "binary"] {
        let world = world(&content).await;
        let storage = Storage::start(&content, move |_| Reply::Coding(label)).await;
        world.store_elsewhere("big", &content, &storage);
        let path = world.get("big").await;
        let path = path.unwrap_or_else(|e| panic!("{label}: {e:?}"));
        right(&world, &path, &content);
        assert_eq!(storage.requests().len(), 1, "{label}");
    }
    let world = world(&content).await;
    let storage = Storage::start(&content, |_| Reply::Coding("br")).await;
    world.store_elsewhere("big", &content, &storage);
    let err = world.get("big").await.unwrap_err();
    assert!(err.to_string().contains("`br`"), "{err}");
}

#[tokio::test]
async fn downloads_need_only_one_thread_of_the_runtime_to_block() {
    // Names are looked up on that thread, too.
    for threads in [1, 2] {
        let done = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .max_blocking_threads(threads)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let files: Vec<_> = (0..4)
                    .map(|i| (format!("big/{i}"), Blob::synthetic(i, 3 * MIB)))
                    .chain((0..80).map(|i| (format!("small/{i}"), format!("{i}").as_str().into())))
                    .collect();
                let files = files.iter().map(|(n, b)| (n.as_str(), b.clone()));
                let world = World::with(files).await;
                let endpoint = world.hub.endpoint().replace("127.0.0.1", "localhost");
                let client = hf_transport::Client::builder()
                    .endpoint(&endpoint)
                    .no_token()
                    .build()
                    .unwrap();
                let call = world.snapshot();
                let run = call.run(&client);
                let folder = tokio::time::timeout(Duration::from_secs(90), run).await;
                let folder = folder.expect("it hangs").unwrap();
                world.assert_snapshot(&folder, "main");
            });
        });
        done.await.unwrap();
    }
}
