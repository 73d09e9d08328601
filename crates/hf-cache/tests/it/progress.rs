//! What a download tells while it runs.

use std::fs;
use std::sync::{Arc, Mutex};

use hf_cache::{VerifyRepoChecksums, scan_cache_dir};
use hf_testhub::{Blob, Fault, Listener};
use hf_transport::progress::{ProgressEvent, ProgressMeter, ProgressSink};
use http::Method;

use crate::support::{LARGE, REPO, World, text};

/// The names of the events, those of bytes left out.
#[derive(Default)]
struct Names(Mutex<Vec<String>>);

impl ProgressSink for Names {
    fn on_event(&self, event: &ProgressEvent<'_>) {
        if !matches!(
            event,
            ProgressEvent::Transferred { .. } | ProgressEvent::Hashed { .. }
        ) {
            let name = format!("{event:?}");
            let name = name.split([' ', '{']).next().unwrap().to_owned();
            self.0.lock().unwrap().push(name);
        }
    }
}

#[tokio::test]
async fn the_events_of_a_file() {
    let world = World::with([("big", Blob::synthetic(1, LARGE))]).await;
    let mut call = world.download("big");
    for expected in [
        &["Begin", "FileBegin", "FileEnd", "End"][..],
        // It is there: the same, without a byte over the network.
        &["Begin", "FileBegin", "FileEnd", "End"],
    ] {
        let names = Arc::new(Names::default());
        call = call.progress(names.clone());
        call.run(&world.client).await.unwrap();
        assert_eq!(*names.0.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn sums_are_right_after_breaks_and_for_what_is_there() {
    let world = World::with([
        ("big", Blob::synthetic(1, LARGE + 100)),
        ("mid", Blob::synthetic(2, LARGE - 1)),
        ("a", text("a")),
        ("same", text("a")),
    ])
    .await;
    let total: u64 = world
        .hub
        .files(REPO, "main")
        .iter()
        .map(|path| world.hub.read(REPO, "main", path).unwrap().len() as u64)
        .sum();
    let files = world.hub.files(REPO, "main").len() as u64;
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").cut_after(400_000));
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").ignore_range());
    for local in [false, true] {
        // Each time, and again when all is there.
        for _ in 0..2 {
            let meter = Arc::new(ProgressMeter::new());
            let mut call = world.snapshot().progress(meter.clone());
            if local {
                call = call.local_dir(world.local());
            }
            call.run(&world.client).await.unwrap();
            let sums = meter.summary();
            assert_eq!(
                (sums.bytes, sums.bytes_done),
                (Some(total), total),
                "{sums:?}"
            );
            assert_eq!((sums.files, sums.files_done), (Some(files), files));
            assert_eq!((sums.calls, sums.files_failed), (0, 0));
        }
    }
}

#[tokio::test]
async fn what_is_hashed_from_the_disk_is_told() {
    let world = World::with([("big", Blob::synthetic(1, LARGE + 500_000))]).await;
    // The first run leaves a part, the second hashes it before it goes on.
    let cut = Fault::on(Method::GET, "/objects/*").at(hf_testhub::Listener::Storage);
    world.hub.fault(cut.cut_after(700_000));
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").status(403).times(2));
    world
        .hub
        .fault(Fault::on(Method::GET, "*/resolve/*").skip(1).status(403));
    assert!(world.get("big").await.is_err());
    world.hub.clear_faults();
    let meter = Arc::new(ProgressMeter::new());
    let call = world.download("big").progress(meter.clone());
    call.run(&world.client).await.unwrap();
    let sums = meter.summary();
    assert_eq!(
        (sums.bytes_hashed, sums.bytes_done),
        (700_000, LARGE + 500_000)
    );

    let info = scan_cache_dir(world.cache()).unwrap();
    let meter = ProgressMeter::new();
    info.verify_with_progress(&meter);
    let sums = meter.summary();
    assert_eq!((sums.bytes_hashed, sums.files_done), (LARGE + 500_000, 1));
    assert_eq!((sums.bytes, sums.files), (Some(LARGE + 500_000), Some(1)));

    let meter = Arc::new(ProgressMeter::new());
    let call = VerifyRepoChecksums::new(REPO.parse().unwrap())
        .cache_dir(world.cache())
        .progress(meter.clone());
    call.run(&world.client).await.unwrap();
    assert_eq!(meter.summary().bytes_hashed, LARGE + 500_000);
    fs::write(&info.repos[0].revisions[0].files[0].blob_path, "damage").unwrap();
    call.run(&world.client).await.unwrap();
    assert_eq!(meter.summary().files_failed, 1);
}

#[tokio::test]
async fn a_request_that_is_tried_again_is_reported_whatever_it_asks_for() {
    for (name, fault) in [
        (
            "revision",
            Fault::on(Method::GET, "/api/models/*/revision/*"),
        ),
        ("tree", Fault::on(Method::GET, "/api/models/*/tree/*")),
        ("file", Fault::on(Method::GET, "*/resolve/*/a")),
        ("storage", Fault::on(Method::GET, "*").at(Listener::Storage)),
    ] {
        // Each in a world of its own: a file list is kept.
        let world = World::with([("big", Blob::synthetic(1, LARGE)), ("a", text("a"))]).await;
        let placed = world.hub.fault(fault.status(500));
        let retries = Arc::new(Mutex::new(0));
        let seen = Arc::clone(&retries);
        world
            .snapshot()
            .on_progress(move |event| {
                if matches!(
                    event,
                    ProgressEvent::RequestRetry { .. } | ProgressEvent::Retry { .. }
                ) {
                    *seen.lock().unwrap() += 1;
                }
            })
            .run(&world.client)
            .await
            .unwrap();
        assert_eq!(placed.fired(), 1, "{name}");
        assert_eq!(*retries.lock().unwrap(), 1, "{name}");
    }
}
