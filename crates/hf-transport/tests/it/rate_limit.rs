use std::time::Duration;

use hf_transport::{ErrorKind, RateLimits, Request, RetryConfig};
use tokio::time::Instant;

use crate::support::{Script, answer};

const LAST: (&str, &str) = ("ratelimit", "\"api\";r=0;t=60");

#[tokio::test(start_paused = true)]
async fn one_call_learns_for_all() {
    let script = Script::new([answer(429, &[LAST], "")]);
    let client = script.client().build().unwrap();
    let start = Instant::now();
    let first = client.execute(Request::get("/api/a"));
    let others = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let call = |path: &'static str| client.execute(Request::get(path));
        tokio::try_join!(call("/api/b"), call("/api/c"), call("/x/resolve/main/f"))
    };
    let (first, others) = tokio::join!(first, others);
    first.unwrap();
    others.unwrap();
    let seen = script.seen();
    assert_eq!(seen.len(), 5, "one refusal, then each call once");
    // Files are counted apart: that one did not wait.
    assert_eq!(seen[1].url, "https://hub.test/x/resolve/main/f");
    assert_eq!(seen[1].at - start, Duration::from_secs(1));
    assert!(
        seen[2..]
            .iter()
            .all(|seen| seen.at - start >= Duration::from_secs(60))
    );
}

/// 2,000 files with one response in a hundred a 429 that asks for a second: only those wait.
#[tokio::test(start_paused = true)]
async fn a_sporadic_429_holds_up_the_call_that_met_it_and_no_other() {
    let steps = (0..2_000).map(|at| match at % 100 {
        50 => answer(429, &[("retry-after", "1")], ""),
        _ => answer(200, &[], ""),
    });
    let script = Script::new(steps);
    let client = script.client().build().unwrap();
    let start = Instant::now();
    let calls = (0..64).map(|_| async {
        for _ in 0..30 {
            client
                .execute(Request::get("/x/resolve/main/f"))
                .await
                .unwrap();
        }
    });
    futures_util::future::join_all(calls).await;
    // 20 refusals, each of which holds up one of 64 workers for one to one and a half seconds.
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_used_up_quota_is_respected_before_the_refusal() {
    let script = Script::new([answer(200, &[LAST], "")]);
    let client = script.client().build().unwrap();
    let start = Instant::now();
    client.execute(Request::post("/api/a")).await.unwrap();
    client.execute(Request::post("/api/a")).await.unwrap();
    assert_eq!(script.count(), 2);
    assert!(start.elapsed() >= Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn too_long_a_wait_is_an_error_at_once() {
    let limits = RateLimits::default();
    let script = Script::new([answer(
        200,
        &[("ratelimit", "\"api\";r=0;t=299"), ("x", "y")],
        "",
    )]);
    let client = script.client().rate_limits(limits.clone()).build().unwrap();
    client.execute(Request::get("/api/a")).await.unwrap();
    // Another client that shares the knowledge and has less patience.
    let hasty = RetryConfig::default().with_max_retry_after(Duration::from_secs(5));
    let client = script
        .client()
        .rate_limits(limits)
        .retry(hasty)
        .build()
        .unwrap();
    let start = Instant::now();
    let error = client.execute(Request::get("/api/a")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::RateLimited, Some(Duration::from_secs(299)))
    );
    assert_eq!((script.count(), start.elapsed()), (1, Duration::ZERO));
}
