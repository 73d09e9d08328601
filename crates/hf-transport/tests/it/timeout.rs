use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hf_transport::{Body, BoxError, ErrorKind, Request, ResponseBody, RetryConfig, Timeouts};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::time::{Instant, sleep};

use crate::support::{Make, Script, Step};

fn limits(head: u64, idle: u64, total: Option<u64>) -> Timeouts {
    let mut timeouts = Timeouts::default();
    timeouts = timeouts.with_headers(Duration::from_secs(head));
    timeouts = timeouts.with_idle(Duration::from_secs(idle));
    timeouts = timeouts.with_total(total.map(Duration::from_secs));
    timeouts
}

/// A body of `count` bytes with a pause before each, and silence after them.
fn slow(count: usize, pause: u64) -> Step {
    let bytes = stream::iter(0..count).then(move |_| async move {
        sleep(Duration::from_secs(pause)).await;
        Ok::<_, BoxError>(Frame::data(Bytes::from_static(b"x")))
    });
    let body = StreamBody::new(bytes.chain(stream::pending()));
    Step::Answer(http::Response::new(ResponseBody::new(body)))
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_an_error_after_the_limit() {
    let get: Make = || Request::get("/x");
    let cases: &[(&str, Make, u64)] = &[
        ("default", get, 60),
        (
            "own",
            || Request::get("/x").header_timeout(Duration::from_secs(3)),
            3,
        ),
        (
            "total",
            || Request::get("/x").timeout(Duration::from_secs(5)),
            5,
        ),
    ];
    for (name, request, seconds) in cases {
        let script = Script::new([Step::Hang]);
        let client = script
            .client()
            .retry(RetryConfig::none())
            .timeouts(limits(60, 10, None))
            .build()
            .unwrap();
        let start = Instant::now();
        let error = client.execute(request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{name}");
        assert_eq!(start.elapsed(), Duration::from_secs(*seconds), "{name}");
        assert!(error.is_retryable() && error.url().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_attempt_is_tried_again_within_the_total() {
    let script = Script::new([Step::Hang, Step::Hang]);
    let client = script
        .client()
        .timeouts(limits(10, 10, None))
        .build()
        .unwrap();
    client.execute(Request::get("/x")).await.unwrap();
    assert_eq!(script.count(), 3);

    let script = Script::new((0..9).map(|_| Step::Hang));
    let client = script
        .client()
        .timeouts(limits(10, 10, Some(15)))
        .build()
        .unwrap();
    let start = Instant::now();
    let error = client.execute(Request::get("/x")).await.unwrap_err();
    assert_eq!(
        (error.kind(), start.elapsed()),
        (ErrorKind::Timeout, Duration::from_secs(15))
    );
    assert_eq!(script.count(), 2);
}

/// A service that takes a body slowly and then responds or not.
#[tokio::test(start_paused = true)]
async fn a_long_upload_is_no_silence() {
    let bytes = stream::iter(0..20).then(|_| async {
        sleep(Duration::from_secs(6)).await;
        Ok::<_, BoxError>(Bytes::from_static(b"x"))
    });
    let script = Script::new([]);
    let client = script
        .client()
        .timeouts(limits(10, 10, None))
        .build()
        .unwrap();
    let start = Instant::now();
    client
        .execute(Request::put("/x").body(Body::once(bytes, Some(20))))
        .await
        .unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(120));

    let stuck = stream::once(async { Ok::<_, BoxError>(Bytes::from_static(b"x")) })
        .chain(stream::pending());
    let error = client
        .execute(Request::put("/x").body(Body::once(stuck, Some(2))))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_body_is_an_error_a_slow_one_is_not() {
    let client = |step| {
        let builder = Script::new([step]).client().retry(RetryConfig::none());
        builder.timeouts(limits(60, 10, None)).build().unwrap()
    };
    let start = Instant::now();
    let response = client(slow(20, 9))
        .execute(Request::get("/x"))
        .await
        .unwrap();
    let chunks: Vec<_> = response.chunks().collect().await;
    assert_eq!(chunks.iter().filter(|chunk| chunk.is_ok()).count(), 20);
    let error = chunks.into_iter().next_back().unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), start.elapsed()),
        (ErrorKind::Timeout, Duration::from_secs(190))
    );
    assert!(error.to_string().contains("stalled") && error.is_retryable());

    // The clock does not run while the reader is busy.
    let response = client(slow(2, 9))
        .execute(Request::get("/x"))
        .await
        .unwrap();
    let mut chunks = response.chunks();
    assert!(chunks.next().await.unwrap().is_ok());
    sleep(Duration::from_secs(1_000)).await;
    assert!(chunks.next().await.unwrap().is_ok());

    // Events may be rare.
    let request = Request::get("/x").idle_timeout(Duration::MAX);
    let response = client(slow(1, 100_000)).execute(request).await.unwrap();
    assert!(response.chunks().next().await.unwrap().is_ok());

    // The total counts the body, too.
    let request = Request::get("/x").timeout(Duration::from_secs(30));
    let response = client(slow(20, 9)).execute(request).await.unwrap();
    let start = Instant::now();
    let error = response.bytes().await.unwrap_err();
    assert_eq!(
        (error.kind(), start.elapsed()),
        (ErrorKind::Timeout, Duration::from_secs(30))
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_asked_for_again() {
    let script = Script::new([slow(1, 1), slow(2, 1)]);
    let client = script.client().build().unwrap();
    client.fetch(Request::get("/api/x")).await.unwrap();
    assert_eq!(script.count(), 3);

    let script = Script::new([slow(1, 1)]);
    let client = script.client().build().unwrap();
    let error = client.fetch(Request::post("/api/x")).await.unwrap_err();
    assert_eq!((error.kind(), script.count()), (ErrorKind::Timeout, 1));
}
