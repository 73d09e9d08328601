//! A layer of your own at both places: around each call, and around each attempt.
//!
//! It runs against a small server on loopback which fails twice: one call, three attempts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use hf_transport::{Body, Client, Request};
use tower::{Layer, Service};

/// Counts the requests that pass it.
#[derive(Clone, Default)]
struct CountingLayer(Arc<AtomicU64>);

#[derive(Clone)]
struct Counting<S> {
    inner: S,
    count: Arc<AtomicU64>,
}

impl<S> Layer<S> for CountingLayer {
    type Service = Counting<S>;

    fn layer(&self, inner: S) -> Counting<S> {
        Counting {
            inner,
            count: self.0.clone(),
        }
    }
}

impl<S: Service<http::Request<Body>>> Service<http::Request<Body>> for Counting<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> S::Future {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.inner.call(request)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (calls, attempts) = (CountingLayer::default(), CountingLayer::default());
    let client = Client::builder()
        .endpoint(flaky_hub().await?)
        .no_token()
        .layer(calls.clone())
        .attempt_layer(attempts.clone())
        .build()?;

    let response = client.fetch(Request::get("/api/models/gpt2")).await?;
    println!("{}", response.text());
    let count = |layer: &CountingLayer| layer.0.load(Ordering::Relaxed);
    println!("{} call, {} attempts", count(&calls), count(&attempts));
    assert_eq!((count(&calls), count(&attempts)), (1, 3));
    Ok(())
}

/// Responds with 503 twice, then properly.
async fn flaky_hub() -> std::io::Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        let mut answers = [
            "503 Service Unavailable",
            "503 Service Unavailable",
            "200 OK",
        ]
        .iter();
        while let (Some(status), Ok((mut stream, _))) = (answers.next(), listener.accept().await) {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: 13\r\nconnection: close\r\n\r\n{{\"id\":\"gpt2\"}}"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    Ok(url)
}
