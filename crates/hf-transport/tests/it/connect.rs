//! Sockets, names and runtimes: how connections are made, and how many.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use hf_testhub::TestHub;
use hf_transport::{ErrorKind, Request, RetryConfig, Retryability};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener};
use tokio::runtime::{Builder, Runtime};

use crate::support::{Server, quick_retry, serve, settled, text};
use crate::tls::{certs, https, secure};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[tokio::test]
async fn a_connector_replaces_tcp_under_tls_and_proxies() {
    let server = secure(&["h2", "http/1.1"]).await;
    let opened = Arc::new(AtomicUsize::new(0));
    let (address, count) = (server.address, opened.clone());
    let connector = tower::service_fn(move |url: http::Uri| {
        assert_eq!(url.host(), Some("localhost"));
        count.fetch_add(1, Ordering::Relaxed);
        TcpStream::connect(address)
    });
    let client = settled()
        .endpoint("https://localhost")
        .ca_bundle(certs("ca.pem"))
        .connector(connector)
        .build()
        .unwrap();
    for _ in 0..2 {
        let response = client.fetch(Request::get("/x")).await.unwrap();
        assert_eq!(response.text(), "HTTP/2.0 false false");
    }
    assert_eq!(opened.load(Ordering::Relaxed), 1);

    let refusing = tower::service_fn(|_| async { Err::<TcpStream, _>("no cable") });
    let client = settled()
        .endpoint("http://hub.test")
        .connector(refusing)
        .retry(RetryConfig::none());
    let error = client.build().unwrap().fetch(Request::get("/x")).await;
    let error = error.unwrap_err();
    assert!(error.to_string().contains("no cable"), "{error}");
    assert_eq!(error.retryability(), Retryability::Always);
}

#[tokio::test]
async fn a_unix_socket_serves_any_endpoint_past_proxies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let io = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(serve(io, |request| text(request.uri().path().to_owned())));
        }
    });
    let client = |path| {
        settled()
            .endpoint("http://localhost")
            .proxy("http://127.0.0.1:1")
            .unix_socket(path)
            .retry(RetryConfig::none())
            .build()
            .unwrap()
    };
    let response = client(path.clone()).fetch(Request::get("/api/x")).await;
    assert_eq!(response.unwrap().text(), "/api/x");
    let missing = folder.path().join("none.sock");
    let error = client(missing.clone()).fetch(Request::get("/x")).await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains(missing.to_str().unwrap()), "{text}");
    server.abort();
}

#[tokio::test]
async fn names_are_resolved_as_the_program_says() {
    let server = Server::http(|request| text(request.headers()["host"].as_bytes().to_vec())).await;
    let port = server.address.port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let resolver = tower::service_fn(move |host: String| {
        count.fetch_add(1, Ordering::Relaxed);
        async move {
            match host.as_str() {
                "cdn.test" => Ok(vec![IpAddr::from([127, 0, 0, 1])]),
                _ => Err(format!("who is {host}?")),
            }
        }
    });
    let client = |host: &str| {
        settled()
            .endpoint(format!("http://{host}:{port}"))
            .resolve("Hub.test", [[127, 0, 0, 1]])
            .resolver(resolver.clone())
            .retry(RetryConfig::none())
            .build()
            .unwrap()
    };
    for (host, lookups) in [("hub.test", 0), ("cdn.test", 1), ("127.0.0.1", 1)] {
        let response = client(host).fetch(Request::get("/x")).await.unwrap();
        assert_eq!(response.text(), format!("{host}:{port}"));
        assert_eq!(asked.load(Ordering::Relaxed), lookups, "{host}");
    }
    let error = client("other.test").fetch(Request::get("/x")).await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind(), error.retryability()),
        (ErrorKind::Network, Retryability::Always)
    );
    assert!(error.to_string().contains("who is other.test?"), "{error}");
}

