//! Snapshots of many small files predict the URLs that the Hub redirects to.

use hf_testhub::{CannedResponse, Fault};
use http::Method;

use crate::support::{World, text};

/// With the `.gitattributes` of each repository.
const FILES: usize = 300;
/// The most requests in flight at once.
const IN_FLIGHT: usize = 64;
/// A file that is requested long after the URLs of the first ones were proven.
const PREDICTED: usize = 150;
const DIRECT: &str = "/api/resolve-cache/*";

async fn world() -> World {
    let names: Vec<_> = (1..FILES).map(|i| format!("data/{i:03}.txt")).collect();
    let contents = (1..FILES).map(|i| text(&format!("content {i}")));
    World::with(names.iter().map(String::as_str).zip(contents)).await
}

fn count(world: &World, part: &str) -> usize {
    world.hub.count_requests(|r| r.path.contains(part))
}

async fn get_all(world: &World) {
    let folder = world.get_all().await.unwrap();
    world.assert_snapshot(&folder, "main");
    world.assert_sound();
}

#[tokio::test]
async fn a_few_redirects_prove_the_urls_of_all_other_files() {
    let world = world().await;
    get_all(&world).await;
    assert_eq!(count(&world, "/api/resolve-cache/"), FILES);
    // Sixteen prove the URL; others are in flight by then.
    let redirected = count(&world, "/resolve/");
    assert!(
        (16..=16 + IN_FLIGHT).contains(&redirected),
        "{redirected} redirects"
    );
}

#[tokio::test]
async fn a_small_snapshot_follows_its_redirects() {
    let names: Vec<_> = (1..40).map(|i| format!("{i}.txt")).collect();
    let world = World::with(names.iter().map(|n| (n.as_str(), text(n)))).await;
    get_all(&world).await;
    assert_eq!(count(&world, "/resolve/"), 40);
}

#[tokio::test]
async fn a_server_that_redirects_elsewhere_or_not_at_all_is_asked_for_each_file() {
    let direct = world().await;
    direct.hub.set_resolve_cache(false);
    get_all(&direct).await;
    assert_eq!(count(&direct, "/resolve/"), FILES);
    assert_eq!(count(&direct, "/api/resolve-cache/"), 0);

    let elsewhere = world().await;
    let with_another_query = |path: &str| {
        let (_, file) = path.split_once("/resolve/").unwrap();
        let location = format!("/api/resolve-cache/models/user/repo/{file}?v=2");
        CannedResponse::status(307).header("location", location)
    };
    elsewhere.hub.fault(
        Fault::on(Method::GET, "/user/repo/resolve/*")
            .always()
            .script(move |request| with_another_query(&request.path)),
    );
    get_all(&elsewhere).await;
    assert_eq!(count(&elsewhere, "/user/repo/resolve/"), FILES);
}

#[tokio::test]
async fn the_first_unexpected_response_ends_the_prediction() {
    let other_bytes = CannedResponse::status(200).body(text("another content"));
    let elsewhere = CannedResponse::status(302).header("location", "https://cdn.invalid/x");
    for unexpected in [
        CannedResponse::status(404),
        CannedResponse::status(403),
        elsewhere,
        other_bytes,
    ] {
        let world = world().await;
        // So far behind the first files that its URL is predicted: where a redirect leads has to succeed.
        let file = format!("{DIRECT}/data/{PREDICTED}.txt");
        let fault = Fault::on(Method::GET, &file)
            .times(1)
            .respond(unexpected.clone());
        let handle = world.hub.fault(fault);
        get_all(&world).await;
        assert_eq!(handle.fired(), 1, "{unexpected:?}");
        let redirected = count(&world, "/resolve/");
        assert!(
            redirected >= FILES - PREDICTED - IN_FLIGHT,
            "{redirected} redirects after {unexpected:?}"
        );
    }
}

#[tokio::test]
async fn a_temporary_failure_does_not_end_the_prediction() {
    let world = world().await;
    let fault = Fault::on(Method::GET, DIRECT)
        .skip(100)
        .times(3)
        .status(503);
    let handle = world.hub.fault(fault);
    get_all(&world).await;
    assert_eq!(handle.fired(), 3);
    assert!(count(&world, "/resolve/") <= 16 + IN_FLIGHT);
}

/// How many requests were in flight at once for a snapshot of 900 small files.
async fn most_in_flight(latency: u64, max_workers: Option<usize>) -> usize {
    let names: Vec<_> = (0..900).map(|i| format!("{i:03}.txt")).collect();
    let contents = (0..900).map(|i| text(&format!("content {i}")));
    let world = World::with(names.iter().map(String::as_str).zip(contents)).await;
    world
        .hub
        .set_latency(std::time::Duration::from_millis(latency));
    let call = world.snapshot();
    let call = match max_workers {
        Some(workers) => call.max_workers(workers),
        None => call,
    };
    let folder = call.run(&world.client).await.unwrap();
    world.assert_snapshot(&folder, "main");
    world.hub.most_in_flight(hf_testhub::Listener::Hub)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_files_are_downloaded_at_once_from_far_away_unless_the_caller_says_how_many() {
    // What a busy machine adds to each request hides a short distance, and not a long one.
    let mut most = 0;
    for latency in [30, 100, 300] {
        most = most_in_flight(latency, None).await;
        if most > 32 {
            break;
        }
    }
    assert!((33..=IN_FLIGHT).contains(&most), "{most}");
    assert_eq!(most_in_flight(30, Some(16)).await, 16);
}
