//! What an interrupted download leaves, and how the next one goes on.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hf_testhub::{Blob, Fault};
use hf_transport::progress::ProgressEvent;
use http::Method;
use tokio::sync::Notify;

use crate::support::{LARGE, World, ranges, text};

const SIZE: u64 = LARGE + 500_000;
const MIB: u64 = 1024 * 1024;

fn big() -> Blob {
    Blob::synthetic(5, SIZE)
}

/// Runs a download until `bytes` have arrived, then drops it.
async fn interrupt(world: &World, file: &str, bytes: u64) {
    let enough = Arc::new(Notify::new());
    let mut call = world.download(file);
    let (notify, arrived) = (enough.clone(), std::sync::atomic::AtomicU64::new(0));
    call = call.on_progress(move |event| {
        if let ProgressEvent::Transferred { bytes: n, .. } = event
            && arrived.fetch_add(*n, std::sync::atomic::Ordering::Relaxed) + n >= bytes
        {
            notify.notify_one();
        }
    });
    tokio::select! {
        done = call.run(&world.client) => panic!("finished before the interruption: {done:?}"),
        () = enough.notified() => {}
    }
}

#[tokio::test]
async fn a_dropped_download_goes_on_where_it_was() {
    let world = World::with([("big", big())]).await;
    world.hub.set_bandwidth(4_000_000);
    interrupt(&world, "big", 600_000).await;
    world.hub.set_bandwidth(0);
    world.hub.clear_requests();
    let path = world.get("big").await.unwrap();
    assert!(fs::read(path).unwrap() == big().to_bytes().unwrap());
    let asked = ranges(&world.hub.requests());
    let start: u64 = asked[0]
        .trim_start_matches("bytes=")
        .trim_end_matches('-')
        .parse()
        .unwrap();
    assert!(start >= 600_000, "{asked:?}");
    assert!(world.partials().is_empty());
    world.assert_sound();
}

#[tokio::test]
async fn damage_to_what_was_left_is_found_and_repaired() {
    let world = World::with([("big", big())]).await;
    world.hub.set_bandwidth(4_000_000);
    interrupt(&world, "big", 600_000).await;
    world.hub.set_bandwidth(0);
    // The interrupted writer gives its partial up when it has written what it was handed.
    let partial = world.partials().remove(0);
    let file = File::options().write(true).open(&partial).unwrap();
    file.lock().unwrap();
    (&file).seek(SeekFrom::Start(1000)).unwrap();
    (&file).write_all(b"damage").unwrap();
    drop(file);
    let path = world.get("big").await.unwrap();
    assert!(fs::read(path).unwrap() == big().to_bytes().unwrap());
    world.assert_sound();
    assert!(world.partials().is_empty());
}

#[tokio::test]
async fn force_does_not_rest_on_what_was_left() {
    let world = World::with([("big", big())]).await;
    world.hub.set_bandwidth(4_000_000);
    interrupt(&world, "big", 600_000).await;
    world.hub.set_bandwidth(0);
    world.hub.clear_requests();
    let call = world.download("big").force_download(true);
    call.run(&world.client).await.unwrap();
    assert!(ranges(&world.hub.requests()).is_empty());
    world.assert_sound();
}

#[tokio::test]
async fn a_local_folder_resumes_too() {
    let world = World::with([("dir/big", big())]).await;
    let call = world.download("dir/big").local_dir(world.local());
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").cut_after(700_000));
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").status(403).times(2));
    world
        .hub
        .fault(Fault::on(Method::GET, "*/resolve/*").skip(1).status(403));
    assert!(call.run(&world.client).await.is_err());
    assert!(!world.local().join("dir/big").exists());
    world.hub.clear_faults();
    world.hub.clear_requests();
    call.run(&world.client).await.unwrap();
    assert!(ranges(&world.hub.requests()).contains(&"bytes=700000-".to_owned()));
    assert!(fs::read(world.local().join("dir/big")).unwrap() == big().to_bytes().unwrap());
    let notes = world.local().join(".cache/huggingface/download/dir");
    let mut names: Vec<_> = fs::read_dir(notes)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["big.lock", "big.metadata"]);
}

#[tokio::test]
async fn a_slow_large_file_comes_over_several_connections() {
    let huge = Blob::synthetic(6, 70 * MIB + 12_345);
    let world = World::with([("huge", huge.clone())]).await;
    world.hub.set_bandwidth(20 * MIB);
    let path = world.get("huge").await.unwrap();
    assert!(fs::read(path).unwrap() == huge.to_bytes().unwrap());
    let asked = ranges(&world.hub.requests());
    assert!(asked.len() >= 3, "{asked:?}");
    world.assert_sound();
    assert!(world.partials().is_empty());
}

