//! Over real sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt;
use hf_transport::{Body, ErrorKind, Request, RetryConfig, Retryability, Timeouts};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Server, settled, text};

#[tokio::test]
async fn a_call_and_its_headers() {
    let server = Server::http(|request| {
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .map_or("-", |v| v.to_str().unwrap())
        };
        let line = format!(
            "{} {} {} {} {}",
            request.method(),
            request.uri(),
            header("authorization"),
            header("content-type"),
            String::from_utf8_lossy(request.body()),
        );
        assert!(header("user-agent").starts_with("my-app/1; hf-rust/"));
        text(line)
    })
    .await;
    let client = settled()
        .endpoint(server.url())
        .token("hf_x")
        .user_agent("my-app/1")
        .build()
        .unwrap();
    let request = Request::post("/api/repos/create")
        .query("a", "b c")
        .json(&serde_json::json!({"name": "n"}));
    let response = client.fetch(request).await.unwrap();
    assert_eq!(
        response.text(),
        r#"POST /api/repos/create?a=b+c Bearer hf_x application/json {"name":"n"}"#
    );
}

/// Sends complete headers and only the first bytes of a body, `times` times; then properly.
async fn cutting(times: u32) -> (Server, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let count = calls.clone();
    let server = Server::raw(move |mut stream| {
        let count = count.clone();
        async move {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let whole = count.fetch_add(1, Ordering::SeqCst) >= times;
            let body = if whole { "[1,2,3]" } else { "[1,2" };
            let answer =
                format!("HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\n{body}");
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    })
    .await;
    (server, calls)
}

/// Proxies and storages add headers of their own.
#[tokio::test]
async fn more_than_a_hundred_response_headers_are_read() {
    let server = Server::http(|_| {
        let mut response = text("ok");
        for number in 0..300 {
            let name: http::HeaderName = format!("x-header-{number}").parse().unwrap();
            response.headers_mut().insert(name, "1".parse().unwrap());
        }
        response
    })
    .await;
    let client = settled().endpoint(server.url()).build().unwrap();
    let response = client.fetch(Request::get("/x")).await.unwrap();
    assert_eq!(response.header("x-header-299"), Some("1"));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    let (server, calls) = cutting(2).await;
    let client = settled()
        .endpoint(server.url())
        .retry(RetryConfig::quick())
        .build()
        .unwrap();
    let response = client.fetch(Request::get("/api/models")).await.unwrap();
    assert_eq!(
        (
            response.json::<Vec<u32>>().unwrap(),
            calls.load(Ordering::SeqCst)
        ),
        (vec![1, 2, 3], 3)
    );

    let (server, calls) = cutting(99).await;
    let client = settled()
        .endpoint(server.url())
        .retry(RetryConfig::quick())
        .build()
        .unwrap();
    let error = client.fetch(Request::post("/api/x")).await.unwrap_err();
    assert_eq!(
        (error.kind(), calls.load(Ordering::SeqCst)),
        (ErrorKind::Network, 1)
    );
    assert!(error.to_string().contains("was cut off"), "{error}");
    let error = client.fetch(Request::get("/api/x")).await.unwrap_err();
    assert_eq!((error.attempts(), calls.load(Ordering::SeqCst)), (6, 7));
}

#[tokio::test]
async fn an_answer_that_stalls_is_an_error() {
    let server = Server::raw(|mut stream| async move {
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n[1")
            .await;
        // Held open until the client gives up.
        let _ = stream.read(&mut head).await;
    })
    .await;
    let mut timeouts = Timeouts::default();
    timeouts = timeouts.with_idle(Duration::from_millis(80));
    let builder = settled()
        .endpoint(server.url())
        .retry(RetryConfig::none())
        .timeouts(timeouts);
    let error = builder
        .build()
        .unwrap()
        .fetch(Request::get("/api/x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_for_any_method() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = settled()
        .endpoint(url)
        .retry(RetryConfig::quick())
        .build()
        .unwrap();
    let error = client
        .execute(Request::post("/api/x").body("x"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), error.retryability()),
        (ErrorKind::Network, 6, Retryability::Always)
    );
    assert!(error.hint().unwrap().contains("HF_ENDPOINT"), "{error}");
    let client = settled()
        .endpoint("http://no-such-host.invalid")
        .retry(RetryConfig::none())
        .build()
        .unwrap();
    let error = client.execute(Request::get("/api/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(
        error.to_string().contains("no-such-host.invalid"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_goes_up_with_its_exact_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    std::fs::write(&path, vec![7; 900_000]).unwrap();
    let server = Server::http(|request| {
        let length = request.headers()["content-length"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(request.body().iter().all(|byte| *byte == 7));
        text(format!("{length} {}", request.body().len()))
    })
    .await;
    let client = settled().endpoint(server.url()).build().unwrap();
    let request = Request::put("/lfs").body(Body::file_range(&path, 100, 800_000));
    assert_eq!(client.fetch(request).await.unwrap().text(), "800000 800000");
    // A file that is gone fails the call with its name, and is not tried again.
    let request = Request::put("/lfs").body(Body::file_range(folder.path().join("gone"), 0, 5));
    let error = client.fetch(request).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::FileNotFound, 1)
    );
    assert!(error.to_string().contains("gone"), "{error}");
}

#[derive(Debug, serde::Deserialize)]
struct N {
    n: u32,
}

#[tokio::test]
async fn events_and_lines_arrive() {
    let server = Server::http(|request| match request.uri().path() {
        "/events" => text(": hi\n\nevent: log\ndata: {\"a\":1}\n\ndata: b\r\n\r\n"),
        "/lines" => text("a\r\n\nb"),
        _ => text("{\"n\":1}\n\n{\"n\":\"x\"}\n"),
    })
    .await;
    let client = settled().endpoint(server.url()).build().unwrap();
    let events = client
        .execute(Request::get("/events"))
        .await
        .unwrap()
        .events();
    let events: Vec<_> = events
        .map_ok(|e| (e.event, e.data))
        .try_collect()
        .await
        .unwrap();
    assert_eq!(
        events,
        [
            ("log".into(), "{\"a\":1}".into()),
            ("message".to_owned(), "b".to_owned())
        ]
    );
    let lines = client
        .execute(Request::get("/lines"))
        .await
        .unwrap()
        .lines();
    assert_eq!(lines.try_collect::<Vec<_>>().await.unwrap(), ["a", "", "b"]);
    let mut values = client
        .execute(Request::get("/ndjson"))
        .await
        .unwrap()
        .ndjson::<N>();
    assert_eq!(values.try_next().await.unwrap().unwrap().n, 1);
    let error = values.try_next().await.unwrap_err();
    assert!(
        error.to_string().contains("line 3") && error.to_string().contains("field `n`"),
        "{error}"
    );
}

#[tokio::test]
async fn answers_larger_than_allowed_are_refused() {
    let server = Server::http(|_| text(vec![b' '; 5_000])).await;
    let client = settled()
        .endpoint(server.url())
        .body_limit(4_999)
        .build()
        .unwrap();
    let error = client.fetch(Request::get("/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let response = client.execute(Request::get("/x")).await.unwrap();
    assert_eq!(response.bytes_limited(5_000).await.unwrap().len(), 5_000);
}
