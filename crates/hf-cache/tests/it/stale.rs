//! What is cached stands in for a Hub that cannot be asked: after one attempt, with a warning.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hf_cache::ResolveRevision;
use hf_testhub::Fault;
use hf_transport::Client;
use hf_types::Revision;
use tokio::net::TcpListener;

use crate::support::{REPO, World, text};

/// A place without a Hub: whoever connects is sent away. Counts the attempts.
async fn no_hub() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let attempts = Arc::new(AtomicUsize::new(0));
    let counter = attempts.clone();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::Relaxed);
            drop(connection);
        }
    });
    (port, attempts)
}

#[tokio::test]
async fn without_a_network_what_is_cached_costs_one_attempt() {
    let world = World::with([("a", text("a")), ("b", text("b"))]).await;
    let cached = world.get("a").await.unwrap();
    let snapshot = world.get_all().await.unwrap();
    let local = world.snapshot().local_dir(world.local());
    local.run(&world.client).await.unwrap();
    let resolve = ResolveRevision::new(REPO.parse().unwrap())
        .cache_dir(world.cache())
        .revision(Revision::default());
    resolve.run(&world.client).await.unwrap();
    let (port, attempts) = no_hub().await;
    // The connection breaks before a response, or in the TLS handshake; the last is a host that does not exist.
    for (endpoint, expected) in [
        (format!("http://127.0.0.1:{port}"), 1),
        (format!("https://127.0.0.1:{port}"), 1),
        ("http://no-such-host.invalid".to_owned(), 0),
    ] {
        let client = Client::builder().endpoint(&endpoint).no_token().build();
        let client = client.unwrap();
        let made = || attempts.swap(0, Ordering::Relaxed);
        let found = world.download("a").run(&client).await.unwrap();
        assert_eq!((found, made()), (cached.clone(), expected), "{endpoint}");
        let in_folder = world.download("a").local_dir(world.local());
        let found = in_folder.run(&client).await.unwrap();
        let here = world.local().join("a");
        assert_eq!((found, made()), (here, expected), "{endpoint}");
        let found = world.snapshot().run(&client).await.unwrap();
        assert_eq!((found, made()), (snapshot.clone(), expected), "{endpoint}");
        let found = local.run(&client).await.unwrap();
        assert_eq!((found, made()), (world.local(), expected), "{endpoint}");
        let resolved = resolve.run(&client).await.unwrap();
        assert_eq!(resolved.resolved, *world.hub.resolve(REPO, "main").unwrap());
        assert_eq!(made(), expected, "{endpoint}");
    }
}

#[tokio::test]
async fn a_hub_in_trouble_is_asked_once_where_the_cache_can_answer() {
    let world = World::with([("a", text("a")), ("b", text("b"))]).await;
    world.get_all().await.unwrap();
    let local = world.snapshot().local_dir(world.local());
    local.run(&world.client).await.unwrap();
    for fault in [
        Fault::on_any("*").status(500).always(),
        Fault::on_any("*").status(503).always(),
        Fault::on_any("*").status(429).always(),
        Fault::on_any("*").reset().always(),
        Fault::on_any("*").stall().always(),
    ] {
        let fault = world.hub.fault(fault);
        let client = crate::support::client(&world.hub);
        let limit = std::time::Duration::from_millis(300);
        world.hub.clear_requests();
        let call = world.download("a").etag_timeout(limit);
        call.run(&client).await.unwrap();
        world
            .snapshot()
            .etag_timeout(limit)
            .run(&client)
            .await
            .unwrap();
        local
            .clone()
            .etag_timeout(limit)
            .run(&client)
            .await
            .unwrap();
        assert_eq!(world.requests().len(), 3, "one for each call");
        fault.lift();
    }
}

#[tokio::test]
async fn where_the_cache_lacks_something_the_hub_is_asked_again() {
    let world = World::with([("a", text("a")), ("b", text("b"))]).await;
    // A snapshot of one of its files.
    let part = world.snapshot().allow_patterns(["a"]);
    part.run(&world.client).await.unwrap();
    world
        .hub
        .fault(Fault::on_any("*/revision/*").status(503).times(2));
    let folder = world.get_all().await.unwrap();
    world.assert_snapshot(&folder, "main");
}
