//! Why each layer of the client is outside of the next, in the order of the front page.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::write::GzEncoder;
use hf_transport::{
    Body, BoxError, BoxService, ErrorKind, Request, ResponseBody, RetryConfig, Timeouts, TokenMode,
};
use http_body_util::BodyExt;
use tokio::time::{Instant, sleep};
use tower::layer::layer_fn;
use tower::{ServiceExt, service_fn};

use crate::support::{Script, Step, answer, status};
use crate::trace::said;

type Seen = Arc<Mutex<Vec<String>>>;

/// A layer that records each request and, when it has arrived, the whole response.
fn watch(seen: &Seen) -> impl tower::Layer<BoxService, Service = BoxService> + Send + 'static {
    let seen = seen.clone();
    layer_fn(move |inner: BoxService| {
        let seen = seen.clone();
        BoxService::new(service_fn(move |request: http::Request<Body>| {
            let (inner, seen) = (inner.clone(), seen.clone());
            async move {
                let token = request.headers().contains_key("authorization");
                let id = request.headers().contains_key("x-amzn-trace-id");
                let line = format!(
                    "{} {} token:{token} id:{id}",
                    request.method(),
                    request.uri()
                );
                seen.lock().unwrap().push(line);
                let (head, body) = inner.oneshot(request).await?.into_parts();
                let body = body.collect().await?.to_bytes();
                let text = String::from_utf8_lossy(&body).into_owned();
                seen.lock().unwrap().push(format!("{} {text}", head.status));
                Ok::<_, BoxError>(http::Response::from_parts(head, ResponseBody::from(body)))
            }
        }))
    })
}

/// A layer that waits before it passes a request on.
fn wait(time: Duration) -> impl tower::Layer<BoxService, Service = BoxService> + Send + 'static {
    layer_fn(move |inner: BoxService| {
        BoxService::new(service_fn(move |request: http::Request<Body>| {
            let inner = inner.clone();
            async move {
                sleep(time).await;
                inner.oneshot(request).await
            }
        }))
    })
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// 1 over 2: a deadline holds for what a user's layer does, too.
#[tokio::test(start_paused = true)]
async fn the_deadline_is_outside_your_layers() {
    let script = Script::new([]);
    let client = script.client().layer(wait(Duration::from_secs(3600)));
    let client = client.build().unwrap();
    let start = Instant::now();
    let request = Request::get("/x").timeout(Duration::from_secs(5));
    let error = client.execute(request).await.unwrap_err();
    assert_eq!(
        (error.kind(), start.elapsed(), script.count()),
        (ErrorKind::Timeout, Duration::from_secs(5), 0)
    );
}

/// 2 over 8, 3, 4, 6 and 11, and 11 over 12: around a call there is one request as the caller made it
/// and one final response, decompressed; around an attempt there is every retry and every hop, as it goes out.
#[tokio::test(start_paused = true)]
async fn your_layers_see_the_call_or_each_attempt() {
    let hello = gzip("hello");
    let script = Script::new([
        status(503),
        answer(302, &[("location", "https://cdn.test/f")], ""),
        answer(200, &[("content-encoding", "gzip")], hello),
    ]);
    let (calls, attempts) = (Seen::default(), Seen::default());
    let client = script
        .client()
        .endpoint("https://hub.test/p")
        .layer(watch(&calls))
        .attempt_layer(watch(&attempts))
        .build()
        .unwrap();
    let response = client.fetch(Request::get("/a/resolve/main/f")).await;
    assert_eq!(response.unwrap().text(), "hello");
    assert_eq!(
        *calls.lock().unwrap(),
        ["GET /a/resolve/main/f token:false id:false", "200 OK hello"]
    );
    let attempts = attempts.lock().unwrap().clone();
    let requests: Vec<_> = attempts.iter().step_by(2).collect();
    assert_eq!(
        requests,
        [
            "GET https://hub.test/p/a/resolve/main/f token:true id:true",
            "GET https://hub.test/p/a/resolve/main/f token:true id:true",
            "GET https://cdn.test/f token:false id:true",
        ]
    );
    assert_eq!(attempts[1], "503 Service Unavailable ");
    assert!(!attempts[5].ends_with("hello"), "packed still");
}

