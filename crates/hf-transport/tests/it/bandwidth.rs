//! The bytes per second of a client.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream;
use hf_transport::layers::BandwidthLayer;
use hf_transport::{Bandwidth, Body, BoxError, Client, Request, Timeouts};
use tokio::time::Instant;

use crate::support::{Script, answer, status};

const RATE: u64 = 1_000;
/// Timers are exact to the millisecond.
const TICK: Duration = Duration::from_millis(1);

fn client(script: &Script, limits: BandwidthLayer) -> Client {
    script.client().bandwidth(limits).build().unwrap()
}

fn limit() -> Bandwidth {
    Bandwidth::new(RATE)
}

fn content() -> Bytes {
    (0..3_000_u16).map(|at| at.to_le_bytes()[0]).collect()
}

#[track_caller]
fn assert_took(start: Instant, seconds: u64) {
    let expected = Duration::from_secs(seconds);
    let took = start.elapsed();
    assert!(took >= expected && took <= expected + TICK, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_body_is_sent_whole_and_at_the_rate() {
    let script = Script::new([]);
    let client = client(&script, BandwidthLayer::new().upload(limit()));
    let chunks = || {
        stream::iter(
            [0..7, 7..2_999, 2_999..3_000].map(|part| Ok::<_, BoxError>(content().slice(part))),
        )
    };
    let bodies = [
        (Body::from(content()), Some(3_000)),
        (Body::replay(3_000, || Body::from(content())), Some(3_000)),
        (Body::once(chunks(), Some(3_000)), Some(3_000)),
        (Body::once(chunks(), None), None),
    ];
    for (body, len) in bodies {
        assert_eq!(body.len(), len);
        let start = Instant::now();
        client.execute(Request::put("/x").body(body)).await.unwrap();
        assert_took(start, 3);
    }
    assert!(script.seen().iter().all(|seen| seen.body == content()));
    // What is received is not limited, and what has no body does not wait.
    let start = Instant::now();
    client.execute(Request::get("/x")).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_counts() {
    let script = Script::new([status(503)]);
    let client = client(&script, BandwidthLayer::new().upload(limit()));
    let start = Instant::now();
    let request = Request::put("/x").body(content());
    client.execute(request).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(6));
    let seen = script.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|seen| seen.body == content()));
}

#[tokio::test(start_paused = true)]
async fn all_responses_of_a_client_and_its_clones_share_the_rate() {
    let script = Script::new((0..4).map(|_| answer(200, &[], content())));
    let client = client(&script, BandwidthLayer::new().download(limit()));
    let start = Instant::now();
    let fetch = |client: Client| async move { client.fetch(Request::get("/x")).await.unwrap() };
    let responses = join_all((0..4).map(|_| fetch(client.clone()))).await;
    assert_took(start, 12);
    assert!(
        responses
            .iter()
            .all(|response| response.body() == &content())
    );
}

/// A body at one byte per second is silent for longer than any timeout here.
#[tokio::test(start_paused = true)]
async fn waiting_for_bandwidth_is_not_silence() {
    let script = Script::new([answer(200, &[], vec![1; 60])]);
    let slow = || Bandwidth::new(1);
    let second = Duration::from_secs(2);
    let client = script
        .client()
        .timeouts(Timeouts::default().with_headers(second).with_idle(second))
        .bandwidth(BandwidthLayer::new().upload(slow()).download(slow()))
        .build()
        .unwrap();
    let start = Instant::now();
    let request = Request::put("/x").body(vec![0; 60]);
    let response = client.fetch(request).await.unwrap();
    assert_took(start, 120);
    assert_eq!((response.body().len(), script.count()), (60, 1));
}