#[tokio::test]
async fn pieces_survive_an_interruption_and_faults() {
    let huge = Blob::synthetic(7, 70 * MIB + 12_345);
    let world = World::with([("huge", huge.clone())]).await;
    world.hub.set_bandwidth(20 * MIB);
    interrupt(&world, "huge", 30 * MIB).await;
    world.hub.set_bandwidth(0);
    world.hub.clear_requests();
    for at in [1_000_000, 5_000_000] {
        world
            .hub
            .fault(Fault::on(Method::GET, "/objects/*").reset_after(at));
    }
    let path = world.get("huge").await.unwrap();
    assert!(fs::read(path).unwrap() == huge.to_bytes().unwrap());
    let fetched: u64 = ranges(&world.hub.requests())
        .iter()
        .filter_map(|r| {
            r.trim_start_matches("bytes=")
                .split_once('-')?
                .0
                .parse::<u64>()
                .ok()
        })
        .min()
        .unwrap();
    assert!(fetched > 0, "the first piece was there");
    world.assert_sound();
    assert!(world.partials().is_empty());
}

#[tokio::test]
async fn a_server_without_ranges_gets_one_connection() {
    let huge = Blob::synthetic(8, 40 * MIB);
    let world = World::with([("huge", huge.clone())]).await;
    world.hub.set_bandwidth(40 * MIB);
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").ignore_range().always());
    let path = world.get("huge").await.unwrap();
    assert!(fs::read(path).unwrap() == huge.to_bytes().unwrap());
    // And what was left in pieces is of no use to it.
    let other = Blob::synthetic(9, 40 * MIB);
    world.commit([("other", other.clone())]);
    world.hub.clear_faults();
    world.hub.set_bandwidth(20 * MIB);
    interrupt(&world, "other", 12 * MIB).await;
    world.hub.set_bandwidth(0);
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").ignore_range().always());
    let path = world.get("other").await.unwrap();
    assert!(fs::read(path).unwrap() == other.to_bytes().unwrap());
    world.assert_sound();
}

#[tokio::test]
async fn a_bandwidth_limit_holds() {
    let world = World::with([("big", big())]).await;
    let call = world.download("big").max_bytes_per_second(3_000_000);
    let began = Instant::now();
    call.run(&world.client).await.unwrap();
    assert!(
        began.elapsed() >= Duration::from_millis(350),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_lock_that_another_process_holds_is_waited_for() {
    let world = World::with([("a", text("a")), ("b", text("b"))]).await;
    world.get("b").await.unwrap();
    let lock = world
        .cache()
        .join(".locks/models--user--repo")
        .join(format!("{}.lock", text("a").git_oid()));
    let held = File::create(&lock).unwrap();
    held.lock().unwrap();
    let waited = tokio::time::timeout(Duration::from_millis(300), world.get("a")).await;
    assert!(waited.is_err(), "it did not wait");
    drop(held);
    world.get("a").await.unwrap();
    world.assert_sound();
}

/// Where locks do not work, another process may take over a partial. Whose bytes are at the destination is unknown then.
// Elsewhere, a file that is open cannot be removed by another process.
#[cfg(unix)]
#[tokio::test]
async fn a_partial_that_was_taken_over_is_a_success_only_if_the_right_bytes_are_there() {
    for theirs_are_right in [false, true] {
        let old = Blob::synthetic(1, SIZE);
        let world = World::with([("big", old.clone())]).await;
        let local = || world.download("big").local_dir(world.local());
        let path = local().run(&world.client).await.unwrap();
        world.commit([("big", big())]);
        let (folder, destination) = (world.local(), path.clone());
        let call = local().on_progress(move |event| {
            if matches!(event, ProgressEvent::Transferred { .. }) {
                let notes = folder.join(".cache/huggingface/download");
                let partials = fs::read_dir(notes)
                    .unwrap()
                    .map(|entry| entry.unwrap().path());
                for partial in
                    partials.filter(|path| path.extension().is_some_and(|e| e == "incomplete"))
                {
                    let _ = fs::remove_file(partial);
                }
                if theirs_are_right {
                    fs::write(&destination, big().to_bytes().unwrap()).unwrap();
                }
            }
        });
        let outcome = call.run(&world.client).await;
        let there = fs::read(&path).unwrap();
        if theirs_are_right {
            outcome.unwrap();
            assert!(there == big().to_bytes().unwrap());
        } else {
            let err = outcome.unwrap_err();
            assert_eq!(err.kind(), hf_transport::ErrorKind::Io, "{err:?}");
            assert!(there == old.to_bytes().unwrap());
        }
        // Nothing that was noted hides what is missing.
        local().run(&world.client).await.unwrap();
        assert!(fs::read(&path).unwrap() == big().to_bytes().unwrap());
    }
}
