use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hf_transport::{
    Body, BoxError, Error, ErrorKind, Request, ResponseBody, RetryBudget, RetryConfig, Retryability,
};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};

use crate::support::{Make, Script, Step, answer, fail, status};

fn post() -> Request {
    Request::post("/api/repos/create").body("{}")
}

fn broken() -> Step {
    fail(Error::network("connection reset"))
}

fn unconnected() -> Step {
    fail(Error::network("connection refused").with_retryability(Retryability::Always))
}

/// A name, the request, what comes back first, and whether it is sent again.
type Case = (&'static str, Make, fn() -> Step, bool);

/// Which failures are tried again for which requests.
#[tokio::test(start_paused = true)]
async fn what_is_tried_again() {
    let get: Make = || Request::get("/api/models/x");
    let head: Make = || Request::head("/x/resolve/main/f");
    let harmless: Make = || post().idempotent(true);
    let once: Make = || {
        let stream = futures_util::stream::iter([Ok::<_, BoxError>(Bytes::from_static(b"x"))]);
        Request::put("/x").body(Body::once(stream, Some(1)))
    };
    let cases: &[Case] = &[
        ("408", get, || status(408), true),
        ("429", get, || status(429), true),
        ("500", get, || status(500), true),
        ("501", get, || status(501), false),
        ("502", head, || status(502), true),
        ("503", get, || status(503), true),
        ("504", get, || status(504), true),
        ("520", get, || status(520), true),
        ("404", get, || status(404), false),
        ("409", harmless, || status(409), false),
        ("412", harmless, || status(412), false),
        ("broken", get, broken, true),
        ("POST 408", post, || status(408), false),
        ("POST 500", post, || status(500), false),
        ("POST 502", post, || status(502), false),
        ("POST 503", post, || status(503), false),
        (
            "POST 503 with a time",
            post,
            || answer(503, &[("retry-after", "1")], ""),
            true,
        ),
        ("POST 429", post, || status(429), true),
        ("POST broken", post, broken, false),
        ("POST unconnected", post, unconnected, true),
        ("POST marked harmless", harmless, || status(500), true),
        ("PUT", || Request::put("/x").body("x"), || status(500), true),
        ("DELETE", || Request::delete("/x"), || status(500), true),
        (
            "PATCH",
            || Request::patch("/x").body("x"),
            || status(500),
            false,
        ),
        ("one-shot body", once, || status(429), false),
        ("one-shot body unconnected", once, unconnected, false),
        (
            "an error of the user's own layer",
            get,
            || Step::Fail("oops".into()),
            false,
        ),
        (
            "validation",
            get,
            || fail(Error::validation("wrong")),
            false,
        ),
    ];
    for (name, request, step, again) in cases {
        let script = Script::new([step()]);
        let sent = script.client().build().unwrap().send_raw(request()).await;
        assert_eq!(script.count(), 1 + usize::from(*again), "{name}");
        if *again {
            let response = sent.unwrap();
            assert_eq!(
                (response.status().as_u16(), response.attempts()),
                (200, 2),
                "{name}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_gives_up_and_says_how_often_it_tried() {
    let script = Script::new((0..10).map(|_| status(500)));
    let client = script.client().build().unwrap();
    let start = tokio::time::Instant::now();
    let error = client.execute(Request::get("/api/x")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), script.count()),
        (ErrorKind::Http, 6, 6)
    );
    assert_eq!(error.elapsed(), Some(start.elapsed()));
    assert!(error.is_retryable() && error.to_string().contains("sent 6 times"));
    // 0.5 + 1 + 2 + 4 + 8 s at most.
    assert!(start.elapsed() <= Duration::from_millis(15_500));

    let script = Script::new((0..10).map(|_| broken()));
    let client = script.client().retry(RetryConfig::none()).build().unwrap();
    let error = client.execute(Request::get("/api/x")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), script.count()),
        (ErrorKind::Network, 1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_server_says_is_the_least_wait() {
    let date = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(42));
    for (name, headers, least) in [
        ("seconds", vec![("retry-after", "7")], 7),
        ("date", vec![("retry-after", date.as_str())], 40),
        (
            "rate limit",
            vec![("ratelimit", "\"api\";r=0;t=9"), ("retry-after", "1")],
            9,
        ),
    ] {
        let script = Script::new([answer(429, &headers, "")]);
        script
            .client()
            .build()
            .unwrap()
            .execute(Request::get("/api/x"))
            .await
            .unwrap();
        let seen = script.seen();
        let wait = seen[1].at - seen[0].at;
        let bounds = Duration::from_secs(least)..Duration::from_secs(least + 4);
        assert!(bounds.contains(&wait), "{name}: {wait:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_wait_is_longer_than_allowed() {
    let start = tokio::time::Instant::now();
    for headers in [("retry-after", "3600"), ("ratelimit", "\"api\";r=0;t=3600")] {
        let script = Script::new([answer(429, &[headers], "")]);
        let client = script.client().build().unwrap();
        let error = client.execute(Request::get("/api/x")).await.unwrap_err();
        assert_eq!((error.kind(), script.count()), (ErrorKind::RateLimited, 1));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_sends_the_same_bytes_and_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    std::fs::write(&path, b"0123456789").unwrap();
    let made = Arc::new(AtomicU32::new(0));
    let count = made.clone();
    let replay = Body::replay(3, move || {
        count.fetch_add(1, Ordering::Relaxed);
        http_body_util::Full::new(Bytes::from_static(b"abc"))
            .map_err(|never| match never {})
            .boxed_unsync()
    });
    for (body, bytes) in [
        (Body::from("xyz"), "xyz"),
        (Body::file_range(&path, 2, 5), "23456"),
        (replay, "abc"),
    ] {
        let script = Script::new([status(500), broken()]);
        script
            .client()
            .build()
            .unwrap()
            .execute(Request::put("/x").body(body))
            .await
            .unwrap();
        let seen = script.seen();
        assert_eq!(
            seen.iter().map(|seen| seen.attempt).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        assert!(seen.iter().all(|seen| seen.body == bytes), "{bytes}");
        let id = seen[0].header("x-amzn-trace-id").unwrap();
        assert!(
            seen.iter()
                .all(|seen| seen.header("x-amzn-trace-id") == Some(id))
        );
    }
    assert_eq!(made.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn a_failed_hop_starts_over_at_the_hub() {
    let signed = |n: u32| {
        answer(
            302,
            &[("location", &format!("https://cdn.test/f?sig={n}"))],
            "",
        )
    };
    let script = Script::new([signed(1), status(503), signed(2)]);
    let client = script.client().build().unwrap();
    client
        .execute(Request::get("/x/resolve/main/f"))
        .await
        .unwrap();
    assert_eq!(
        script.lines(),
        [
            "GET https://hub.test/x/resolve/main/f",
            "GET https://cdn.test/f?sig=1",
            "GET https://hub.test/x/resolve/main/f",
            "GET https://cdn.test/f?sig=2",
        ]
    );
    let tokens: Vec<_> = script
        .seen()
        .iter()
        .map(|seen| seen.header("authorization").is_some())
        .collect();
    assert_eq!(tokens, [true, false, true, false]);
}

#[tokio::test(start_paused = true)]
async fn concurrent_calls_wait_differently() {
    let mut waits = Vec::new();
    for _ in 0..8 {
        let script = Script::new([status(500)]);
        script
            .client()
            .build()
            .unwrap()
            .execute(Request::get("/x"))
            .await
            .unwrap();
        let seen = script.seen();
        waits.push(seen[1].at - seen[0].at);
    }
    waits.sort();
    waits.dedup();
    assert!(waits.len() > 1, "{waits:?}");
}

/// A hub that is down, and many calls at once: each alone would be sent six times.
#[tokio::test(start_paused = true)]
async fn a_fleet_of_calls_does_not_multiply_the_load() {
    const CALLS: usize = 1_000;
    let script = Script::new((0..CALLS * 6).map(|_| status(503)));
    let client = script.client().build().unwrap();
    let start = tokio::time::Instant::now();
    let calls = (0..CALLS).map(|n| client.execute(Request::get(format!("/api/models/{n}"))));
    let errors = futures_util::future::join_all(calls).await;
    assert!(errors.iter().all(|sent| {
        let error = sent.as_ref().unwrap_err();
        error.status().is_some_and(|status| status == 503) && error.is_retryable()
    }));
    // 320 retries at once and 10 for every second that it took.
    let retries = script.count() - CALLS;
    let allowed = 320 + 10 * usize::try_from(start.elapsed().as_secs() + 1).unwrap();
    assert!((400..=allowed).contains(&retries), "{retries} of {allowed}");
    assert!(start.elapsed() < Duration::from_secs(60));

    // What the server itself asks for is not counted: all of them come through.
    let script = Script::new((0..CALLS).map(|_| answer(503, &[("retry-after", "30")], "")));
    let client = script.client().build().unwrap();
    let calls = (0..CALLS).map(|_| client.execute(Request::get("/api/x")));
    let sent = futures_util::future::join_all(calls).await;
    assert!(sent.iter().all(Result::is_ok));
    assert_eq!(script.count(), 2 * CALLS);
}

/// As many calls as a busy transfer has, through an outage: each makes all of its attempts.
#[tokio::test(start_paused = true)]
async fn a_small_fleet_does_not_notice_the_budget() {
    let script = Script::new((0..64 * 6).map(|_| status(502)));
    let client = script.client().build().unwrap();
    let start = tokio::time::Instant::now();
    let calls = (0..64).map(|_| client.execute(Request::get("/api/x")));
    let sent = futures_util::future::join_all(calls).await;
    assert!(
        sent.iter()
            .all(|sent| sent.as_ref().unwrap_err().attempts() == 6)
    );
    // No wait but the calls' own.
    assert!(start.elapsed() <= Duration::from_millis(15_500));
}

/// Bodies that break off are asked for by `fetch` itself, out of the same store.
#[tokio::test(start_paused = true)]
async fn broken_bodies_take_from_the_same_budget() {
    let broken = || {
        let bytes = [Ok(Frame::data(Bytes::from_static(b"["))), Err("reset")];
        let body = StreamBody::new(futures_util::stream::iter(
            bytes.map(|item| item.map_err(|why| BoxError::from(Error::network(why)))),
        ));
        Step::Answer(http::Response::new(ResponseBody::new(body)))
    };
    let script = Script::new((0..6_000).map(|_| broken()));
    let client = script.client().build().unwrap();
    let start = tokio::time::Instant::now();
    let calls = (0..1_000).map(|_| client.fetch(Request::get("/api/x")));
    let fetched = futures_util::future::join_all(calls).await;
    assert!(fetched.iter().all(Result::is_err));
    // The headers of every response were good, and five of them earn a retry.
    let retries = script.count() - 1_000;
    let allowed =
        320 + script.count() / 5 + 10 * usize::try_from(start.elapsed().as_secs() + 9).unwrap();
    assert!((400..=allowed).contains(&retries), "{retries} of {allowed}");
}

#[tokio::test(start_paused = true)]
async fn clients_can_share_a_budget() {
    const CALLS: usize = 400;
    let scripts = [(); 2].map(|()| Script::new((0..CALLS * 6).map(|_| status(500))));
    let budget = RetryBudget::default();
    let start = tokio::time::Instant::now();
    let calls = scripts.iter().flat_map(|script| {
        let client = script
            .client()
            .retry_budget(budget.clone())
            .build()
            .unwrap();
        (0..CALLS).map(move |_| {
            let client = client.clone();
            async move { client.execute(Request::get("/api/x")).await.map(|_| ()) }
        })
    });
    futures_util::future::join_all(calls).await;
    let retries = scripts.iter().map(Script::count).sum::<usize>() - 2 * CALLS;
    let allowed = 320 + 10 * usize::try_from(start.elapsed().as_secs() + 1).unwrap();
    assert!((400..=allowed).contains(&retries), "{retries} of {allowed}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_may_not_be_retried_fails_at_once() {
    let script = Script::new((0..10).map(|_| unconnected()));
    let client = script.client().build().unwrap();
    for request in [Request::get("/x"), Request::head("/x")] {
        let error = client.execute(request.max_retries(0)).await.unwrap_err();
        assert_eq!(error.attempts(), 1, "{error}");
    }
    let request = Request::get("/x").max_retries(0);
    let error = client.fetch(request).await.unwrap_err();
    assert_eq!((error.attempts(), script.count()), (1, 3), "{error}");
}