/// 6 over 7 over 8: a body that is cut or damaged is a failed attempt, and an error's words are decompressed
/// all the same.
#[tokio::test(start_paused = true)]
async fn buffering_and_decompression_are_inside_retry() {
    let packed = |status| {
        let body = gzip(r#"{"error":"in a word, no"}"#);
        answer(status, &[("content-encoding", "gzip")], body)
    };
    let script = Script::new([packed(500), packed(400)]);
    let client = script.client().build().unwrap();
    let error = client.execute(Request::get("/x")).await.unwrap_err();
    assert_eq!((error.attempts(), script.count()), (2, 2));
    assert_eq!(error.server_messages(), ["in a word, no"]);
    let asked: Vec<_> = script
        .seen()
        .iter()
        .map(|seen| seen.header("accept-encoding").map(str::to_owned))
        .collect();
    assert_eq!(asked[0], asked[1]);
    let cut = |len| {
        let body = gzip(r#"["a list of words"]"#);
        answer(200, &[("content-encoding", "gzip")], body[..len].to_vec())
    };
    let whole = gzip(r#"["a list of words"]"#).len();
    let script = Script::new([cut(whole - 9), cut(12), cut(whole)]);
    let client = script.client().build().unwrap();
    let response = client.fetch(Request::get("/x")).await.unwrap();
    assert_eq!(
        (response.attempts(), response.text().as_str()),
        (3, r#"["a list of words"]"#)
    );
}

/// 3 over 11: a relative `Location` has an address to be relative to, prefix included.
#[tokio::test]
async fn the_endpoint_is_outside_redirects() {
    let script = Script::new([answer(307, &[("location", "../b")], "")]);
    let client = script.client().endpoint("https://hub.test/p").build();
    client
        .unwrap()
        .execute(Request::get("/api/a/x"))
        .await
        .unwrap();
    assert_eq!(script.seen()[1].url, "https://hub.test/p/api/b");
}

/// 4 over 6: one id and one user agent for all attempts.
#[tokio::test(start_paused = true)]
async fn headers_are_outside_retry() {
    let script = Script::new([status(500), status(500)]);
    let client = script.client().build().unwrap();
    client.execute(Request::get("/x")).await.unwrap();
    let seen = script.seen();
    for name in ["x-amzn-trace-id", "user-agent"] {
        let first = seen[0].header(name).unwrap();
        assert!(seen.iter().all(|seen| seen.header(name) == Some(first)));
    }
}

/// 2 over 5 over 6: a user's cache responds offline; nothing below is tried, once or again.
#[tokio::test]
async fn offline_is_inside_your_cache_and_outside_retry() {
    let script = Script::new([]);
    let cache = layer_fn(|inner: BoxService| {
        BoxService::new(service_fn(move |request: http::Request<Body>| {
            let inner = inner.clone();
            async move {
                if request.uri().path() == "/cached" {
                    return Ok(http::Response::new(ResponseBody::from("kept")));
                }
                inner.oneshot(request).await
            }
        }))
    });
    let client = script.client().offline(true).layer(cache).build().unwrap();
    let response = client.fetch(Request::get("/cached")).await.unwrap();
    assert_eq!(response.text(), "kept");
    let error = client.fetch(Request::get("/x")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), script.count()),
        (ErrorKind::OfflineMode, 0, 0)
    );
}

/// 6 over 9: a refused attempt teaches the others, and waits for the same moment itself.
#[tokio::test(start_paused = true)]
async fn retry_is_outside_the_rate_limit() {
    let refusal = answer(429, &[("ratelimit", "\"api\";r=0;t=30")], "");
    let script = Script::new([refusal]);
    let client = script.client().build().unwrap();
    let start = Instant::now();
    let (first, second) = tokio::join!(client.execute(Request::get("/api/a")), async {
        sleep(Duration::from_secs(1)).await;
        client.execute(Request::get("/api/b")).await
    });
    assert_eq!(
        (first.unwrap().attempts(), second.unwrap().attempts()),
        (2, 1)
    );
    let seen = script.seen();
    assert_eq!(seen.len(), 3);
    assert!(
        seen[1..]
            .iter()
            .all(|s| s.at - start >= Duration::from_secs(30))
    );
}

/// 6 over 10, 9 over 10: what a request without its token says is no attempt at the Hub, and every
/// attempt is signed anew.
#[tokio::test(start_paused = true)]
async fn retry_and_rate_limit_are_outside_auth() {
    let script = Script::new([status(500)]);
    let client = script.client().no_token().build().unwrap();
    let request = Request::get("/x").token(TokenMode::Required);
    let error = client.execute(request).await.unwrap_err();
    assert_eq!(
        (error.kind(), script.count()),
        (ErrorKind::LocalTokenNotFound, 0)
    );
    let client = script.client().build().unwrap();
    client.execute(Request::get("/x")).await.unwrap();
    assert!(
        script
            .seen()
            .iter()
            .all(|s| s.header("authorization").is_some())
    );
}

/// 10 over 11: a hop to another origin takes the token off, and nothing puts it back.
#[tokio::test]
async fn auth_is_outside_redirects() {
    let to = |place: &str| answer(302, &[("location", place)], "");
    let script = Script::new([to("https://cdn.test/b"), to("https://hub.test/c")]);
    let client = script.client().build().unwrap();
    client.execute(Request::get("/a")).await.unwrap();
    let tokens = script
        .seen()
        .iter()
        .map(|seen| seen.header("authorization").is_some())
        .collect::<Vec<_>>();
    assert_eq!(tokens, [true, false, false]);
}

/// 6 over 11: a hop that fails starts over at the Hub.
#[tokio::test(start_paused = true)]
async fn retry_is_outside_redirects() {
    let to = |place: &str| answer(302, &[("location", place)], "");
    let script = Script::new([
        to("https://cdn.test/1"),
        status(503),
        to("https://cdn.test/2"),
    ]);
    let client = script.client().build().unwrap();
    client.execute(Request::get("/a")).await.unwrap();
    let paths: Vec<_> = script.seen().iter().map(|s| s.url.clone()).collect();
    assert_eq!(
        paths,
        [
            "https://hub.test/a",
            "https://cdn.test/1",
            "https://hub.test/a",
            "https://cdn.test/2"
        ]
    );
}

/// 12 over 13: a user's layer that waits holds no permit.
#[tokio::test(start_paused = true)]
async fn your_attempt_layers_are_outside_the_connection_limit() {
    let client = Script::new([])
        .client()
        .max_connections_per_host(1)
        .attempt_layer(wait(Duration::from_secs(7)))
        .build()
        .unwrap();
    let start = Instant::now();
    let (first, second) = tokio::join!(
        client.fetch(Request::get("/a")),
        client.fetch(Request::get("/b"))
    );
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(start.elapsed(), Duration::from_secs(7));
}

/// 13 over 15: waiting for a permit is no silence of the server.
#[tokio::test(start_paused = true)]
async fn the_connection_limit_is_outside_the_timeouts() {
    let slow = service_fn(|_: http::Request<Body>| async {
        sleep(Duration::from_secs(5)).await;
        Ok::<_, BoxError>(http::Response::new(Body::empty()))
    });
    let client = Script::new([])
        .client()
        .service(slow)
        .max_connections_per_host(1)
        .timeouts(Timeouts::default().with_headers(Duration::from_secs(8)))
        .retry(RetryConfig::none())
        .build()
        .unwrap();
    let start = Instant::now();
    let (first, second, third) = tokio::join!(
        client.fetch(Request::get("/a")),
        client.fetch(Request::get("/b")),
        client.fetch(Request::get("/c"))
    );
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!(start.elapsed(), Duration::from_secs(15));
}

/// 12 over 14: the span of an attempt does not hold the time of the user's own layers.
#[tokio::test(start_paused = true)]
async fn your_attempt_layers_are_outside_the_trace() {
    let script = Script::new([]);
    let client = script.client().attempt_layer(wait(Duration::from_secs(7)));
    let client = client.build().unwrap();
    let log = said(async {
        client.fetch(Request::get("/x")).await.unwrap();
    })
    .await;
    assert!(
        log.contains(" head_ms=0") && !log.contains("=7000"),
        "{log}"
    );
}

/// 14 over 15, and 6 over 15: an attempt that times out ends its span with that, and is tried again.
#[tokio::test(start_paused = true)]
async fn the_trace_and_retry_are_outside_the_timeouts() {
    let script = Script::new([Step::Hang]);
    let mut timeouts = Timeouts::default();
    timeouts = timeouts.with_headers(Duration::from_secs(3));
    let client = script.client().timeouts(timeouts).build().unwrap();
    let log = said(async {
        let response = client.execute(Request::get("/x")).await.unwrap();
        assert_eq!(response.attempts(), 2);
    })
    .await;
    assert!(
        log.contains("kind=Timeout") && log.contains("total_ms=3000"),
        "{log}"
    );
}

/// 15 over 16: a service of the user's is bound by the same limits as the HTTP client.
#[tokio::test(start_paused = true)]
async fn the_timeouts_are_outside_your_service() {
    let never = service_fn(|_: http::Request<Body>| async {
        std::future::pending::<Result<http::Response<Body>, hf_transport::BoxError>>().await
    });
    let client = Script::new([])
        .client()
        .service(never)
        .retry(RetryConfig::none());
    let start = Instant::now();
    let error = client.build().unwrap().execute(Request::get("/x")).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(start.elapsed(), Duration::from_secs(60));
}