/// tokio resolves names on its blocking threads; a program may have given all of them away.
#[test]
fn names_are_resolved_while_all_blocking_threads_are_busy() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (release, held) = std::sync::mpsc::channel::<()>();
    runtime.block_on(async {
        tokio::task::spawn_blocking(move || held.recv());
        let server = secure(&["http/1.1"]).await;
        let client = settled()
            .endpoint(https(&server))
            .ca_bundle(certs("ca.pem"))
            .retry(RetryConfig::none())
            .build()
            .unwrap();
        let response = client.fetch(Request::get("/x")).await.unwrap();
        assert_eq!(response.text(), "HTTP/1.1 false false");
    });
    drop(release);
}

#[test]
fn a_call_without_a_runtime_is_an_error_that_says_what_to_do() {
    let client = settled().endpoint("http://127.0.0.1:1").build().unwrap();
    let request = || Request::get("/api/models");
    let execute = Box::pin(client.execute(request()));
    let fetch = Box::pin(client.fetch(request()));
    for error in [
        poll_once(execute).map(drop).unwrap_err(),
        poll_once(fetch).map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.hint().unwrap().contains(".wait()"), "{error}");
    }
    let bare = Builder::new_current_thread().build().unwrap();
    let error = bare.block_on(client.fetch(request())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.hint().unwrap().contains("enable_all"), "{error}");
}

/// Drives a future that never waits for anything.
fn poll_once<F: Future + Unpin>(mut future: F) -> F::Output {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::Pin::new(&mut future).poll(&mut cx) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn one_client_keeps_a_connection_for_each_of_many_runtimes() {
    let hub = TestHub::start_blocking();
    let client = settled()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .build()
        .unwrap();
    let runtimes: Vec<_> = (0..12).map(|_| runtime()).collect();
    for _ in 0..3 {
        for runtime in &runtimes {
            let me = runtime.block_on(client.fetch(Request::get("/api/whoami-v2")));
            assert_eq!(me.unwrap().status(), 200);
        }
    }
    assert_eq!(hub.connections(), 12);
}

/// A slow server that counts how many connections it has at once.
async fn counting_server(open: Arc<AtomicUsize>, most: Arc<AtomicUsize>) -> Server {
    Server::raw(move |mut stream| {
        let (open, most) = (open.clone(), most.clone());
        async move {
            most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            // Headers first, the body when others have had the time to come.
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\no")
                .await;
            for _ in 0..64 {
                tokio::task::yield_now().await;
            }
            open.fetch_sub(1, Ordering::SeqCst);
            let _ = stream.write_all(b"k").await;
        }
    })
    .await
}

#[tokio::test]
async fn no_more_connections_to_a_host_than_allowed() {
    for limit in [1, 3] {
        let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let server = counting_server(open.clone(), most.clone()).await;
        let client = settled()
            .endpoint(server.url())
            .max_connections_per_host(limit)
            .retry(quick_retry())
            .build()
            .unwrap();
        let calls = (0..20).map(|_| client.fetch(Request::get("/x")));
        for response in futures_util::future::join_all(calls).await {
            assert_eq!(response.unwrap().body(), &Bytes::from("ok"));
        }
        assert_eq!(most.load(Ordering::SeqCst), limit);
    }
}

#[tokio::test]
async fn a_body_keeps_its_place_until_it_ends_or_is_dropped() {
    let server = Server::http(|_| text("some bytes")).await;
    let other = Server::http(|_| text("elsewhere")).await;
    let client = settled()
        .endpoint(server.url())
        .max_connections_per_host(1)
        .build()
        .unwrap();
    let first = client.execute(Request::get("/1")).await.unwrap();
    let mut second = Box::pin(client.fetch(Request::get("/2")));
    assert!(futures_util::poll!(&mut second).is_pending());
    // Another host has places of its own.
    let elsewhere = client
        .fetch(Request::get(format!("{}/x", other.url())))
        .await;
    assert_eq!(elsewhere.unwrap().text(), "elsewhere");
    assert!(futures_util::poll!(&mut second).is_pending());
    drop(first);
    assert_eq!(second.await.unwrap().text(), "some bytes");
}
